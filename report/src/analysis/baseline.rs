//! The baseline's cells by transport and receiver duration.

use store::CellPlan;
use wire::Transport;

use super::{
    CellFigures, Estimate, Measure, MeasureFigures, Resampling, RunData, Statistic, Summary,
};
use super::{contrast, slope};

/// The experiment's name in the data.
pub const BASELINE: &str = "baseline";

/// The baseline of a run, with the draws that all its figures share.
#[derive(Debug)]
pub struct Baseline<'a> {
    cells: Vec<&'a CellFigures>,
    /// The draws.
    pub resampling: &'a Resampling,
}

impl<'a> Baseline<'a> {
    /// The baseline of a run, where it has one.
    #[must_use]
    pub fn of(run: &'a RunData) -> Option<Self> {
        let resampling = run.resamplings.get(BASELINE)?;
        let mut cells: Vec<_> =
            run.cells.iter().filter(|cell| cell.experiment == BASELINE).collect();
        cells.sort_by_key(|cell| (cell.plan.receiver_ms, cell.plan.transport, cell.plan.cell));
        Some(Self { cells, resampling })
    }

    /// Its cells by receiver duration, then transport.
    #[must_use]
    pub fn cells(&self) -> &[&'a CellFigures] {
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
    pub fn cell(&self, transport: Transport, receiver_ms: u32) -> Option<&'a CellFigures> {
        let fits = |plan: &CellPlan| plan.transport == transport && plan.receiver_ms == receiver_ms;
        self.cells.iter().find(|cell| fits(&cell.plan)).copied()
    }

    /// A measure of a transport at a receiver duration, where there are values.
    #[must_use]
    pub fn measure(
        &self,
        transport: Transport,
        receiver_ms: u32,
        measure: Measure,
    ) -> Option<&'a MeasureFigures> {
        self.cell(transport, receiver_ms)?.measure(measure)
    }

    /// The figures of a cell.
    #[must_use]
    pub fn summary(&self, cell: &'a CellFigures, measure: Measure) -> Option<&'a Summary> {
        cell.measure(measure).map(|figures| &figures.summary)
    }

    /// A function of two medians, with its interval.
    #[must_use]
    pub fn of_medians(
        &self,
        one: Option<&MeasureFigures>,
        other: Option<&MeasureFigures>,
        function: impl Fn(f64, f64) -> f64,
    ) -> Option<Estimate> {
        contrast(self.resampling, Statistic::Median, one?, other?, function)
    }

    /// How many milliseconds A waits for each millisecond that B works: the Theil–Sen slope of the
    /// rounds' median operation durations over B's.
    #[must_use]
    pub fn wait_slope(&self, transport: Transport) -> Option<Estimate> {
        let cells: Vec<&CellFigures> =
            self.cells.iter().filter(|cell| cell.plan.transport == transport).copied().collect();
        let receiver_ns = |cell: &CellFigures| f64::from(cell.plan.receiver_ms) * 1e6;
        slope(&cells, Measure::Operation, receiver_ns, self.resampling)
    }
}
