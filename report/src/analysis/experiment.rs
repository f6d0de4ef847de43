//! The cells of one experiment, and figures that rest on several of them.

use std::cmp::Ordering;

use store::CellPlan;
use wire::Transport;

use super::{
    CellAxis, CellFigures, CellRound, Counts, Estimate, Measure, Proportion, Resampling, RunData,
    Shift, Statistic, contrast, shift, slope,
};

/// The names of the experiments whose data the report knows how to read, in the order in which it
/// shows them; others follow with what is the same for all.
pub const BASELINE: &str = "baseline";
/// See [`BASELINE`].
pub const RECEIVER_DURATION: &str = "receiver-duration";
/// See [`BASELINE`].
pub const PAYLOAD_SIZE: &str = "payload-size";
/// See [`BASELINE`].
pub const CONCURRENCY: &str = "concurrency";
/// See [`BASELINE`].
pub const COLD_START: &str = "cold-start";
/// See [`BASELINE`].
pub const KINESIS_TUNING: &str = "kinesis-tuning";

const ORDER: [&str; 6] =
    [BASELINE, RECEIVER_DURATION, PAYLOAD_SIZE, CONCURRENCY, COLD_START, KINESIS_TUNING];

/// An experiment of a run, with the draws that all its figures share.
#[derive(Clone, Debug)]
pub struct Experiment<'a> {
    /// Its name.
    pub name: &'a str,
    /// The rounds of its plan.
    pub rounds: u32,
    /// The draws.
    pub resampling: &'a Resampling,
    cells: Vec<&'a CellFigures>,
}

impl<'a> Experiment<'a> {
    /// An experiment of a run by its name.
    #[must_use]
    pub fn of(run: &'a RunData, name: &str) -> Option<Self> {
        let (name, plan) = run.manifest.experiments.get_key_value(name)?;
        let resampling = run.resamplings.get(name)?;
        let mut cells: Vec<_> = run.cells.iter().filter(|cell| cell.experiment == *name).collect();
        cells.sort_by(|one, other| in_order(&one.plan, &other.plan));
        Some(Self { name, rounds: plan.rounds, resampling, cells })
    }

    /// All of a run, in the order of the report.
    #[must_use]
    pub fn all(run: &'a RunData) -> Vec<Self> {
        let mut names: Vec<&String> = run.manifest.experiments.keys().collect();
        let place = |name: &str| ORDER.iter().position(|one| *one == name).unwrap_or(ORDER.len());
        names.sort_by_key(|name| (place(name), *name));
        names.into_iter().filter_map(|name| Self::of(run, name)).collect()
    }

    /// All of its cells: what is to be compared stands together.
    #[must_use]
    pub fn cells(&self) -> &[&'a CellFigures] {
        &self.cells
    }

