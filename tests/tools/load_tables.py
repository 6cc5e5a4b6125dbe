"""Loads every table of folders of results with pandas, DuckDB and Polars, unchanged.

Usage: load_tables.py FOLDER...; each folder holds a datapackage.json. For each table and each
library: names and order of the columns, number of rows, a type that fits the declared one, missing
values as missing, the primary key without repetition, and the same sums in all three.
Exits with 3 where a library is not installed, naming it.
"""

import csv
import json
import math
import pathlib
import sys

missing = []
try:
    import pandas
except ImportError:
    missing.append("pandas")
try:
    import duckdb
except ImportError:
    missing.append("duckdb")
try:
    import polars
except ImportError:
    missing.append("polars")
if missing:
    print("not installed: " + ", ".join(missing))
    sys.exit(3)


def with_pandas(path):
    table = pandas.read_csv(path)
    kinds = {"i": "integer", "u": "integer", "f": "number", "O": "string", "U": "string", "T": "string"}
    columns = {}
    for name in table.columns:
        values = [None if pandas.isna(v) else v for v in table[name].tolist()]
        kind = "string" if pandas.api.types.is_string_dtype(table[name]) else kinds[table[name].dtype.kind]
        columns[name] = (kind, values)
    return columns


def with_duckdb(path):
    relation = duckdb.sql(f"SELECT * FROM read_csv('{path}')")
    rows = relation.fetchall()
    kinds = {"BIGINT": "integer", "DOUBLE": "number", "VARCHAR": "string"}
    columns = {}
    for index, (name, kind) in enumerate(zip(relation.columns, relation.types)):
        columns[name] = (kinds[str(kind)], [row[index] for row in rows])
    return columns


def with_polars(path):
    table = polars.read_csv(path, infer_schema_length=None)
    kinds = {"Int64": "integer", "Float64": "number", "String": "string"}
    return {name: (kinds[str(table[name].dtype)], table[name].to_list()) for name in table.columns}


def fits(found, declared, values):
    """A column of numbers may hold only whole ones, and one without any value has no type."""
    if all(value is None for value in values):
        return True
    return found == declared or (declared == "number" and found == "integer")


def check(folder):
    package = json.loads((folder / "datapackage.json").read_text())
    for resource in package["resources"]:
        path = folder / resource["path"]
        fields = resource["schema"]["fields"]
        with open(path, newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == [field["name"] for field in fields], path
        sums = []
        for load in (with_pandas, with_duckdb, with_polars):
            columns = load(str(path))
            assert list(columns) == rows[0], (load.__name__, path, list(columns))
            total = 0.0
            for place, field in enumerate(fields):
                kind, values = columns[field["name"]]
                where = (load.__name__, path.name, field["name"])
                assert len(values) == len(rows) - 1, where
                assert fits(kind, field["type"], values), where + (kind, field["type"])
                for row, value in zip(rows[1:], values):
                    assert (row[place] == "") == (value is None), where + (row[place], value)
                if field["type"] != "string":
                    total += math.fsum(float(value) for value in values if value is not None)
            key = resource["schema"].get("primaryKey", [])
            if key:
                found = list(zip(*(columns[name][1] for name in key)))
                assert len(set(found)) == len(found), (load.__name__, path.name, key)
            sums.append(total)
        assert max(sums) - min(sums) <= 1e-9 * max(1.0, abs(sums[0])), (path, sums)
        print(f"{path.name}: {len(rows) - 1} rows, {len(fields)} columns")


for name in sys.argv[1:]:
    check(pathlib.Path(name))
