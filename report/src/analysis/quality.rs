//! What a reader should know before believing a figure.

use std::collections::BTreeMap;

use store::{InvalidValues, Side};

use super::{
    CellFigures, ClockBound, Counts, Experiment, LEFT_OUT_SHOWN, Measure, Rates, RunData, Sustained,
};

/// Below this many rounds the bootstrap's intervals are too narrow: with few clusters it knows too
/// little of how rounds differ (Cameron, Gelbach and Miller, "Bootstrap-based improvements for
/// inference with clustered errors", 2008). With the expanded percentile, those of a median of 8
/// rounds still hold what they promise (`tests/statistics.rs`).
pub const FEW_ROUNDS: u32 = 8;
/// A is late when half of its puts begin later than planned by more than this share of the time
/// between two messages; the handoff then hides what the response shows.
const LATE_SHARE: f64 = 0.5;

/// A cell that a warning is about.
#[derive(Clone, Debug, PartialEq)]
pub struct AffectedCell {
    /// The cell's number.
    pub cell: u32,
    /// How many messages, invocations or rounds.
    pub count: u64,
    /// Of how many.
    pub of: u64,
}

/// The cells of an experiment that a warning is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Affected {
    /// The experiment.
    pub experiment: String,
    /// Its cells, those with the largest share first.
    pub cells: Vec<AffectedCell>,
}

impl Affected {
    /// How many, of how many, in all of its cells.
    #[must_use]
    pub fn total(&self) -> (u64, u64) {
        let sum = |of: fn(&AffectedCell) -> u64| self.cells.iter().map(of).sum();
        (sum(|cell| cell.count), sum(|cell| cell.of))
    }
}

/// One thing about the data to know, with what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub enum DataWarning {
    /// Parts of the plan are not there.
    MissingParts {
        /// How many.
        missing: usize,
        /// Of how many.
        planned: usize,
        /// Of which experiments.
        experiments: Vec<String>,
    },
    /// Rows break a rule for valid values (data/FORMAT.md): something was read, computed or stamped
    /// wrongly.
    InvalidValues(InvalidValues),
    /// A delay was put into deliveries on purpose.
    DelayInjected {
        /// The settings that say so.
        settings: Vec<(String, String)>,
    },
    /// Payloads arrived changed.
    PayloadErrors(Affected),
    /// The two clocks cannot agree with themselves.
    ClockMoved {
        /// B's clock is at least this far ahead, and at most that far.
        bound: ClockBound,
    },
    /// Messages arrived before they were sent.
    NegativeHandoffs(Affected),
    /// Messages were lost.
    Lost(Affected),
    /// B raised errors.
    Failed {
        /// Where.
        affected: Affected,
        /// How often each error code.
        codes: BTreeMap<String, u64>,
    },
    /// The service refused messages because there were too many.
    Throttled {
        /// Where.
        affected: Affected,
        /// How often each error code.
        codes: BTreeMap<String, u64>,
    },
    /// The service refused messages for another reason.
    Rejected {
        /// Where.
        affected: Affected,
        /// How often each error code.
        codes: BTreeMap<String, u64>,
    },
    /// Messages over a limit were taken.
    LimitNotEnforced(Affected),
    /// Messages arrived more than once.
    Duplicated(Affected),
    /// A sent fewer messages per second than asked.
    RateNotAchieved {
        /// The experiment.
        experiment: String,
        /// Cell, asked rate and achieved rate, per second.
        cells: Vec<(u32, f64, f64)>,
    },
    /// Messages arrived more slowly than they were put.
    PiledUp {
        /// The experiment.
        experiment: String,
        /// Cell, asked rate and rate of arrival, per second.
        cells: Vec<(u32, f64, f64)>,
    },
    /// A sent later than the schedule asked, by half of the time between two messages or more.
    SenderLate {
        /// The experiment.
        experiment: String,
        /// Cell and median lateness, nanoseconds.
        cells: Vec<(u32, f64)>,
    },
    /// Rounds of a cell follow a trend.
    NotSteady {
        /// The experiment.
        experiment: String,
        /// Cell and the change over all rounds as a share of the median handoff.
        cells: Vec<(u32, f64)>,
        /// How many cells were looked at.
        looked_at: usize,
    },
    /// More senders than the machine has processors, where all of it runs on one machine.
    MachineShared {
        /// The experiment.
        experiment: String,
        /// Its cells.
        cells: Vec<u32>,
        /// The machine's processors.
        cores: u32,
    },
    /// Figures leave out more messages than [`LEFT_OUT_SHOWN`], because they met a cold start which
    /// the cell does not ask for.
    ManyColdStarts(Affected),
    /// Invocations without a REPORT line.
    ReportsMissing {
        /// Which side's.
        side: &'static str,
        /// Messages whose invocation has none.
        affected: Affected,
    },
    /// Intervals rest on few rounds.
    FewRounds {
        /// The experiment.
        experiment: String,
        /// Its rounds.
        rounds: u32,
    },
    /// The tree had changes, or there was none.
    SourceNotCommitted,
}

