//! What the data say: pure functions of a run's rows, in nanoseconds.

mod answer;
mod baseline;
mod bootstrap;
mod claim;
mod clock;
mod counts;
mod data;
mod findings;
pub mod percentile;
mod quality;
mod sample;
mod scorecard;
mod summary;

pub use answer::{Answer, Need, answers};
pub use baseline::{BASELINE, Baseline};
pub use bootstrap::{LEVEL, REPLICATES, Resampling, SEED};
pub use claim::{Claim, Side, Verdict};
pub use clock::ClockBound;
pub use counts::Counts;
pub use data::{CellData, Message, RunData};
pub use findings::{Finding, findings};
pub use percentile::{LEVELS, carried, fewest_for, percentile};
pub use quality::{DataWarning, FEW_ROUNDS, warnings};
pub use sample::{Measure, Sample};
pub use scorecard::{Grade, Principle, scorecard};
pub use summary::{Estimate, Summary};

#[cfg(test)]
mod fixture_tests;
