//! A comparison in a few lines, for a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::comparison::{Comparison, Row};
use super::judge::{Judged, Needed, Scale, Verdict};
use super::words::{change, rounds, signed};
use crate::analysis::Measure;

/// How many cells have which verdict.
pub(super) fn counts(comparison: &Comparison, measure: Measure) -> String {
    let judged: Vec<Judged> =
        of_measure(comparison, measure).filter_map(|row| Some(row.found.ok()?.judged)).collect();
    let of = |verdict| judged.iter().filter(|judged| judged.verdict == verdict).count();
    let small = judged.iter().filter(|j| j.verdict.is_difference() && j.within_margin).count();
    let without = of_measure(comparison, measure).filter(|row| row.found.is_err()).count();
    let margin = comparison.margin;
    let small = match small {
        0 => String::new(),
        small => format!(" ({small} of these by less than {margin})"),
    };
    let mut text = format!(
        "{}: {} faster, {} slower{small}, {} equivalent within {margin}, {} inconclusive",
        measure.name(),
        of(Verdict::Faster),
        of(Verdict::Slower),
        of(Verdict::Equivalent),
        of(Verdict::Inconclusive),
    );
    if without > 0 {
        let _ = write!(text, ", {without} not comparable");
    }
    text
}

fn of_measure(comparison: &Comparison, measure: Measure) -> impl Iterator<Item = &Row> {
    comparison.rows.iter().filter(move |row| row.measure == measure)
}

/// What those that are inconclusive would need, a line each way; none where all are conclusive.
pub(super) fn inconclusive(comparison: &Comparison) -> Vec<String> {
    let mut cells: BTreeMap<u8, Vec<u32>> = BTreeMap::new();
    let needed = comparison.rows.iter().filter_map(|row| row.found.ok()?.judged.needed);
    for needed in needed {
        let which = match needed {
            Needed::ToFindAnything(_) => 0,
            Needed::ToFindATenth(_) => 1,
            Needed::ToSettle(_) => 2,
        };
        cells.entry(which).or_default().push(needed.rounds());
    }
    let line = |(which, mut needed): (u8, Vec<u32>)| {
        needed.sort_unstable();
        let range = match (needed.first(), needed.last()) {
            (Some(least), Some(most)) if least != most => {
                format!("{} to {}", rounds(*least), rounds(*most))
            }
            (Some(only), _) => rounds(*only),
            (None, _) => return None,
        };
        let what = match which {
            0 => "too few rounds to find anything",
            1 => "too few rounds to find 10 %",
            _ => "a shift about as large as the margin, or half of it",
        };
        Some(format!(
            "inconclusive, {what}: {} needed of each run ({})",
            count_of(&range, "round"),
            count_of(&needed.len().to_string(), "comparison")
        ))
    };
    cells.into_iter().filter_map(line).collect()
}

fn count_of(count: &str, what: &str) -> String {
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// What a terminal shows: what differs in place, the counts, and the cells that differ.
pub(super) fn summary(comparison: &Comparison) -> String {
    let [first, second] = comparison.runs.each_ref().map(|run| run.run_id.as_str());
    let mut text = format!(
        "{}\n{second} against {first}, corrected for {}:\n",
        comparison.place,
        count_of(&comparison.tested.to_string(), "comparison")
    );
    for measure in &comparison.measures {
        let _ = writeln!(text, "  {}", counts(comparison, *measure));
    }
    for row in &comparison.rows {
        let Ok(found) = row.found else { continue };
        if found.judged.verdict.is_difference() {
            let _ = writeln!(
                text,
                "  {:6} {} {} · {}: {}",
                found.judged.verdict.name(),
                row.measure.name(),
                row.plan.transport,
                row.label,
                change(&found.judged)
            );
        }
    }
    for line in inconclusive(comparison) {
        let _ = writeln!(text, "  {line}");
    }
    let finds = comparison.rows.iter().filter_map(|row| {
        let judged = row.found.ok()?.judged;
        (judged.scale == Scale::Ratio).then_some(judged.finds).flatten()
    });
    let mut finds: Vec<f64> = finds.collect();
    finds.sort_unstable_by(f64::total_cmp);
    if let (Some(least), Some(most)) = (finds.first(), finds.last()) {
        let [least, most] = [*least, *most].map(|ratio| signed(Scale::Ratio, ratio.max(1.001)));
        let _ = writeln!(text, "  what the cells' samples would find: from {least} to {most}");
    }
    text
}
