//! What a notebook's markers stand for.

use std::path::Path;

use super::notebook::{NotebookError, splice};
use super::{figures, markdown, tables};
use crate::ReportError;
use crate::analysis::{BASELINE, Conclusions, Experiment, RunData};
use crate::charts::Chart;
use crate::reference::Prices;

/// What figures and tables of an experiment are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) run: &'a RunData,
    pub(crate) experiment: &'a Experiment<'a>,
    pub(crate) prices: &'a Prices,
    pub(crate) conclusions: &'a Conclusions<'a>,
    /// The name of the backend.
    pub(crate) place: &'a str,
    /// Whether it is local-cloud.
    pub(crate) local: bool,
}

impl Context<'_> {
    /// The name of a figure's files: the figure's, behind that of the experiment where it is a
    /// figure of the baseline that another experiment asks for.
    pub(crate) fn file_name(&self, figure: &str) -> String {
        let of_baseline = [
            "cost",
            "handoff",
            "handoff-distribution",
            "kinesis-handoff",
            "operation-duration",
            "stages",
        ];
        if of_baseline.contains(&figure) && self.experiment.name != BASELINE {
            format!("{}-{figure}", self.experiment.name)
        } else {
            figure.to_owned()
        }
    }
}

/// An experiment's notebook with its figures and tables, and the charts of it.
pub(crate) fn notebook(
    context: &Context<'_>,
    notebooks: &Path,
) -> Result<(String, Vec<Chart>), ReportError> {
    let path = notebooks.join(context.experiment.name).join("NOTEBOOK.md");
    let source = std::fs::read_to_string(&path)
        .map_err(|source| NotebookError::Read { path: path.clone(), source })?;
    let figures = figures::NAMES.map(|name| format!("figure: {name}"));
    let tables = tables::NAMES.map(|name| format!("table: {name}"));
    let known: Vec<String> = figures.into_iter().chain(tables).collect();
    let mut charts: Vec<Chart> = Vec::new();
    let text = splice(&path, &source, &known, |marker| -> Result<Option<String>, ReportError> {
        let Some((kind, name)) = marker.split_once(':') else { return Ok(None) };
        let name = name.trim();
        if kind == "table" {
            return Ok(tables::table(name, context));
        }
        let Some(chart) = figures::figure(name, context) else { return Ok(None) };
        let Some(chart) = chart? else {
            return Ok(Some("*This run has no cells for this figure.*\n".to_owned()));
        };
        let mut picture = markdown::picture(&chart.name, &chart.alternative_text);
        let note = tables::with_left_out(context.experiment, figures::measures(name));
        if !note.is_empty() {
            picture.push_str(&format!("\n{note}"));
        }
        if !charts.iter().any(|other| other.name == chart.name) {
            charts.push(chart);
        }
        Ok(Some(picture))
    })?;
    Ok((text, charts))
}
