//! The comparison as Markdown, with its charts.

use std::fmt::Write as _;

use super::comparison::{Compared, Comparison, NotComparable, Row};
use super::effect::Effect;
use super::judge::{ALPHA, Judged, Scale, Verdict, alpha_of_each};
use crate::analysis::Measure;
use crate::charts::{self, Chart, ChartError, Forest, ForestRow, Heading, Measured};
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
         {first}\n\n"
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

fn counts(comparison: &Comparison, measure: Measure) -> String {
    let of = |verdict| {
        let is = |row: &&Row| row.measure == measure && verdict_of(row) == Some(verdict);
        comparison.rows.iter().filter(is).count()
    };
    let without = comparison.rows.iter().filter(|r| r.measure == measure && r.found.is_err());
    format!(
        "{}: {} faster, {} slower, {} with no difference at this size, {} not comparable",
        measure.name(),
        of(Verdict::Faster),
        of(Verdict::Slower),
        of(Verdict::NoDifference),
        without.count()
    )
}

fn verdict_of(row: &Row) -> Option<Verdict> {
    row.found.ok().map(|found| found.judged.verdict)
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
    text
}

/// A change with its sign: in percent, or as a time.
fn signed(scale: Scale, change: f64) -> String {
    let (size, shown) = match scale {
        Scale::Ratio => {
            let percent = (change - 1.0) * 100.0;
            let digits = if percent.abs() < 99.95 { 1 } else { 0 };
            // A change is shown as a multiple where percentages are no longer read.
            let shown = if percent < 1000.0 {
                format!("{:.digits$} %", percent.abs())
            } else {
                return format!("×{}", crate::document::significant(change));
            };
            (percent, shown)
        }
        Scale::Difference => (change, duration(change.abs())),
    };
    let sign = if shown.trim_end_matches(" %").parse() == Ok(0.0) {
        ""
    } else if size < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{shown}")
}

fn change(judged: &Judged) -> String {
    let [value, low, high] =
        [judged.change, judged.interval.0, judged.interval.1].map(|c| signed(judged.scale, c));
    format!("{value} [{low}, {high}]")
}

fn effect(effect: Effect, show: impl Fn(f64) -> String) -> String {
    format!("{} [{}, {}]", show(effect.value), show(effect.interval.0), show(effect.interval.1))
}

fn probability(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

fn finds(judged: &Judged) -> String {
    let found = judged.finds.map(|least| {
        // What is less than the last digit shown would read as nothing.
        let least = if judged.scale == Scale::Ratio { least.max(1.001) } else { least };
        let least = signed(judged.scale, least);
        format!("{} or more", least.trim_start_matches('+'))
    });
    found.unwrap_or_else(|| "none: too few rounds".to_owned())
}

fn words(verdict: Verdict) -> String {
    match verdict {
        Verdict::NoDifference => verdict.name().to_owned(),
        Verdict::Faster | Verdict::Slower => format!("**{}**", verdict.name()),
    }
}

fn why_not(why: NotComparable) -> &'static str {
    match why {
        NotComparable::OnlyInFirst => "only the first run has this cell",
        NotComparable::OnlyInSecond => "only the second run has this cell",
        NotComparable::NoValues => "a run has no value of it",
        NotComparable::OneRound => "no interval: a run has one round only",
    }
}

