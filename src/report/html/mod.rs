//! The report of a folder of results: one page that is read without script and without network,
//! each of its charts as SVG, and the same as Markdown.
//!
//! * [`Bundle`]: the tables of a folder, from disk or as they are about to be written. A report is a
//!   function of them alone, to the byte.
//! * [`Chart`]: a drawing with the numbers it was drawn from; one file per chart here.
//! * [`page()`]: the page; [`markdown()`]: the text.

mod axis;
mod bundle;
mod canvas;
mod chart;
mod dots;
mod forest;
mod funnel;
mod heat;
mod latency;
mod leakage;
mod lines;
mod markdown;
mod metrics;
mod page;
mod pareto;
mod queue;
mod sweep;
mod tables;
mod verdict;
mod write;

pub use bundle::{ArmText, Bundle, courses_of};
pub use chart::{Chart, Data, Drawing};
pub use markdown::markdown;
pub use page::page;
pub use write::{NAME, file, write_charts, write_page};

/// All charts that suit the folder, in the order of the page; one for which there are no numbers
/// says so.
pub fn charts(bundle: &Bundle) -> Vec<Chart> {
    let of_sweep = [sweep::effects(bundle), heat::chart(bundle)];
    let compared = [forest::chart(bundle), pareto::chart(bundle)];
    let mut charts: Vec<Chart> = of_sweep.into_iter().chain(compared).flatten().collect();
    if bundle.sweep.is_none() {
        charts.extend([
            leakage::chart(bundle),
            funnel::chart(bundle),
            latency::chart(bundle),
            queue::chart(bundle),
            metrics::limits(bundle),
            metrics::fairness(bundle),
        ]);
    }
    charts
}
