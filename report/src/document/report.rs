//! The whole report: its text and its charts.

use std::path::Path;

use super::pieces::{Context, notebook};
use super::{
    answer, figures, findings, heading, markdown, published, quality, repeat, scorecard, tables,
};
use crate::ReportError;
use crate::analysis::{self, BASELINE, Experiment, Margin, Measure, RunData};
use crate::charts::Chart;
use crate::reference::Prices;

/// The report of a run.
#[derive(Clone, Debug)]
pub struct ReportDocument {
    /// `REPORT.md`.
    pub text: String,
    /// `claims.csv`: every test that the report makes, for programs.
    pub claims: String,
    /// The charts in `figures/`.
    pub charts: Vec<Chart>,
}

/// Makes the report of a run. `notebooks` is the folder of the experiments, each with a
/// `NOTEBOOK.md`; `prices` are what its cost is counted with; transports of different tiers differ by
/// more than `margin`.
///
/// # Errors
/// When a notebook cannot be read or asks for something there is not, the reference data are
/// damaged, or a chart cannot be drawn.
pub fn report(
    run: &RunData,
    notebooks: &Path,
    prices: &Prices,
    margin: Margin,
) -> Result<ReportDocument, ReportError> {
    let experiments = Experiment::all(run);
    let conclusions = analysis::conclude(run, &experiments, prices, margin);
    let baseline = experiments.iter().find(|one| one.name == BASELINE);
    let place = run.manifest.backend.name.as_str();
    let local = place == "local";
    let mut charts = Vec::new();
    let mut text = format!(
        "<!-- Made by `just report {}`; do not edit. -->\n# Handing a message from Lambda A to \
         Lambda B: run {}\n\n",
        run.manifest.run_id, run.manifest.run_id
    );
    text.push_str(&heading::banner(run));
    if !run.missing.is_empty() {
        text.push_str("> **Unfinished.** Parts of this run are missing; see *Data quality*.\n\n");
    }
    let headline = baseline.map(figures::headline).transpose()?.flatten();
    let picture = headline
        .as_ref()
        .map_or(String::new(), |chart| markdown::picture(&chart.name, &chart.alternative_text));
    let measures = [Measure::Operation, Measure::Handoff];
    let note = baseline.map(|baseline| tables::with_left_out(baseline, &measures));
    let picture = format!("{picture}\n{}", note.unwrap_or_default());
    charts.extend(headline);
    text.push_str(&answer::section(&conclusions, &picture, prices, local));
    text.push_str(&findings::section(&conclusions, &experiments, local));
    text.push_str(&quality::section(run, &analysis::warnings(run)));
    for experiment in &experiments {
        let context = Context { run, experiment, prices, conclusions: &conclusions, place, local };
        let (spliced, drawn) = notebook(&context, notebooks)?;
        text.push_str(&spliced);
        text.push('\n');
        charts.extend(drawn);
    }
    let (section, chart) = published::section(baseline)?;
    text.push_str(&section);
    charts.extend(chart);
    let (principles, cost) = (analysis::scorecard(run, prices)?, analysis::run_cost(run, prices));
    let is_aws = run.manifest.backend.is_aws();
    text.push_str(&scorecard::section(&principles, &cost, prices, is_aws));
    text.push_str(&heading::what_was_run(run));
    text.push_str(&repeat::section(run));
    let claims = super::claims_file::csv(&conclusions);
    Ok(ReportDocument { text, claims, charts })
}
