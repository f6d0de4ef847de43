//! The kinds of claim that findings and hypotheses are made of.

use store::{BackendFacts, CellPlan};
use wire::Transport;

use super::{
    Basis, Bound, CellFigures, Claim, Evidence, Experiment, Form, Measure, Quantity, Reading,
    RoundContrast, RoundStatistic,
};

/// Makes claims on the cells of one experiment.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClaimsOf<'a> {
    pub(super) experiment: &'a Experiment<'a>,
    pub(super) backend: &'a BackendFacts,
}

/// A figure with what it is claimed to be.
pub(super) struct Claimed {
    statement: String,
    bound: Bound,
    threshold: f64,
    quantity: Quantity,
    basis: Basis,
    reading: Reading,
}

impl Claimed {
    pub(super) fn duration(statement: impl Into<String>, bound: Bound, threshold: f64) -> Self {
        Self { quantity: Quantity::Duration, ..Self::ratio(statement, bound, threshold) }
    }

    pub(super) fn ratio(statement: impl Into<String>, bound: Bound, threshold: f64) -> Self {
        Self {
            statement: statement.into(),
            bound,
            threshold,
            quantity: Quantity::Ratio,
            basis: Basis::Measured,
            reading: Reading::Ours,
        }
    }

    /// What decides it on local-cloud is a mechanism that local-cloud models.
    pub(super) fn modelled(self) -> Self {
        Self { basis: Basis::Modelled, ..self }
    }

    /// Only AWS can tell.
    pub(super) fn aws_only(self) -> Self {
        Self { basis: Basis::AwsOnly, ..self }
    }

    /// The post's words, taken literally.
    pub(super) fn literally(self) -> Self {
        Self { reading: Reading::Literal, ..self }
    }
}

/// The cells that a claim rests on, where the run has all of them.
pub(super) type Cells<'c> = Option<Vec<&'c CellFigures>>;

impl<'a> ClaimsOf<'a> {
    /// A claim on a figure of each round.
    pub(super) fn rounds(
        &self,
        claimed: Claimed,
        form: Form,
        statistic: RoundStatistic,
        cells: &Cells<'_>,
    ) -> Claim {
        let contrast = cells.as_ref().and_then(|all| RoundContrast::of(form, statistic, all));
        let cells = cells.iter().flatten().map(|cell| cell.plan.cell).collect();
        self.with(claimed, Evidence::Rounds(contrast), cells)
    }

    /// A claim that every one of some things did something.
    pub(super) fn all_of<'c>(
        &self,
        statement: &str,
        (count, of): (u64, u64),
        cells: impl IntoIterator<Item = &'c CellFigures>,
    ) -> Claim {
        let claimed = Claimed::ratio(statement, Bound::Above, 0.0).modelled();
        let cells = cells.into_iter().map(|cell| cell.plan.cell).collect();
        self.with(claimed, Evidence::AllOf { count, of }, cells)
    }

    fn with(&self, claimed: Claimed, evidence: Evidence, cells: Vec<u32>) -> Claim {
        let Claimed { statement, bound, threshold, quantity, basis, reading } = claimed;
        let experiment = self.experiment.name.to_owned();
        Claim {
            statement,
            bound,
            threshold,
            quantity,
            evidence,
            kind: basis.on(self.backend),
            is_told_here: basis != Basis::AwsOnly || self.backend.is_aws(),
            reading,
            experiment,
            cells,
            judged: None,
        }
    }

    /// The difference of two cells' medians.
    pub(super) fn difference(
        &self,
        claimed: Claimed,
        measure: Measure,
        one: Option<&CellFigures>,
        other: Option<&CellFigures>,
    ) -> Claim {
        let cells = both(one, other);
        self.rounds(claimed, Form::Difference, RoundStatistic::Median(measure), &cells)
    }

    /// The ratio of two cells' medians.
    pub(super) fn ratio(
        &self,
        claimed: Claimed,
        measure: Measure,
        one: Option<&CellFigures>,
        other: Option<&CellFigures>,
    ) -> Claim {
        let cells = both(one, other);
        self.rounds(claimed, Form::Ratio, RoundStatistic::Median(measure), &cells)
    }

    /// How much a measure of a transport grows for each unit of time that B works.
    pub(super) fn slope(
        &self,
        transport: Transport,
        measure: Measure,
        bound: Bound,
        threshold: f64,
    ) -> Claim {
        let statement =
            format!("growth of {transport}'s {} per unit of B's duration", measure.name());
        let cells = self.experiment.measured();
        let cells = cells.filter(|cell| cell.plan.transport == transport).collect();
        let claimed = Claimed::ratio(statement, bound, threshold).modelled();
        self.rounds(claimed, Form::Slope, RoundStatistic::Median(measure), &Some(cells))
    }

    pub(super) fn find(&self, fits: impl Fn(&CellPlan) -> bool) -> Option<&'a CellFigures> {
        self.experiment.find(fits)
    }
}

/// Two cells, where the run has both.
pub(super) fn both<'c>(one: Option<&'c CellFigures>, other: Option<&'c CellFigures>) -> Cells<'c> {
    Some(vec![one?, other?])
}