fn cells(comparison: &Comparison, measure: Measure) -> String {
    let rows = comparison.rows.iter().filter(|row| row.measure == measure);
    let (compared, without): (Vec<&Row>, Vec<&Row>) = rows.partition(|row| row.found.is_ok());
    let mut text = format!("## Cells: {}\n\n", measure.name());
    if !compared.is_empty() {
        let header = [
            "transport",
            "cell",
            "first",
            "second",
            "shift of the median",
            "Hodges–Lehmann",
            "Cliff's delta",
            "p, corrected",
            "verdict",
            "this sample finds",
            "rounds for 10 %",
            "rounds",
            "messages",
        ];
        let rows = compared.iter().filter_map(|row| Some(cell(row, row.found.as_ref().ok()?)));
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

fn cell(row: &Row, found: &Compared) -> Vec<String> {
    let Compared { rounds, messages, judged, effects, drifts } = found;
    let drift = if drifts.contains(&true) { " †" } else { "" };
    let time = |ns: f64| signed(Scale::Difference, ns);
    let delta = |delta: f64| format!("{delta:+.2}").replace('-', "−");
    vec![
        row.plan.transport.to_string(),
        format!("{}{drift}", escape(&row.label)),
        duration(judged.typical[0]),
        duration(judged.typical[1]),
        change(judged),
        effect(effects.hodges_lehmann, time),
        effect(effects.cliffs_delta, delta),
        probability(judged.adjusted_p),
        words(judged.verdict),
        finds(judged),
        judged.rounds_for_a_tenth.map_or("–".to_owned(), |rounds| rounds.to_string()),
        format!("{} / {}", rounds[0], rounds[1]),
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
    format!(
        "## How to read it\n\n\
         - *First* and *second* are the geometric means of the rounds' medians, the *shift of the \
         median* is their ratio. A message of the second run is compared with each of the first in \
         *Hodges–Lehmann* (the median difference) and *Cliff's delta* (from −1, always faster, to 1, \
         always slower).\n\
         - {} comparisons were made, and verdicts are corrected for all of them (Holm): of pairs of \
         runs that do not differ, at most {:.0} in 100 have a *faster* or *slower* anywhere. The test \
         deals whole rounds out to the two runs anew, since messages of one round are not \
         independent.\n\
         - The intervals hold all together with 95 % (each is one of {level:.2} %).\n\
         - *No difference at this size* is no proof of equality: *this sample finds* says which shift \
         it would have found in 80 of 100 pairs of runs, and *rounds for 10 %* how many rounds of \
         each run find a shift of 10 %.\n\
         - A difference is one between these two runs. Whether what changed made it, or the machine on \
         another day, only further runs of each can say.\n\n\
         The method and its sources: `METHODOLOGY.md`, *Comparing two runs*.\n",
        comparison.tested,
        ALPHA * 100.0,
    )
}

fn forest(comparison: &Comparison, measure: Measure) -> Forest {
    let name = format!("shift-{}", measure.name().replace(' ', "-"));
    let [first, second] = comparison.runs.each_ref().map(|run| run.run_id.as_str());
    let title = format!("{second} against {first}: {}", measure.name());
    let subtitle = format!(
        "ratio of the rounds' medians; intervals hold together with 95 %, verdicts corrected for {} \
         comparisons",
        comparison.tested
    );
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let of_measure = comparison.rows.iter().filter(|row| row.measure == measure);
    let rows = of_measure.filter_map(|row| {
        let judged = row.found.ok()?.judged;
        let (low, high) = judged.interval;
        (judged.scale == Scale::Ratio).then(|| ForestRow {
            transport: row.plan.transport,
            label: row.label.clone(),
            shift: Measured::new(percent(judged.change), Some((percent(low), percent(high)))),
            verdict: match judged.verdict {
                Verdict::Faster => charts::Verdict::Faster,
                Verdict::Slower => charts::Verdict::Slower,
                Verdict::NoDifference => charts::Verdict::NoDifference,
            },
        })
    });
    Forest {
        heading: Heading::new(name, title, subtitle),
        axis: format!("shift of the median {}", measure.name()),
        rows: rows.collect(),
    }
}

/// What a terminal shows: the counts and the cells that differ.
fn summary(comparison: &Comparison) -> String {
    let [first, second] = comparison.runs.each_ref().map(|run| run.run_id.as_str());
    let mut text =
        format!("{second} against {first}, corrected for {} comparisons:\n", comparison.tested);
    for measure in &comparison.measures {
        let _ = writeln!(text, "  {}", counts(comparison, *measure));
    }
    for row in &comparison.rows {
        let Ok(found) = row.found else { continue };
        if found.judged.verdict != Verdict::NoDifference {
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
    let finds = comparison.rows.iter().filter_map(|row| {
        let judged = row.found.ok()?.judged;
        (judged.scale == Scale::Ratio).then_some(judged.finds).flatten()
    });
    let mut finds: Vec<f64> = finds.collect();
    finds.sort_unstable_by(f64::total_cmp);
    if let (Some(least), Some(most)) = (finds.first(), finds.last()) {
        let [least, most] = [*least, *most].map(|ratio| signed(Scale::Ratio, ratio));
        let _ = writeln!(text, "  what the cells' samples would find: from {least} to {most}");
    }
    text
}
