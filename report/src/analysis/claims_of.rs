//! The kinds of claim that findings and hypotheses are made of.

use store::CellPlan;
use wire::Transport;

use super::{
    Bound, CellFigures, Claim, Estimate, Evidence, Experiment, Measure, Quantity, Statistic,
};

/// Makes claims on the cells of one experiment.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClaimsOf<'a> {
    pub(super) experiment: &'a Experiment<'a>,
}

/// A figure with what it is claimed to be.
pub(super) struct Claimed {
    pub(super) statement: String,
    pub(super) bound: Bound,
    pub(super) threshold: f64,
    pub(super) quantity: Quantity,
}

impl Claimed {
    pub(super) fn duration(statement: impl Into<String>, bound: Bound, threshold: f64) -> Self {
        Self { statement: statement.into(), bound, threshold, quantity: Quantity::Duration }
    }

    pub(super) fn ratio(statement: impl Into<String>, bound: Bound, threshold: f64) -> Self {
        Self { statement: statement.into(), bound, threshold, quantity: Quantity::Ratio }
    }
}

impl<'a> ClaimsOf<'a> {
    pub(super) fn claim(
        &self,
        claimed: Claimed,
        estimate: Option<Estimate>,
        cells: &[Option<&CellFigures>],
    ) -> Claim {
        self.with(claimed, Evidence::Figure(estimate), cells.iter().flatten().copied())
    }

    /// A claim that every one of some things did something.
    pub(super) fn all_of<'c>(
        &self,
        statement: &str,
        (count, of): (u64, u64),
        cells: impl IntoIterator<Item = &'c CellFigures>,
    ) -> Claim {
        let claimed = Claimed::ratio(statement, Bound::Above, 0.0);
        self.with(claimed, Evidence::AllOf { count, of }, cells)
    }

    fn with<'c>(
        &self,
        claimed: Claimed,
        evidence: Evidence,
        cells: impl IntoIterator<Item = &'c CellFigures>,
    ) -> Claim {
        let mut cells: Vec<u32> = cells.into_iter().map(|cell| cell.plan.cell).collect();
        cells.dedup();
        let Claimed { statement, bound, threshold, quantity } = claimed;
        let experiment = self.experiment.name.to_owned();
        Claim { statement, bound, threshold, quantity, evidence, experiment, cells }
    }

    /// The difference of two cells' medians.
    pub(super) fn difference(
        &self,
        claimed: Claimed,
        measure: Measure,
        one: Option<&CellFigures>,
        other: Option<&CellFigures>,
    ) -> Claim {
        let found = self.experiment.contrast(Statistic::Median, measure, one, other, |a, b| a - b);
        self.claim(claimed, found, &[one, other])
    }

    /// The ratio of two cells' medians.
    pub(super) fn ratio(
        &self,
        claimed: Claimed,
        measure: Measure,
        one: Option<&CellFigures>,
        other: Option<&CellFigures>,
    ) -> Claim {
        let found = self.experiment.contrast(Statistic::Median, measure, one, other, |a, b| a / b);
        self.claim(claimed, found, &[one, other])
    }

    /// How much a measure of a transport grows for each unit of time that B works.
    pub(super) fn slope(
        &self,
        transport: Transport,
        measure: Measure,
        bound: Bound,
        threshold: f64,
    ) -> Claim {
        let found = self.experiment.slope_over_receiver(transport, measure);
        let statement =
            format!("growth of {transport}'s {} per unit of B's duration", measure.name());
        let cells: Vec<Option<&CellFigures>> = self
            .experiment
            .measured()
            .filter(|cell| cell.plan.transport == transport)
            .map(Some)
            .collect();
        self.claim(Claimed::ratio(statement, bound, threshold), found, &cells)
    }

    pub(super) fn find(&self, fits: impl Fn(&CellPlan) -> bool) -> Option<&'a CellFigures> {
        self.experiment.find(fits)
    }
}
