//! Figures that others published, beside this run's.

use super::duration;
use super::markdown::{escape, folded, picture, table};
use super::{figures, tables};
use crate::ReportError;
use crate::analysis::{Experiment, Measure};
use crate::charts::Chart;
use crate::reference::{PublishedLatency, published_latencies};

/// The section with its chart.
pub(crate) fn section(
    baseline: Option<&Experiment<'_>>,
) -> Result<(String, Option<Chart>), ReportError> {
    let published = published_latencies()?;
    let mut rows = Vec::new();
    for transport in wire::Transport::ALL {
        let cell = baseline.and_then(|one| Some((one, one.cell(transport, one.shortest())?)));
        let ours = cell.and_then(|(one, cell)| Some((one, cell, cell.measure(Measure::Handoff)?)));
        if let Some((one, cell, figures)) = ours {
            let summary = &figures.summary;
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
                escape(&format!(
                    "{} cell {}: {}",
                    one.name,
                    cell.plan.cell,
                    tables::label(one, &cell.plan)
                )),
                String::new(),
            ]);
        }
        rows.extend(published.iter().filter(|one| one.transport == transport.name()).map(row));
    }
    let measured = |one: &&PublishedLatency| {
        !wire::Transport::ALL.iter().any(|transport| transport.name() == one.transport)
    };
    rows.extend(published.iter().filter(measured).map(row));
    let chart = figures::published(baseline, &published)?;
    let drawn = chart.as_ref().map_or(String::new(), |chart| {
        format!("{}\n", picture(&chart.name, &chart.alternative_text))
    });
    let header = ["transport", "who", "mean", "p10", "p50", "p90", "p99", "context", "source"];
    let text = format!(
        "## Published figures beside these\n\nRanges with their context, never a pass or a fail: \
         they were measured at other times, in other regions, with other functions; where the stamp \
         before the put was taken, and what the sample was, differs. Ways that this run does not \
         measure stand at the end of the table.\n\n{drawn}{}\n",
        folded(&format!("The {} figures, each with its source", rows.len()), &table(&header, rows))
    );
    Ok((text, chart))
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
