//! Published figures with this run's behind them.

use wire::Transport;

use crate::analysis::{Experiment, Measure};
use crate::charts::{
    Axis, Chart, ChartError, Heading, OwnFigure, Published, PublishedFigure, PublishedGroup, Unit,
};
use crate::reference::PublishedLatency;

/// Ranges of the handoff, ours and those of others.
pub(crate) fn published(
    baseline: Option<&Experiment<'_>>,
    latencies: &[PublishedLatency],
) -> Result<Option<Chart>, ChartError> {
    let groups = Transport::ALL.into_iter().map(|transport| {
        let cell = baseline.and_then(|one| one.cell(transport, one.shortest()));
        let summary = cell.and_then(|cell| cell.measure(Measure::Handoff)).map(|f| &f.summary);
        let own = summary.map(|summary| OwnFigure {
            p50: summary.median.value,
            p10: summary.at(0.10),
            p90: summary.at(0.90),
        });
        let theirs = latencies.iter().filter(|one| one.transport == transport.name());
        PublishedGroup { transport, own, published: theirs.map(figure).collect() }
    });
    crate::charts::published(&Published {
        heading: Heading::new(
            "published",
            "Published figures beside this run's",
            "handoff; other machines, years and loads: ranges to compare with, not to pass or fail",
        ),
        axis: Axis::log("handoff", Unit::Duration),
        groups: groups.collect(),
    })
}

fn figure(one: &PublishedLatency) -> PublishedFigure {
    let ns = |ms: Option<f64>| ms.map(|ms| ms * 1e6);
    let year = one.measured.get(..4).map_or(String::new(), |year| format!(", {year}"));
    PublishedFigure {
        label: format!("{}: {}{year}", author(&one.source), one.variant),
        p10: ns(one.p10_ms),
        p50: ns(one.p50_ms),
        p90: ns(one.p90_ms),
        mean: if one.p50_ms.is_some() { None } else { ns(one.mean_ms) },
    }
}

/// The shortest name by which a source is known: a repository's, or a site's.
fn author(source: &str) -> &str {
    let place = source.split(' ').next().unwrap_or(source);
    let mut parts = place.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("github.com"), Some(_), Some(repository)) => repository,
        (Some(site), ..) => site.strip_suffix(".com").unwrap_or(site),
        _ => source,
    }
}