/// Everything to know about a run's data, the gravest first.
#[must_use]
pub fn warnings(run: &RunData) -> Vec<DataWarning> {
    let mut warnings = Vec::new();
    if !run.missing.is_empty() {
        let mut experiments: Vec<String> =
            run.missing.iter().map(|key| key.experiment.clone()).collect();
        experiments.dedup();
        let (missing, planned) = (run.missing.len(), run.missing.len() + run.parts);
        warnings.push(DataWarning::MissingParts { missing, planned, experiments });
    }
    warnings.extend(run.invalid.iter().cloned().map(DataWarning::InvalidValues));
    let settings: Vec<(String, String)> = run
        .manifest
        .backend
        .settings
        .iter()
        .filter(|(name, value)| name.starts_with("inject") && !value.is_empty())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !settings.is_empty() {
        warnings.push(DataWarning::DelayInjected { settings });
    }
    let clock = ClockBound::of(run).filter(|bound| bound.at_least_ns > bound.at_most_ns);
    warnings.extend(clock.map(|bound| DataWarning::ClockMoved { bound }));
    let experiments = Experiment::all(run);
    // Kind by kind, so that what belongs together stands together.
    for of_kind in [of_outcomes, of_schedule] {
        for experiment in &experiments {
            of_kind(run, experiment, &mut warnings);
        }
    }
    for experiment in experiments.iter().filter(|one| one.rounds < FEW_ROUNDS) {
        let (experiment, rounds) = (experiment.name.to_owned(), experiment.rounds);
        warnings.push(DataWarning::FewRounds { experiment, rounds });
    }
    if run.manifest.git.as_ref().is_none_or(|git| !git.clean) {
        warnings.push(DataWarning::SourceNotCommitted);
    }
    warnings
}

/// The cells in which something was counted, those with the largest share first.
fn affected<'a>(
    experiment: &Experiment<'_>,
    cells: impl Iterator<Item = &'a CellFigures>,
    count: impl Fn(&CellFigures) -> (u64, u64),
) -> Option<Affected> {
    let mut found: Vec<AffectedCell> = cells
        .map(|cell| (cell.plan.cell, count(cell)))
        .filter(|(_, (count, _))| *count > 0)
        .map(|(cell, (count, of))| AffectedCell { cell, count, of })
        .collect();
    // By share, without dividing.
    found.sort_by_key(|cell| (std::cmp::Reverse(cell.count * 10_000 / cell.of.max(1)), cell.cell));
    let experiment = experiment.name.to_owned();
    (!found.is_empty()).then_some(Affected { experiment, cells: found })
}

fn of_outcomes(_: &RunData, experiment: &Experiment<'_>, warnings: &mut Vec<DataWarning>) {
    let of_asked = |of: fn(&Counts) -> u64| {
        affected(experiment, experiment.measured(), |cell| (of(&cell.counts), cell.counts.asked))
    };
    warnings.extend(of_asked(|counts| counts.payload_errors).map(DataWarning::PayloadErrors));
    warnings.extend(of_asked(|counts| counts.negative_handoffs).map(DataWarning::NegativeHandoffs));
    warnings.extend(of_asked(|counts| counts.lost).map(DataWarning::Lost));
    let codes = |of: &dyn Fn(&CellFigures) -> Vec<(String, u64)>| {
        let mut codes = BTreeMap::new();
        for (code, count) in experiment.measured().flat_map(of) {
            *codes.entry(code).or_default() += count;
        }
        codes
    };
    if let Some(affected) = of_asked(|counts| counts.failed) {
        let codes = codes(&|cell| cell.failed_codes.clone().into_iter().collect());
        warnings.push(DataWarning::Failed { affected, codes });
    }
    for throttled in [true, false] {
        let refused = |cell: &CellFigures| -> Vec<(String, u64)> {
            let codes = cell.rejected_codes.clone().into_iter();
            codes.filter(|(code, _)| is_throttling(code) == throttled).collect()
        };
        let count = |cell: &CellFigures| {
            (refused(cell).iter().map(|(_, count)| count).sum(), cell.counts.asked)
        };
        if let Some(affected) = affected(experiment, experiment.measured(), count) {
            let codes = codes(&refused);
            warnings.push(if throttled {
                DataWarning::Throttled { affected, codes }
            } else {
                DataWarning::Rejected { affected, codes }
            });
        }
    }
    let taken = |cell: &CellFigures| (cell.counts.asked - cell.counts.rejected, cell.counts.asked);
    let taken = affected(experiment, experiment.probes(), taken);
    warnings.extend(taken.map(DataWarning::LimitNotEnforced));
    warnings.extend(of_asked(|counts| counts.duplicated).map(DataWarning::Duplicated));
}