    /// The cells that are visited to be measured: none that is over a limit, no probe.
    pub fn measured(&self) -> impl Iterator<Item = &'a CellFigures> + use<'a, '_> {
        self.cells.iter().copied().filter(|cell| cell.plan.limit.is_none() && !cell.plan.probe)
    }

    /// The messages sent to see a limit refuse them.
    pub fn probes(&self) -> impl Iterator<Item = &'a CellFigures> + use<'a, '_> {
        self.cells.iter().copied().filter(|cell| cell.plan.probe)
    }

    /// The axes that vary within a transport.
    #[must_use]
    pub fn axes(&self) -> Vec<CellAxis> {
        let cells: Vec<&CellFigures> =
            self.cells.iter().copied().filter(|cell| !cell.plan.probe).collect();
        let varies = |axis: &CellAxis| {
            Transport::ALL.into_iter().any(|transport| {
                let mut of = cells.iter().filter(|cell| cell.plan.transport == transport);
                let Some(first) = of.next() else { return false };
                of.any(|cell| axis.compare(&first.plan, &cell.plan) != Ordering::Equal)
            })
        };
        CellAxis::ALL.into_iter().filter(varies).collect()
    }

    /// The transports that it measures.
    #[must_use]
    pub fn transports(&self) -> Vec<Transport> {
        let used = |transport: &Transport| self.measured().any(|c| c.plan.transport == *transport);
        Transport::ALL.into_iter().filter(used).collect()
    }

    /// The values of a property of its measured cells, ascending, each once.
    pub fn values<T: Ord>(&self, of: impl Fn(&CellPlan) -> T) -> Vec<T> {
        let mut values: Vec<T> = self.measured().map(|cell| of(&cell.plan)).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// The shortest receiver duration, milliseconds: where the handoff is compared.
    #[must_use]
    pub fn shortest(&self) -> u32 {
        self.values(|plan| plan.receiver_ms).first().copied().unwrap_or(0)
    }

    /// The longest receiver duration, milliseconds.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.values(|plan| plan.receiver_ms).last().copied().unwrap_or(0)
    }

    /// The first measured cell that fits.
    pub fn find(&self, fits: impl Fn(&CellPlan) -> bool) -> Option<&'a CellFigures> {
        self.measured().find(|cell| fits(&cell.plan))
    }

    /// The first measured cell of a transport at a receiver duration.
    #[must_use]
    pub fn cell(&self, transport: Transport, receiver_ms: u32) -> Option<&'a CellFigures> {
        self.find(|plan| plan.transport == transport && plan.receiver_ms == receiver_ms)
    }

    /// A function of a statistic of two cells, with its interval.
    #[must_use]
    pub fn contrast(
        &self,
        statistic: Statistic,
        measure: Measure,
        one: Option<&CellFigures>,
        other: Option<&CellFigures>,
        function: impl Fn(f64, f64) -> f64,
    ) -> Option<Estimate> {
        let (one, other) = (one?.measure(measure)?, other?.measure(measure)?);
        contrast(self.resampling, statistic, one, other, function)
    }

    /// By how much a measure of one cell lies above that of another.
    #[must_use]
    pub fn shift(&self, measure: Measure, one: &CellFigures, other: &CellFigures) -> Option<Shift> {
        shift(one.measure(measure)?, other.measure(measure)?, self.resampling, self.resampling)
    }

    /// How much a measure of a transport grows for each unit of time that B works: the Theil–Sen
    /// slope of the rounds' medians.
    #[must_use]
    pub fn slope_over_receiver(&self, transport: Transport, measure: Measure) -> Option<Estimate> {
        let cells: Vec<&CellFigures> =
            self.measured().filter(|cell| cell.plan.transport == transport).collect();
        let receiver_ns = |cell: &CellFigures| f64::from(cell.plan.receiver_ms) * 1e6;
        slope(&cells, measure, receiver_ns, self.resampling)
    }

    /// The mean of a figure of each round of a cell, with its interval.
    #[must_use]
    pub fn of_rounds(
        &self,
        cell: &CellFigures,
        of: impl Fn(&CellRound) -> Option<f64>,
    ) -> Option<Estimate> {
        let rounds = self.rounds_of(cell, of);
        let value = mean_of(&rounds, None)?;
        let replicates =
            self.resampling.replicate(|drawn| mean_of(&rounds, Some(drawn)).unwrap_or(f64::NAN));
        let n = usize::try_from(cell.counts.asked).unwrap_or(usize::MAX);
        Some(self.resampling.estimate(value, &replicates, n))
    }

    /// A share of the messages of all measured cells, with rounds as what varies.
    #[must_use]
    pub fn share(&self, of: impl Fn(&Counts) -> (u64, u64)) -> Proportion {
        let mut rounds = vec![(0, 0); self.rounds as usize];
        for round in self.measured().flat_map(|cell| &cell.rounds) {
            let (count, n) = of(&round.counts);
            if let Some(sum) = rounds.get_mut(round.round as usize) {
                *sum = (sum.0 + count, sum.1 + n);
            }
        }
        Proportion::of_rounds(&rounds)
    }

    fn rounds_of(
        &self,
        cell: &CellFigures,
        of: impl Fn(&CellRound) -> Option<f64>,
    ) -> Vec<(usize, f64)> {
        let rounds = cell.rounds.iter();
        rounds.filter_map(|round| Some((round.round as usize, of(round)?))).collect()
    }
}

/// The mean of values of rounds, each as often as its round was drawn.
fn mean_of(rounds: &[(usize, f64)], drawn: Option<&[u32]>) -> Option<f64> {
    let weight = |round: usize| match drawn {
        None => 1.0,
        Some(drawn) => drawn.get(round).map_or(0.0, |times| f64::from(*times)),
    };
    let total: f64 = rounds.iter().map(|(round, _)| weight(*round)).sum();
    let sum: f64 = rounds.iter().map(|(round, value)| weight(*round) * value).sum();
    (total > 0.0).then(|| sum / total)
}

/// What is compared stands together: transports under the same load, then the settings of one.
fn in_order(one: &CellPlan, other: &CellPlan) -> Ordering {
    use CellAxis as A;
    let before = [A::Load, A::FreshSide, A::Payload, A::Senders, A::Receiver];
    let after = CellAxis::ALL.into_iter().filter(|axis| !before.contains(axis));
    let along = |axes: &mut dyn Iterator<Item = CellAxis>| {
        axes.map(|axis| axis.compare(one, other)).find(|order| *order != Ordering::Equal)
    };
    let arrival = one.rate_per_s.is_some().cmp(&other.rate_per_s.is_some());
    let first = along(&mut before.into_iter().skip(1)).unwrap_or(Ordering::Equal);
    arrival
        .then(first)
        .then(one.transport.cmp(&other.transport))
        .then_with(|| along(&mut after.into_iter()).unwrap_or(Ordering::Equal))
        .then_with(|| A::Load.compare(one, other))
        .then(one.cell.cmp(&other.cell))
}
