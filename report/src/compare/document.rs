//! The comparison as Markdown, with its charts.

use std::fmt::Write as _;

use super::comparison::{Compared, Comparison, Row};
use super::figure::forest;
use super::judge::{ALPHA, Scale, WIDEST, alpha_of_each};
use super::summary::{counts, inconclusive, summary};
use super::words::{NOTHING, change, effect, finds, probability, rounds, signed, verdict, why_not};
use crate::analysis::Measure;
use crate::charts::{self, Chart, ChartError};
use crate::document::duration;
use crate::document::markdown::{escape, picture, table};

/// What is written of a comparison.
#[derive(Clone, Debug)]
pub struct ComparisonDocument {
    /// `COMPARISON.md`.
    pub text: String,
    /// The same in a few lines, for a terminal.
    pub summary: String,
    /// The charts in `figures/`, one for each measure that has something to draw.
    pub charts: Vec<Chart>,
}

/// Writes a comparison down.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn document(comparison: &Comparison) -> Result<ComparisonDocument, ChartError> {
    let [first, second] = comparison.runs.each_ref().map(|run| run.run_id.as_str());
    let mut text = format!(
        "<!-- Made by `just compare {first} {second}`; do not edit. -->\n# Run {second} against run \
         {first}\n\n**{}**\n\n",
        escape(&comparison.place)
    );
    text.push_str(&banner(comparison));
    let _ = writeln!(text, "{}\n", answer(comparison));
    let mut drawn = Vec::new();
    for measure in &comparison.measures {
        if let Some(chart) = charts::forest(&forest(comparison, *measure))? {
            text.push_str(&picture(&chart.name, &chart.alternative_text));
            text.push('\n');
            drawn.push(chart);
        }
    }
    text.push_str(&what_changed(comparison));
    for measure in &comparison.measures {
        text.push_str(&cells(comparison, *measure));
    }
    text.push_str(&how_to_read(comparison));
    let summary = summary(comparison);
    Ok(ComparisonDocument { text, summary, charts: drawn })
}

fn banner(comparison: &Comparison) -> String {
    let mut text = String::new();
    if comparison.runs.iter().any(|run| !run.is_aws) {
        let which = if comparison.runs.iter().any(|run| run.is_aws) {
            "One run is"
        } else {
            "These runs are"
        };
        let _ = writeln!(
            text,
            "> **Not AWS.** {which} of an emulator on a machine at hand: what differs may be the \
             machine.\n"
        );
    }
    for run in &comparison.runs {
        let (missing, planned) = run.missing;
        if missing > 0 {
            let _ = writeln!(
                text,
                "> **Unfinished.** {missing} of {planned} parts of {} are missing; the comparison \
                 rests on those there are.\n",
                run.run_id
            );
        }
    }
    text
}

fn answer(comparison: &Comparison) -> String {
    let [first, second] = comparison.runs.each_ref().map(|run| {
        format!("`{}`, {}, started {}", run.run_id, escape(&run.place), escape(&run.started_at))
    });
    let mut text = format!(
        "First run: {first}.<br>\nSecond run: {second}.\n\nThe second against the first:\n\n"
    );
    for measure in &comparison.measures {
        let _ = writeln!(text, "- **{}**", counts(comparison, *measure));
    }
    for line in inconclusive(comparison) {
        let _ = writeln!(text, "- {line}");
    }
    text
}

fn cells(comparison: &Comparison, measure: Measure) -> String {
    let rows = comparison.rows.iter().filter(|row| row.measure == measure);
    let (compared, without): (Vec<&Row>, Vec<&Row>) = rows.partition(|row| row.found.is_ok());
    let mut text = format!("## Cells: {}\n\n", measure.name());
    if !compared.is_empty() {
        let header = [
            "transport",
            "cell",
            "first, median",
            "second, median",
            "shift (ratio of the geometric means of the rounds' medians)",
            "Hodges–Lehmann",
            "Cliff's delta",
            "p, corrected",
            "verdict",
            "this sample finds",
            "rounds for 10 %",
            "rounds",
            "messages",
        ];
        let rows =
            compared.iter().filter_map(|row| Some(cell(comparison, row, row.found.as_ref().ok()?)));
        text.push_str(&table(&header, rows));
        text.push('\n');
    }
    if compared.iter().any(|row| row.found.is_ok_and(|found| found.drifts.contains(&true))) {
        text.push_str(
            "† The rounds of this cell drift in a run: what is compared was not steady. Measure it \
             again, with a longer warm-up or on a machine that does nothing else.\n\n",
        );
    }
    if !without.is_empty() {
        let rows = without.iter().filter_map(|row| {
            let why = row.found.err()?;
            Some(vec![row.plan.transport.to_string(), escape(&row.label), why_not(why).to_owned()])
        });
        text.push_str("Not comparable:\n\n");
        text.push_str(&table(&["transport", "cell", "why"], rows));
        text.push('\n');
    }
    text
}

