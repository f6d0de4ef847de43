//! Figures that others published, beside this run's.

use super::duration;
use super::markdown::{escape, table};
use crate::analysis::{Baseline, Measure};
use crate::reference::{PublishedLatency, ReferenceError, published_latencies};

pub(crate) fn section(baseline: Option<&Baseline<'_>>) -> Result<String, ReferenceError> {
    let published = published_latencies()?;
    let mut rows = Vec::new();
    for transport in wire::Transport::ALL {
        let ours = baseline.and_then(|baseline| {
            let cell = baseline.cell(transport, baseline.shortest())?;
            baseline.summary(cell, Measure::Handoff)
        });
        if let Some(summary) = ours {
            let [p10, p50, p90, p99] = [0.1, 0.5, 0.9, 0.99].map(|p| summary.at(p));
            let show = |ns: Option<f64>| ns.map_or("–".to_owned(), duration);
            rows.push(vec![
                transport.to_string(),
                "**this run**".to_owned(),
                duration(summary.mean.value),
                show(p10),
                show(p50),
                show(p90),
                show(p99),
                "see above".to_owned(),
                String::new(),
            ]);
        }
        let theirs = published.iter().filter(|one| one.transport == transport.name());
        rows.extend(theirs.map(row));
    }
    Ok(format!(
        "## Published figures beside these\n\nRanges with their context, never a pass or a fail: \
         they were measured at other times, in other regions, with other functions; where the stamp \
         before the put was taken, and what the sample was, differs.\n\n{}\n",
        table(&["transport", "who", "mean", "p10", "p50", "p90", "p99", "context", "source"], rows)
    ))
}

fn row(one: &PublishedLatency) -> Vec<String> {
    let show = |ms: Option<f64>| ms.map_or("–".to_owned(), |ms| duration(ms * 1e6));
    let place: Vec<&str> = [one.measured.as_str(), one.region.as_str()]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect();
    let context = match place.join(", ") {
        place if place.is_empty() => escape(&one.context),
        place => format!("{}: {}", escape(&place), escape(&one.context)),
    };
    vec![
        one.transport.clone(),
        escape(&one.variant),
        show(one.mean_ms),
        show(one.p10_ms),
        show(one.p50_ms),
        show(one.p90_ms),
        show(one.p99_ms),
        context,
        escape(&one.source),
    ]
}
