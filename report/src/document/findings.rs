//! The findings and the experiments' hypotheses, with their verdicts.

use std::fmt::Write as _;

use super::markdown::table;
use super::tables::{claims, threshold_and_figure};
use crate::analysis::{Claim, Experiment, Finding, Verdict, hypotheses};

/// The post's findings against this run, each with its claims; then the hypotheses of the
/// experiments, whose claims stand with their notebooks.
pub(crate) fn section(findings: &[Finding], experiments: &[Experiment<'_>], local: bool) -> String {
    let mut text = String::from(
        "## The findings\n\nA claim is an inequality on the data. It is *reproduced* when its whole \
         95 % interval lies on the claimed side of its threshold, *not reproduced* when all of it \
         lies on the other, else *undecided*. A finding is reproduced when all of its claims are, \
         and not reproduced when any is refuted. The thresholds and their reasons stand in \
         `report/src/analysis/findings.rs` and `hypotheses/`.\n\n",
    );
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
        let _ = writeln!(text, "### {}: {}\n", finding.id, finding.verdict());
        text.push_str(&claims(finding, None, local));
        text.push('\n');
    }
    let mut rows = Vec::new();
    for experiment in experiments {
        for finding in hypotheses(experiment) {
            let mut row = overview(&finding);
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

fn overview(finding: &Finding) -> Vec<String> {
    vec![
        finding.id.to_owned(),
        finding.statement.to_owned(),
        format!("**{}**", finding.verdict()),
        deciding(finding).map_or("no data".to_owned(), |claim| {
            let (claimed, figure, n) = threshold_and_figure(claim);
            format!("{claimed}: {figure}, n = {n}")
        }),
    ]
}

/// The claim that makes the finding's verdict what it is: the first refuted one, else the first
/// undecided one, else the first.
fn deciding(finding: &Finding) -> Option<&Claim> {
    let first = |verdict| finding.claims.iter().find(|claim| claim.verdict() == verdict);
    first(Verdict::NotReproduced).or_else(|| first(Verdict::Undecided)).or(finding.claims.first())
}
