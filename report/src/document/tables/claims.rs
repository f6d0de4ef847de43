//! Claims with what the data say of them.

use crate::analysis::{Bound, Claim, Evidence, Finding, Quantity, hypotheses, threshold_reason};
use crate::document::pieces::Context;
use crate::document::{duration, estimate, markdown, significant};

/// The hypotheses of an experiment, each with its claims.
pub(super) fn of_experiment(context: &Context<'_>) -> String {
    let found = hypotheses(context.experiment);
    if found.is_empty() {
        return "Its hypotheses are the post's findings F1 to F4, above.\n".to_owned();
    }
    let mut text = String::new();
    for finding in &found {
        text.push_str(&format!(
            "**{}: {}** {}\n\n{}\n",
            finding.id,
            finding.verdict(),
            finding.statement,
            claims(finding, Some(context.experiment.name), context.local)
        ));
    }
    text
}

/// The claims of a finding. Cells of another experiment than `of` are named with it.
pub(crate) fn claims(finding: &Finding, of: Option<&str>, local: bool) -> String {
    if finding.claims.is_empty() {
        return "The run has no cells for it.\n".to_owned();
    }
    let rows = finding.claims.iter().map(|claim| {
        let (claimed, figure, n) = threshold_and_figure(claim);
        vec![claimed, figure, n, cells_of(claim, of), claim.verdict().to_string()]
    });
    let mut text = markdown::table(&["claim", "figure", "n", "cells", "verdict"], rows);
    if let Some(reason) = threshold_reason(finding.id) {
        text.push_str(&format!("\nThe thresholds: {reason}.\n"));
    }
    if local {
        text.push_str(&format!(
            "\nWhat decides it here is a mechanism of local-cloud: {}.\n",
            finding.local_mechanism
        ));
    }
    text
}

/// The cells that a claim rests on.
fn cells_of(claim: &Claim, of: Option<&str>) -> String {
    let cells: Vec<String> = claim.cells.iter().map(u32::to_string).collect();
    match (cells.join(", "), of) {
        (cells, _) if cells.is_empty() => "–".to_owned(),
        (cells, Some(of)) if claim.experiment == of => cells,
        (cells, _) => format!("{} {cells}", claim.experiment),
    }
}

/// What is claimed, the figure that was found, and how many values it rests on.
pub(crate) fn threshold_and_figure(claim: &Claim) -> (String, String, String) {
    let threshold = match (claim.quantity, claim.threshold) {
        (_, 0.0) => "0".to_owned(),
        (Quantity::Duration, ns) => duration(ns),
        (Quantity::Ratio, ratio) => significant(ratio),
        (Quantity::Rate, rate) => format!("{rate}/s"),
    };
    let bound = match claim.bound {
        Bound::Below => "&lt;",
        Bound::Above => "&gt;",
    };
    match claim.evidence {
        Evidence::Figure(found) => {
            let (figure, n) = found.map_or(("no data".to_owned(), 0), |found| {
                (estimate(&found, claim.quantity), found.n)
            });
            (format!("{} {bound} {threshold}", claim.statement), figure, n.to_string())
        }
        Evidence::AllOf { count, of } => {
            (format!("{}: all", claim.statement), format!("{count} of {of}"), of.to_string())
        }
    }
}
