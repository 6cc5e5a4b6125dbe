//! labeler.
