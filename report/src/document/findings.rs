//! The findings with their verdicts.

use std::fmt::Write as _;

use super::markdown::table;
use super::{duration, estimate, figures::significant};
use crate::analysis::{Claim, Finding, Side};

pub(crate) fn section(findings: &[Finding], local: bool) -> String {
    let overview = findings.iter().map(|finding| {
        vec![
            finding.id.to_owned(),
            finding.statement.to_owned(),
            format!("**{}**", finding.verdict()),
        ]
    });
    let mut text = format!(
        "## The findings\n\nA finding is *reproduced* when all of its claims are, *not reproduced* \
         when any is refuted, else *undecided*. A verdict on a claim needs the whole 95 % interval \
         on one side of the threshold. The thresholds and their reasons stand in \
         `report/src/analysis/findings.rs`.\n\n{}\n",
        table(&["", "the post says", "this run"], overview)
    );
    for finding in findings {
        let _ = writeln!(text, "### {}: {}\n", finding.id, finding.verdict());
        let rows = finding.claims.iter().map(claim);
        text.push_str(&table(&["claim", "figure", "values", "cells", "verdict"], rows));
        if local {
            let _ = write!(
                text,
                "\nHere it rests on a mechanism of local-cloud: {}.\n",
                finding.local_mechanism
            );
        }
        text.push('\n');
    }
    text
}

fn claim(claim: &Claim) -> Vec<String> {
    let threshold = match (claim.is_duration, claim.threshold) {
        (_, 0.0) => "0".to_owned(),
        (true, ns) => duration(ns),
        (false, ratio) => significant(ratio),
    };
    let side = match claim.side {
        Side::Below => "<",
        Side::Above => ">",
    };
    let cells: Vec<String> = claim.cells.iter().map(u32::to_string).collect();
    let (figure, n) = match &claim.estimate {
        Some(found) => (estimate(found, claim.is_duration), found.n.to_string()),
        None => ("no data".to_owned(), "0".to_owned()),
    };
    vec![
        format!(
            "{} {} {threshold}",
            claim.statement,
            side.replace("<", "&lt;").replace(">", "&gt;")
        ),
        figure,
        n,
        cells.join(", "),
        claim.verdict().to_string(),
    ]
}
