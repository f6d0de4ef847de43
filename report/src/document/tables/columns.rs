//! The columns that say which cell a row is of.

use store::CellPlan;

use crate::analysis::{CellAxis, CellFigures, Experiment};
use crate::document::markdown;

/// More rows than these are folded away.
const LONG: usize = 12;

/// A column for the cell, one for the transport, one for each axis that varies.
pub(crate) struct CellColumns {
    axes: Vec<CellAxis>,
    transport: bool,
}

impl CellColumns {
    pub(crate) fn of(experiment: &Experiment<'_>) -> Self {
        Self { axes: experiment.axes(), transport: experiment.transports().len() != 1 }
    }

    /// Without the axes that other columns of the table stand for.
    pub(crate) fn without(mut self, axes: &[CellAxis]) -> Self {
        self.axes.retain(|axis| !axes.contains(axis));
        self
    }

    /// The names of these columns, then of others.
    pub(crate) fn header(&self, others: &[&str]) -> Vec<String> {
        let transport = self.transport.then_some("transport");
        let axes = self.axes.iter().map(|axis| axis.name());
        let names = ["cell"].into_iter().chain(transport).chain(axes);
        names.chain(others.iter().copied()).map(str::to_owned).collect()
    }

    /// The values of these columns.
    pub(crate) fn of_cell(&self, cell: &CellFigures) -> Vec<String> {
        let plan = &cell.plan;
        let transport = self.transport.then(|| plan.transport.to_string());
        let axes = self.axes.iter().map(|axis| axis.value(plan));
        [plan.cell.to_string()].into_iter().chain(transport).chain(axes).collect()
    }
}

/// What tells a cell apart from the others of its experiment, such as `sns, 64 KiB`.
pub(crate) fn label(experiment: &Experiment<'_>, plan: &CellPlan) -> String {
    let transport = plan.transport.to_string();
    let axes = experiment.axes().into_iter().map(|axis| axis.words(plan));
    [transport].into_iter().chain(axes).collect::<Vec<_>>().join(", ")
}

/// A table, folded away where it is long.
pub(crate) fn table<H: AsRef<str>>(name: &str, header: &[H], rows: Vec<Vec<String>>) -> String {
    let count = rows.len();
    let text = markdown::table(header, rows);
    if count > LONG { markdown::folded(&format!("{name}: {count} rows"), &text) } else { text }
}

/// A text with a capital letter at its beginning.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}
