//! What the data say: pure functions of a run's rows, in nanoseconds.
//!
//! ```text
//! part --PartValues--> CellFigures --contrast, shift, slope--> claims, answers, warnings
//! ```
//!
//! A run is read cell by cell and only the figures of a cell are kept, so that memory does not grow
//! with the messages of a run but with its cells.

mod answer;
mod break_even;
mod cell;
mod cell_axis;
mod cell_cost;
mod claim;
mod claims_of;
mod clock;
mod conclusions;
mod contrast;
mod cost;
mod counts;
mod data;
mod experiment;
mod findings;
mod hypotheses;
mod invocations;
mod margin;
mod measure;
mod measure_figures;
mod part;
mod quality;
mod quantity;
mod ranking;
mod round_contrast;
mod run_cost;
mod scorecard;
mod slope;
pub mod statistics;
mod sustained;

pub use answer::{Answer, AnswerFigure, CheapestByRate, Need, baseline_costs};
pub use break_even::{HIGHEST_RATE, RateRange, break_evens, cheapest_by_rate};
pub use cell::{CellFigures, CellRound, ColdFigures, LEFT_OUT_SHOWN};
pub use cell_axis::{CellAxis, bytes};
pub use cell_cost::cell_cost;
pub use claim::{
    ALPHA, Basis, Bound, Claim, Evidence, EvidenceKind, Finding, Judged, POWER, Reading, Verdict,
    WIDEST_INTERVAL,
};
pub use clock::ClockBound;
pub use conclusions::{Conclusions, Family, WAITS, conclude};
pub use contrast::{Shift, contrast, shift};
pub use cost::{Cost, Hourly, Usage, compute_per_million, cost_per_million};
pub use counts::Counts;
pub use data::RunData;
pub use experiment::{
    BASELINE, COLD_START, CONCURRENCY, Experiment, KINESIS_TUNING, PAYLOAD_SIZE, RECEIVER_DURATION,
};
pub use findings::threshold_reason;
pub use invocations::{Billed, InvocationFigures};
pub use margin::Margin;
pub use measure::Measure;
pub use measure_figures::{KEPT, MeasureFigures, OrderStatistics, Replicates, Statistic, Summary};
pub use quality::{Affected, AffectedCell, DataWarning, FEW_ROUNDS, warnings};
pub use quantity::Quantity;
pub use ranking::{Comparison, Ranking};
pub use round_contrast::{Form, RoundContrast, RoundScale, RoundStatistic};
pub use run_cost::{RunCost, run_cost};
pub use scorecard::{Grade, Principle, scorecard};
pub use slope::slope;
pub use statistics::{
    Drift, Estimate, LEVEL, LEVELS, Proportion, REPLICATES, Resampling, SEED, carried, fewest_for,
    percentile,
};
pub use sustained::{RATE_KEPT, Rates, Sustained};
