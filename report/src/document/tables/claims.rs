//! Claims with what the data say of them.

use crate::analysis::{
    Bound, Claim, Evidence, EvidenceKind, Finding, Quantity, Reading, RoundContrast, Verdict,
    threshold_reason,
};
use crate::document::numbers::probability;
use crate::document::pieces::Context;
use crate::document::{duration, estimate, markdown, quantity, significant};

/// The hypotheses of an experiment, each with its claims.
pub(super) fn of_experiment(context: &Context<'_>) -> String {
    let found = context.conclusions.hypotheses.get(context.experiment.name);
    let found = found.map_or(&[][..], Vec::as_slice);
    if found.is_empty() {
        return "Its hypotheses are the post's findings F1 to F4, above.\n".to_owned();
    }
    let mut text = String::new();
    for finding in found {
        text.push_str(&format!(
            "**{}: {}** {}\n\n{}\n",
            finding.id,
            finding.words(),
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
        let literally = if claim.reading == Reading::Literal { "*literally:* " } else { "" };
        vec![
            format!("{literally}{claimed}"),
            figure,
            claim.judged.map_or("–".to_owned(), |judged| probability(judged.adjusted_p)),
            rounds(claim),
            n,
            cells_of(claim, of),
            match claim.verdict() {
                Verdict::NotTested => "–".to_owned(),
                _ => claim.kind.name().to_owned(),
            },
            claim.words().to_owned(),
        ]
    });
    let header = ["claim", "figure", "p, corrected", "rounds", "n", "cells", "evidence", "verdict"];
    let mut text = markdown::table(&header, rows);
    if let Some(reason) = threshold_reason(finding.id) {
        text.push_str(&format!("\nThe thresholds: {reason}.\n"));
    }
    if local {
        let modelled = |claim: &Claim| claim.kind == EvidenceKind::ByConstruction;
        let what = match (finding.ours().any(modelled), finding.ours().all(modelled)) {
            (_, true) => "What decides it here is a mechanism of local-cloud",
            (true, false) => {
                "What decides the claims by construction is a mechanism of local-cloud"
            }
            (false, false) => "What happens here",
        };
        text.push_str(&format!("\n{what}: {}.\n", finding.local_mechanism));
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
    match &claim.evidence {
        Evidence::Rounds(contrast) => {
            let (figure, n) = match (claim.estimate(), contrast) {
                (Some(found), Some(contrast)) => {
                    let figure = match claim.verdict() {
                        // Not tested, so without an interval.
                        Verdict::NotTested => quantity(found.value, claim.quantity),
                        _ if found.interval.is_none() => {
                            format!("{} [–]", quantity(found.value, claim.quantity))
                        }
                        _ => estimate(&found, claim.quantity),
                    };
                    (with_left_out(figure, contrast, claim), found.n)
                }
                _ => ("no data".to_owned(), 0),
            };
            (format!("{} {bound} {threshold}", claim.statement), figure, n.to_string())
        }
        Evidence::AllOf { count, of } => {
            (format!("{}: all", claim.statement), format!("{count} of {of}"), of.to_string())
        }
    }
}

/// A figure, and beside it the one with the messages that it leaves out.
fn with_left_out(figure: String, contrast: &RoundContrast, claim: &Claim) -> String {
    match contrast.with_left_out {
        Some(with) => format!("{figure}; with cold starts {}", quantity(with, claim.quantity)),
        None => figure,
    }
}

/// How many rounds a claim rests on.
fn rounds(claim: &Claim) -> String {
    match &claim.evidence {
        Evidence::Rounds(Some(contrast)) => contrast.figures.len().to_string(),
        Evidence::Rounds(None) | Evidence::AllOf { .. } => "–".to_owned(),
    }
}
