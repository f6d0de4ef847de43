//! The whole report: its text and its charts.

use std::collections::BTreeMap;
use std::path::Path;

use super::{answer, baseline, findings, heading, markdown, notebook, poll_interval_ns};
use super::{published, quality, repeat, scorecard};
use crate::ReportError;
use crate::analysis::{self, BASELINE, Baseline, Measure, RunData};
use crate::charts::{self, Chart};

/// The report of a run.
#[derive(Clone, Debug)]
pub struct ReportDocument {
    /// `REPORT.md`.
    pub text: String,
    /// The charts in `figures/`.
    pub charts: Vec<Chart>,
}

/// Makes the report of a run. `notebooks` is the folder of the experiments, each with a
/// `NOTEBOOK.md`.
///
/// # Errors
/// When a notebook cannot be read or asks for something there is not, the reference data are
/// damaged, or a chart cannot be drawn.
pub fn report(run: &RunData, notebooks: &Path) -> Result<ReportDocument, ReportError> {
    let baseline = Baseline::of(run);
    let warnings = analysis::warnings(run);
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
    let headline = baseline.as_ref().map(charts::headline).transpose()?.flatten();
    if let Some(chart) = headline {
        text.push_str(&markdown::picture(&chart.name, &chart.alternative_text));
        text.push('\n');
        charts.push(chart);
    }
    if let Some(baseline) = &baseline {
        text.push_str(&answer::section(&analysis::answers(baseline)));
        let local = run.manifest.backend.name == "local";
        text.push_str(&findings::section(&analysis::findings(baseline), local));
    } else {
        text.push_str("This run has no baseline, on which the answer and the findings rest.\n\n");
    }
    text.push_str(&heading::what_was_run(run));
    text.push_str(&quality::section(&warnings));
    if let Some(baseline) = &baseline {
        let (spliced, drawn) = experiment(run, baseline, notebooks)?;
        text.push_str(&spliced);
        text.push('\n');
        charts.extend(drawn);
    }
    text.push_str(&published::section(baseline.as_ref())?);
    text.push_str(&scorecard::section(&analysis::scorecard(run)?));
    text.push_str(&repeat::section(run));
    Ok(ReportDocument { text, charts })
}

/// The baseline's notebook with its figures and tables.
fn experiment(
    run: &RunData,
    baseline: &Baseline<'_>,
    notebooks: &Path,
) -> Result<(String, Vec<Chart>), ReportError> {
    let path = notebooks.join(BASELINE).join("NOTEBOOK.md");
    let source = std::fs::read_to_string(&path)
        .map_err(|source| notebook::NotebookError::Read { path: path.clone(), source })?;
    let operation = "Operation duration: how long A's call takes";
    let handoff = "Handoff: from A's call to B's handler";
    let interval = poll_interval_ns(&run.manifest);
    let charts = [
        charts::intervals(baseline, Measure::Operation, "operation-duration", operation)?,
        charts::intervals(baseline, Measure::Handoff, "handoff", handoff)?,
        charts::cumulative(baseline)?,
        charts::kinesis_handoffs(baseline, interval)?,
    ];
    let mut pieces = BTreeMap::from([
        ("table: baseline".to_owned(), baseline::figures(baseline)),
        ("table: waiting".to_owned(), baseline::waiting(baseline)),
        ("table: outcomes".to_owned(), baseline::counts(baseline)),
        ("table: cold-starts".to_owned(), baseline::cold_starts(baseline)),
        ("table: limits".to_owned(), baseline::limits(baseline)),
    ]);
    for name in ["operation-duration", "handoff", "handoff-distribution", "kinesis-handoff"] {
        let chart = charts.iter().flatten().find(|chart| chart.name == name);
        let piece = match chart {
            Some(chart) => markdown::picture(&chart.name, &chart.alternative_text),
            None => "*No message to draw.*\n".to_owned(),
        };
        pieces.insert(format!("figure: {name}"), piece);
    }
    let text = notebook::splice(&path, &source, &pieces)?;
    Ok((text, charts.into_iter().flatten().collect()))
}
