//! The findings and the experiments' hypotheses, with their verdicts.

use std::fmt::Write as _;

use super::markdown::table;
use super::numbers::percent;
use super::tables::{claims, threshold_and_figure};
use crate::analysis::{ALPHA, Claim, Conclusions, Experiment, Finding, Verdict};

/// The post's findings against this run, each with its claims; then the hypotheses of the
/// experiments, whose claims stand with their notebooks.
pub(crate) fn section(
    conclusions: &Conclusions<'_>,
    experiments: &[Experiment<'_>],
    local: bool,
) -> String {
    let mut text = how_to_read(conclusions);
    let findings = &conclusions.findings;
    if findings.is_empty() {
        text.push_str(
            "The findings F1 to F4 rest on the experiment `baseline`, which this run does not \
             have.\n\n",
        );
    } else {
        let header = ["", "the post says (2018)", "this run", "what decides"];
        text.push_str(&table(&header, findings.iter().map(overview)));
        text.push('\n');
    }
    for finding in findings {
        let _ = writeln!(text, "### {}: {}\n", finding.id, finding.words());
        text.push_str(&claims(finding, None, local));
        text.push('\n');
    }
    let mut rows = Vec::new();
    for experiment in experiments {
        for finding in conclusions.hypotheses.get(experiment.name).into_iter().flatten() {
            let mut row = overview(finding);
            row.insert(1, experiment.name.to_owned());
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        text.push_str(
            "### The experiments' own hypotheses\n\nTheir claims stand with each experiment \
             below.\n\n",
        );
        let header = ["", "experiment", "hypothesis", "this run", "what decides"];
        text.push_str(&table(&header, rows));
        text.push('\n');
    }
    text
}

fn how_to_read(conclusions: &Conclusions<'_>) -> String {
    let family = conclusions.family;
    format!(
        "## The findings\n\nA claim is an inequality on the data. Its figure is the mean over the \
         rounds of each round's own figure (the geometric mean of ratios and of medians), because \
         messages of one round are not independent; the tables of cells show figures of all messages \
         together. Student's t over the rounds gives its probability, which is corrected for all {} \
         tests of this report ({} claims and {} comparisons of transports; Holm): of reports on \
         transports that do not differ, at most {} say anywhere that they do. The intervals of all \
         claims hold together with {}; one that spans more than a factor of 100, as of two or three \
         rounds, says nothing and is a dash.\n\n\
         What a verdict is worth depends on its evidence. On local-cloud the outcome of some claims \
         is an input (*by construction*: the 1 Hz poll of a shard): such a claim is *as modelled*. \
         Others follow from running code on this machine (*measured here*): they *hold here* or do \
         not. *Reproduced* is kept for a run on AWS. A claim is *undecided* where chance may explain \
         the figure, and *not measured* where the run has no messages for it. A finding holds when all of its claims do, and does not when one does not. The \
         thresholds and their reasons stand in `report/src/analysis/findings.rs` and \
         `hypotheses/`; every test of this report stands in `claims.csv`.\n\n",
        family.size(),
        family.claims,
        family.comparisons,
        percent(ALPHA),
        percent(1.0 - ALPHA),
    )
}

fn overview(finding: &Finding) -> Vec<String> {
    vec![
        finding.id.to_owned(),
        finding.statement.to_owned(),
        format!("**{}**", finding.words()),
        deciding(finding).map_or("no data".to_owned(), |claim| {
            let (claimed, figure, n) = threshold_and_figure(claim);
            format!("{claimed}: {figure}, n = {n}")
        }),
    ]
}

/// The claim that makes the finding's verdict what it is: the first that fails, else the first
/// undecided one, else the first.
fn deciding(finding: &Finding) -> Option<&Claim> {
    let first = |verdict| finding.ours().find(|claim| claim.verdict() == verdict);
    first(Verdict::Fails).or_else(|| first(Verdict::Undecided)).or_else(|| finding.ours().next())
}
