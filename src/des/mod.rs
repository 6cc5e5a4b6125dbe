//! des.

pub mod table;
