//! The files of a report.

use std::fs;
use std::path::Path;

use super::bundle::Bundle;
use super::chart::{Chart, Drawing};
use super::{charts, page};
use crate::report::{File, WriteError};

/// The name of the page in a folder of results.
pub const NAME: &str = "report.html";

/// The page of files that are about to be written.
///
/// # Errors
/// Where a table cannot be read back, in words.
pub fn file(files: &[File<'_>]) -> Result<File<'static>, String> {
    let bundle = Bundle::of_files(files)?;
    let page = page::page(&bundle, &charts(&bundle));
    Ok(File::new(NAME, page.into_bytes()))
}

/// Writes the page into the folder at `place`; what stood there is replaced at once.
///
/// # Errors
/// Where it cannot be written; what stood there stands there still.
pub fn write_page(place: &Path, page: &str) -> Result<(), WriteError> {
    let path = place.join(NAME);
    let partial = place.join(format!(".{NAME}.{}", std::process::id()));
    let written = fs::write(&partial, page).and_then(|()| fs::rename(&partial, &path));
    written.map_err(|error| {
        let _ = fs::remove_file(&partial);
        WriteError { path, error }
    })
}

/// Writes every drawing as `ID.svg` into a folder, which is made; returns how many.
///
/// # Errors
/// Where one cannot be written.
pub fn write_charts(folder: &Path, charts: &[Chart]) -> Result<usize, WriteError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| WriteError { path, error }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let mut written = 0;
    for chart in charts {
        if let Drawing::Svg(svg) = &chart.drawing {
            let path = folder.join(format!("{}.svg", chart.id));
            fs::write(&path, svg).map_err(failed(&path))?;
            written += 1;
        }
    }
    Ok(written)
}
