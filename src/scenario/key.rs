//! Dotted keys as TOML writes them: `limits.per-pair.algorithm`, `indifference."spam.leakage"`.

use toml::de::{DeTable, DeValue};

/// Reads a dotted key into its parts; `None` where it is not one.
pub fn split_key(text: &str) -> Option<Vec<String>> {
    let parts = split_spanned(text)?;
    Some(parts.into_iter().map(|(part, _)| part).collect())
}

/// Parts of a dotted key, each with its range of bytes in `text`.
pub(super) fn split_spanned(text: &str) -> Option<Vec<(String, std::ops::Range<usize>)>> {
    if text.contains(['\n', '\r']) {
        return None;
    }
    // As the key of a one-line document the text follows TOML's own rules for quotes and dots.
    let document = format!("{text}=0");
    let table = DeTable::parse(&document).ok()?.into_inner();
    let mut parts = Vec::new();
    let mut level = &table;
    loop {
        let (key, value) = level.iter().next().filter(|_| level.len() == 1)?;
        parts.push((key.get_ref().to_string(), key.span()));
        match value.get_ref() {
            DeValue::Table(inner) => level = inner,
            // The value found must be the 0 added here, not one hidden in the text.
            _ => return (value.span().start == text.len() + 1).then_some(parts),
        }
    }
}

/// Writes parts as one dotted key, with quotes where a part needs them.
pub fn join_key<S: AsRef<str>>(parts: &[S]) -> String {
    let quoted: Vec<String> = parts.iter().map(|part| quote(part.as_ref())).collect();
    quoted.join(".")
}

fn quote(part: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !part.is_empty() && part.bytes().all(bare) {
        part.to_owned()
    } else {
        super::tree::quoted(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_dots_inside_a_part() {
        let parts = split_key("indifference.\"spam.leakage\".'a b'").unwrap();
        assert_eq!(parts, ["indifference", "spam.leakage", "a b"]);
        assert_eq!(join_key(&parts), "indifference.\"spam.leakage\".\"a b\"");
        assert_eq!(split_key(&join_key(&parts)).unwrap(), parts);
        assert_eq!(split_key("run . seed").unwrap(), ["run", "seed"]);
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for text in [
            "", "a..b", ".a", "a b", "#a", "[a]\nb", "a=1", "a=1 #", "\"a",
        ] {
            assert_eq!(split_key(text), None, "{text}");
        }
    }
}
