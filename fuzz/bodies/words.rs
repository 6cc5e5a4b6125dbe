//! Quantities as written: what is read prints as something that reads back as the same.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use pdsim::protocol::MessageId;
use pdsim::scenario::{join_key, split_key, split_values};
use pdsim::units::{Rate, Share, Size, Span};

/// Every reader of short texts.
pub fn units(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    reads_back::<Span>(text);
    reads_back::<Rate>(text);
    reads_back::<MessageId>(text);
    let _size = text.parse::<Size>();
    if let Ok(share) = text.parse::<Share>() {
        assert!((0.0..=1.0).contains(&share.value()), "{text}");
    }
    if let Some(parts) = split_key(text) {
        assert_eq!(split_key(&join_key(&parts)), Some(parts), "{text}");
    }
    let _parts = split_values(text);
}

fn reads_back<T: FromStr + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        let again = value.to_string().parse::<T>().ok();
        assert_eq!(again.as_ref(), Some(&value), "{text}");
    }
}
