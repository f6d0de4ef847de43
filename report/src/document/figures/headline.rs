//! The headline: the post's two figures against each other.

use crate::analysis::{Experiment, Measure, Summary};
use crate::charts::{Axis, Chart, ChartError, Cross, Crosses, Heading, Range, Unit, crosses};

const fn range(summary: &Summary, p10: Option<f64>, p90: Option<f64>) -> Range {
    let p10_p90 = match (p10, p90) {
        (Some(p10), Some(p90)) => Some((p10, p90)),
        _ => None,
    };
    Range { median: summary.median.value, p10_p90 }
}

/// Handoff against operation duration of every baseline cell; none without values.
pub(crate) fn headline(baseline: &Experiment<'_>) -> Result<Option<Chart>, ChartError> {
    let shortest = baseline.shortest();
    let of = |summary: &Summary| range(summary, summary.at(0.10), summary.at(0.90));
    let drawn = baseline.measured().filter_map(|cell| {
        Some(Cross {
            transport: cell.plan.transport,
            label: format!("receiver {} ms", cell.plan.receiver_ms),
            hollow: cell.plan.receiver_ms != shortest,
            x: of(&cell.measure(Measure::Operation)?.summary),
            y: of(&cell.measure(Measure::Handoff)?.summary),
        })
    });
    let drawn = drawn.collect();
    let longer = baseline.values(|plan| plan.receiver_ms).into_iter().filter(|ms| *ms != shortest);
    let longer = longer.map(|ms| ms.to_string()).collect::<Vec<_>>().join(", ");
    let hollow = match longer.as_str() {
        "" => String::new(),
        list => format!(" · hollow: {list} ms"),
    };
    crosses(&Crosses {
        heading: Heading::new(
            "headline",
            "How long A is busy, and how long until B has the message",
            format!("medians; bars: p10 to p90 · filled: receiver {shortest} ms{hollow}"),
        ),
        x: Axis::log("operation duration: A's call", Unit::Duration),
        y: Axis::log("handoff: from A to B", Unit::Duration),
        crosses: drawn,
    })
}
