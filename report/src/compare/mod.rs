//! Two runs against each other: what changed, and whether that made a difference.
//!
//! ```text
//! two runs --pairs of cells--> rounds' medians --judge--> verdicts --> COMPARISON.md, figures/
//! ```
//!
//! Pure functions of two runs' figures, as the report is of one: the same data make the same bytes.

mod cells;
mod changes;
mod comparison;
mod document;
mod effect;
mod error;
mod figure;
mod judge;
mod place;
mod round_test;
mod summary;
mod words;

pub use crate::analysis::Margin;
pub use changes::{Change, changes};
pub use comparison::{Compared, Comparison, NotComparable, Row, RunFacts, compare};
pub use document::{ComparisonDocument, document};
pub use effect::{Effect, Effects, effects};
pub use error::CompareError;
pub use judge::{ALPHA, Judged, Needed, POWER, Scale, Verdict, WIDEST, judge};
pub use place::place;
