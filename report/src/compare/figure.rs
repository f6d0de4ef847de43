//! The shifts of a measure as a chart takes them.

use super::comparison::Comparison;
use super::judge::{Scale, Verdict};
use crate::analysis::Measure;
use crate::charts::{self, Forest, ForestRow, Heading, Measured};

/// The shift of each cell whose medians are compared as ratios.
pub(super) fn forest(comparison: &Comparison, measure: Measure) -> Forest {
    let name = format!("shift-{}", measure.name().replace(' ', "-"));
    let [first, second] = comparison.runs.each_ref().map(|run| run.run_id.as_str());
    let title = format!("{second} against {first}: {}", measure.name());
    let subtitle = format!(
        "ratio of the geometric means of the rounds' medians; intervals hold together with 95 %, \
         verdicts corrected for {} comparisons; without a bar: an interval that says nothing",
        comparison.tested
    );
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let of_measure = comparison.rows.iter().filter(|row| row.measure == measure);
    let rows = of_measure.filter_map(|row| {
        let judged = row.found.ok()?.judged;
        let interval = judged.interval.map(|(low, high)| (percent(low), percent(high)));
        (judged.scale == Scale::Ratio).then(|| ForestRow {
            transport: row.plan.transport,
            label: row.label.clone(),
            shift: Measured::new(percent(judged.change), interval),
            verdict: match judged.verdict {
                Verdict::Faster => charts::Verdict::Faster,
                Verdict::Slower => charts::Verdict::Slower,
                Verdict::Equivalent => charts::Verdict::Equivalent,
                Verdict::Inconclusive => charts::Verdict::Inconclusive,
            },
        })
    });
    let (least, most) = comparison.margin.ratios();
    Forest {
        heading: Heading::new(name, title, subtitle),
        axis: format!("shift of the median {}", measure.name()),
        margin: (percent(least), percent(most)),
        rows: rows.collect(),
    }
}
