//! From a run's files to a report: analysis, charts, document.
//!
//! ```text
//! store --rows--> analysis --figures, verdicts--> charts, document --> REPORT.md, figures/
//! ```
//!
//! **Architecture invariants:** the report is a pure function of a run's files, the experiments'
//! notebooks and the reference data: the same bytes from the same data, with no clock, seed, font
//! or setting of the machine in between. Nothing here knows the AWS SDK.

pub mod analysis;
pub mod charts;
pub mod compare;
pub mod document;
mod error;
mod output;
pub mod program;
pub mod reference;

pub use error::ReportError;
pub use output::{write, write_comparison};
