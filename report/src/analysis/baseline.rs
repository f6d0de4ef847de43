//! The baseline's cells by transport and receiver duration.

use store::CellPlan;
use wire::Transport;

use super::{CellData, Estimate, Measure, REPLICATES, Resampling, RunData, SEED, Sample, Summary};

/// The experiment's name in the data.
pub const BASELINE: &str = "baseline";

/// The baseline of a run, with the draws that all its figures share.
#[derive(Debug)]
pub struct Baseline<'a> {
    cells: Vec<&'a CellData>,
    /// The draws.
    pub resampling: Resampling,
}

impl<'a> Baseline<'a> {
    /// The baseline of a run, where it has one.
    #[must_use]
    pub fn of(run: &'a RunData) -> Option<Self> {
        let plan = run.manifest.experiments.get(BASELINE)?;
        let mut cells: Vec<_> =
            run.cells.iter().filter(|cell| cell.experiment == BASELINE).collect();
        cells.sort_by_key(|cell| (cell.plan.receiver_ms, cell.plan.transport, cell.plan.cell));
        let resampling = Resampling::new(plan.rounds as usize, REPLICATES, SEED);
        Some(Self { cells, resampling })
    }

    /// Its cells by receiver duration, then transport.
    #[must_use]
    pub fn cells(&self) -> &[&'a CellData] {
        &self.cells
    }

    /// The receiver durations in milliseconds, ascending.
    #[must_use]
    pub fn receiver_durations(&self) -> Vec<u32> {
        let mut durations: Vec<u32> = self.cells.iter().map(|cell| cell.plan.receiver_ms).collect();
        durations.dedup();
        durations
    }

    /// The shortest receiver duration: where the handoff is compared.
    #[must_use]
    pub fn shortest(&self) -> u32 {
        self.receiver_durations().first().copied().unwrap_or(0)
    }

    /// The longest receiver duration.
    #[must_use]
    pub fn longest(&self) -> u32 {
        self.receiver_durations().last().copied().unwrap_or(0)
    }

    /// The cell of a transport at a receiver duration.
    #[must_use]
    pub fn cell(&self, transport: Transport, receiver_ms: u32) -> Option<&'a CellData> {
        let fits = |plan: &CellPlan| plan.transport == transport && plan.receiver_ms == receiver_ms;
        self.cells.iter().find(|cell| fits(&cell.plan)).copied()
    }

    /// The sample of a transport at a receiver duration; empty where there is none.
    #[must_use]
    pub fn sample(&self, transport: Transport, receiver_ms: u32, measure: Measure) -> Sample {
        self.cell(transport, receiver_ms).map(|cell| cell.sample(measure)).unwrap_or_default()
    }

    /// The figures of a cell.
    #[must_use]
    pub fn summary(&self, cell: &CellData, measure: Measure) -> Option<Summary> {
        Summary::of(&cell.sample(measure), &self.resampling)
    }

    /// How many milliseconds A waits for each millisecond that B works: the difference of the
    /// median operation durations over the difference of the receiver durations.
    #[must_use]
    pub fn wait_slope(&self, transport: Transport) -> Option<Estimate> {
        let (short, long) = (self.shortest(), self.longest());
        let span_ns = f64::from(long.checked_sub(short).filter(|span| *span > 0)?) * 1e6;
        let at = |receiver_ms| self.sample(transport, receiver_ms, Measure::Operation);
        self.resampling.of_medians(&at(long), &at(short), |long, short| (long - short) / span_ns)
    }
}
