//! Bytes as text: UTF-8 without NUL, or a fault at the first byte that is not.

use std::sync::Arc;

use crate::scenario::Wrong;

/// What some editors put before UTF-8 text. TOML has no place for it; data files may have it.
pub(in crate::scenario) const BYTE_ORDER_MARK: char = '\u{feff}';

/// Bytes that are not text: the text before the first bad one, and what is wrong with it.
pub(super) struct BadText {
    pub(super) before: String,
    pub(super) wrong: Wrong,
}

/// The bytes as UTF-8 text without NUL.
pub(super) fn text(bytes: Vec<u8>) -> Result<Arc<str>, BadText> {
    let bad = |bytes: &[u8], what: &str, remedy: &str| BadText {
        before: String::from_utf8_lossy(bytes).into_owned(),
        wrong: Wrong::new("not-text", what, remedy),
    };
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(bad(&[], "the file is UTF-16 text", "save it as UTF-8"));
    }
    if let Some(nul) = bytes.iter().position(|b| *b == 0) {
        let before = std::str::from_utf8(&bytes[..nul]).unwrap_or("");
        let remedy = "name a text file in UTF-8";
        return Err(bad(
            before.as_bytes(),
            "a NUL byte: this is not a text file",
            remedy,
        ));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let byte = error.as_bytes()[before.len()];
            let what = format!("byte 0x{byte:02X} is not UTF-8 text");
            Err(bad(before, &what, "save the file as UTF-8"))
        }
    }
}
