//! `pdsim schema`: the JSON Schema of scenario files, for editors.

use super::console;
use super::exit::{Exit, Failure};

/// Runs the command.
///
/// # Errors
/// Where standard output cannot be written.
pub fn main() -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(&crate::scenario::schema()).unwrap_or_default();
    console::print(&(text + "\n"))?;
    Ok(Exit::Done)
}
