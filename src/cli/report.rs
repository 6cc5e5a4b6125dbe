//! `pdsim report RUN`: one HTML file in the folder of the results; charts as SVG, Markdown.

use std::path::PathBuf;

use super::console::{self, Console};
use super::exit::{Exit, Failure};
use crate::report::html::{self, Bundle};
use crate::report::{File, WriteError};

/// Arguments of `report`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder of a run, a comparison or a sweep
    pub run: PathBuf,
    /// Write each chart as an SVG file into this folder, too
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
    /// Print the report as Markdown on standard output, too
    #[arg(long)]
    pub md: bool,
}

/// Runs the command.
///
/// # Errors
/// Where the folder holds no results or the report cannot be written.
pub fn main(args: &Args, console: Console) -> Result<Exit, Failure> {
    let bundle = Bundle::open(&args.run).map_err(Failure::input)?;
    let charts = html::charts(&bundle);
    let shown = |error: WriteError| Failure::output(error.to_string());
    html::write_page(&args.run, &html::page(&bundle, &charts)).map_err(shown)?;
    let page = args.run.join(html::NAME);
    let mut drawings = String::new();
    if let Some(folder) = &args.svg {
        let written = html::write_charts(folder, &charts).map_err(shown)?;
        drawings = format!("; {written} charts in {}", folder.display());
    }
    let page = page.display();
    let line = format!("Report in {page}; open it in a browser{drawings}");
    if args.md {
        let folder = args.svg.as_ref().map(|folder| folder.display().to_string());
        console::print(&html::markdown(&bundle, &charts, folder.as_deref()))?;
        console.note(&line);
    } else {
        console::print(&format!("{line}\n"))?;
    }
    Ok(Exit::Done)
}

/// Adds the page to the files of a run that just ended. A page that cannot be made is told, and
/// keeps nobody from the results.
pub fn add(files: &mut Vec<File<'_>>, console: Console) {
    match html::file(files) {
        Ok(page) => files.push(page),
        Err(error) => console.note(&format!("warning: no report was written: {error}")),
    }
}