fn cell(comparison: &Comparison, row: &Row, found: &Compared) -> Vec<String> {
    let Compared { rounds: of_rounds, messages, medians, judged, effects, drifts } = found;
    let drift = if drifts.contains(&true) { " †" } else { "" };
    let time = |ns: f64| signed(Scale::Difference, ns);
    let delta = |delta: f64| format!("{delta:+.2}").replace('-', "−");
    vec![
        row.plan.transport.to_string(),
        format!("{}{drift}", escape(&row.label)),
        duration(medians[0]),
        duration(medians[1]),
        change(judged),
        effect(effects.hodges_lehmann, time),
        effect(effects.cliffs_delta, delta),
        probability(judged.adjusted_p),
        verdict(judged, comparison.margin),
        finds(judged),
        judged.rounds_for_a_tenth.map_or(NOTHING.to_owned(), rounds),
        format!("{} / {}", of_rounds[0], of_rounds[1]),
        format!("{} / {}", messages[0], messages[1]),
    ]
}

fn what_changed(comparison: &Comparison) -> String {
    if comparison.changes.is_empty() {
        return "## What changed\n\nNothing that the manifests know of but the time.\n\n"
            .to_owned();
    }
    let rows = comparison
        .changes
        .iter()
        .map(|change| vec![escape(&change.what), escape(&change.first), escape(&change.second)]);
    format!(
        "## What changed\n\nWhat the manifests say differently; of hashes the first digits.\n\n{}\n",
        table(&["", "first run", "second run"], rows)
    )
}

fn how_to_read(comparison: &Comparison) -> String {
    let level = (1.0 - alpha_of_each(comparison.tested)) * 100.0;
    let margin = comparison.margin;
    let (least, most) = margin.ratios();
    format!(
        "## How to read it\n\n\
         - *First* and *second* are the medians of all messages, as in the runs' reports. What is \
         compared is the rounds' medians: the *shift* is the ratio of their geometric means, second \
         over first, and need not be that of the two columns before it. Of medians that are not all \
         above 0 it is their difference. A message of the second run is compared with each of the \
         first in *Hodges–Lehmann* (the median difference) and *Cliff's delta* (from −1, always \
         faster, to 1, always slower).\n\
         - *Faster* and *slower*: {} comparisons were made, and verdicts are corrected for all of \
         them (Holm): of pairs of runs that do not differ, at most {:.0} in 100 have a *faster* or \
         *slower* anywhere. The test deals whole rounds out to the two runs anew, since messages of \
         one round are not independent.\n\
         - *Equivalent*: the whole interval of the shift lies within the margin of {margin}, that is \
         from {} to {} (two one-sided tests; `--margin` gives another). That no \
         difference is found does not show that there is none: a cell that neither differs \
         significantly nor lies within the margin is *inconclusive*, with the rounds that it takes. Of differences no equivalence is claimed, for a share of nothing is \
         nothing.\n\
         - The intervals hold all together with 95 % (each is one of {level:.2} %). A dash stands for \
         one that says nothing: of a cell with too few rounds to find anything at this level, or \
         reaching over more than a factor of {WIDEST}.\n\
         - *This sample finds* says which shift it would have found in 80 of 100 pairs of runs, and \
         *rounds for 10 %* how many rounds of each run find a shift of 10 %.\n\
         - A difference is one between these two runs. Whether what changed made it, or the machine on \
         another day, only further runs of each can say. A machine is told by its processor, cores, \
         memory and system: two of a kind are the same here.\n\n\
         The method and its sources: `METHODOLOGY.md`, *Comparing two runs*.\n",
        comparison.tested,
        ALPHA * 100.0,
        signed(Scale::Ratio, least),
        signed(Scale::Ratio, most),
    )
}