/// Whether an error code says that there were too many calls.
fn is_throttling(code: &str) -> bool {
    ["Throttl", "TooManyRequests", "ProvisionedThroughputExceeded", "LimitExceeded"]
        .iter()
        .any(|word| code.contains(word))
}

fn of_schedule(run: &RunData, experiment: &Experiment<'_>, warnings: &mut Vec<DataWarning>) {
    let name = || experiment.name.to_owned();
    let (mut not_achieved, mut piled_up) = (Vec::new(), Vec::new());
    let mut late = Vec::new();
    for cell in experiment.measured() {
        let Some(rate) = cell.plan.rate_per_s else { continue };
        let rates = experiment.rates(cell);
        match rates.map(|rates| (rates.sustained, rates)) {
            Some((Sustained::PutTooFew, rates)) => {
                not_achieved.push((cell.plan.cell, rate, rates.put.value));
            }
            Some((Sustained::PiledUp, Rates { arrived: Some(arrived), .. })) => {
                piled_up.push((cell.plan.cell, rate, arrived.value));
            }
            _ => {}
        }
        let median = cell.measure(Measure::Lateness).map(|found| found.summary.median.value);
        if let Some(median) = median.filter(|ns| *ns > LATE_SHARE * 1e9 / rate) {
            late.push((cell.plan.cell, median));
        }
    }
    if !not_achieved.is_empty() {
        warnings.push(DataWarning::RateNotAchieved { experiment: name(), cells: not_achieved });
    }
    if !piled_up.is_empty() {
        warnings.push(DataWarning::PiledUp { experiment: name(), cells: piled_up });
    }
    if !late.is_empty() {
        warnings.push(DataWarning::SenderLate { experiment: name(), cells: late });
    }
    let drifts: Vec<_> = experiment
        .measured()
        .filter_map(|cell| Some((cell.plan.cell, cell.measure(Measure::Handoff)?.drift?)))
        .collect();
    let mut drifting: Vec<(u32, f64)> = drifts
        .iter()
        .filter(|(_, drift)| drift.is_drift())
        .map(|(cell, drift)| (*cell, drift.over_all))
        .collect();
    drifting.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    if !drifting.is_empty() {
        let looked_at = drifts.len();
        warnings.push(DataWarning::NotSteady { experiment: name(), cells: drifting, looked_at });
    }
    let cores = run.manifest.host.cores;
    let shared: Vec<u32> = experiment
        .measured()
        .filter(|cell| cell.plan.concurrency > cores)
        .map(|cell| cell.plan.cell)
        .collect();
    if !run.manifest.backend.is_aws() && !shared.is_empty() {
        warnings.push(DataWarning::MachineShared { experiment: name(), cells: shared, cores });
    }
    #[expect(clippy::cast_precision_loss, reason = "no cell has 2^53 messages")]
    let many = |cell: &&CellFigures| {
        let Counts { left_out, asked, .. } = cell.counts;
        left_out as f64 > LEFT_OUT_SHOWN * asked as f64
    };
    let cold = experiment.measured().filter(many);
    let cold = affected(experiment, cold, |cell| (cell.counts.left_out, cell.counts.asked));
    warnings.extend(cold.map(DataWarning::ManyColdStarts));
    for side in Side::ALL {
        let unreported = |cell: &CellFigures| {
            let Counts { asked, delivered, duplicated, failed, .. } = cell.counts;
            let expected = match side {
                Side::Sender => asked,
                Side::Receiver => delivered + duplicated + failed,
            };
            let reported = cell.invocations(side).map_or(0, |found| found.messages);
            (expected.saturating_sub(reported), expected)
        };
        if let Some(affected) = affected(experiment, experiment.measured(), unreported) {
            warnings.push(DataWarning::ReportsMissing { side: side.name(), affected });
        }
    }
}
