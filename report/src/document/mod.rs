//! The report as Markdown.

mod answer;
mod baseline;
mod figures;
mod findings;
mod heading;
pub(crate) mod markdown;
mod notebook;
mod poll_interval;
mod published;
mod quality;
mod repeat;
mod report;
mod scorecard;

pub(crate) use figures::significant;
pub use figures::{duration, estimate};
pub use notebook::NotebookError;
pub use poll_interval::poll_interval_ns;
pub use report::{ReportDocument, report};
