//! The report as Markdown.
//!
//! ```text
//! answer, findings, quality       what an architect reads
//! pieces ── figures, tables       each experiment's notebook, its markers filled in
//! published, scorecard, repeat    how far to believe it, and how to check it
//! ```

mod answer;
mod claims_file;
mod figures;
mod findings;
mod heading;
pub(crate) mod markdown;
mod notebook;
mod numbers;
mod pieces;
mod poll_interval;
mod published;
mod quality;
mod repeat;
mod report;
mod scorecard;
mod tables;

pub use notebook::NotebookError;
pub(crate) use numbers::{count, significant, usd};
pub use numbers::{duration, estimate, quantity};
pub use poll_interval::poll_interval_ns;
pub use report::{ReportDocument, report};
