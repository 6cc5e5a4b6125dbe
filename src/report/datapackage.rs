//! `datapackage.json`: name, type and meaning of every column, as a Frictionless data package.
//!
//! Source: Data Package and Table Schema, version 1 (specs.frictionlessdata.io).

use serde_json::{Value, json};

use super::sheet::Sheet;

/// The package of the run `name` with the given resources.
pub fn datapackage(name: &str, title: &str, resources: &[Value]) -> Value {
    json!({
        "profile": "tabular-data-package",
        "name": name.to_lowercase(),
        "title": if title.is_empty() { name } else { title },
        "resources": resources,
    })
}

/// One CSV file as a resource of a package.
pub fn resource<R>(sheet: &Sheet<R>) -> Value {
    let field = |column: &super::Column<R>| {
        json!({
            "name": column.name,
            "type": column.kind.name(),
            "description": column.about,
        })
    };
    let fields: Vec<Value> = sheet.columns.iter().map(field).collect();
    table(sheet.name, sheet.about, &fields, sheet.key)
}

/// A column by its name, type and meaning.
pub fn field((name, kind, about): (&str, &str, &str)) -> Value {
    json!({ "name": name, "type": kind, "description": about })
}

/// The type of a column that holds these texts, of which empty ones are missing values: programs
/// that guess it from the file guess the same.
pub fn kind_of<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> &'static str {
    let mut present = texts.filter(|text| !text.is_empty());
    if present.clone().all(|text| text.parse::<i64>().is_ok()) {
        "integer"
    } else if present.all(|text| text.parse::<f64>().is_ok()) {
        "number"
    } else {
        "string"
    }
}

/// The table `name.csv` with the given fields as a resource of a package.
pub fn table(name: &str, about: &str, fields: &[Value], key: &[&str]) -> Value {
    let mut schema = json!({
        "fields": fields,
        "missingValues": [""],
    });
    if !key.is_empty() {
        schema["primaryKey"] = json!(key);
    }
    json!({
        "name": name,
        "path": format!("{name}.csv"),
        "profile": "tabular-data-resource",
        "description": about,
        "encoding": "utf-8",
        "dialect": { "delimiter": ",", "lineTerminator": "\n", "header": true },
        "schema": schema,
    })
}
