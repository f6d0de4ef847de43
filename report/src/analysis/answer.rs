//! Which transport for which need, by this run's figures.

use wire::Transport;

use super::{Baseline, Estimate, Measure, Summary};

/// A need that a transport can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// B has the message as soon as possible.
    FastestHandoff,
    /// A is free again as soon as possible, B being idle.
    FastestRelease,
    /// A does not wait, however long B works.
    DoesNotWait,
    /// A wants B's answer.
    AnswerOfB,
    /// Several receivers that A does not know.
    FanOut,
    /// An ordered stream that can be read again.
    Stream,
}

/// The transport for a need, with the figure that says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The need.
    pub need: Need,
    /// The transports; several where the data cannot tell them apart.
    pub transports: Vec<Transport>,
    /// The measure that the figure is of.
    pub measure: Measure,
    /// B's duration in the cell of the figure.
    pub receiver_ms: u32,
    /// The figures of the first of the transports.
    pub summary: Summary,
    /// For [`Need::DoesNotWait`] and [`Need::AnswerOfB`]: how much of B's duration A waits.
    pub wait_slope: Option<Estimate>,
}

/// The answers that the run has figures for.
#[must_use]
pub fn answers(baseline: &Baseline<'_>) -> Vec<Answer> {
    let (short, long) = (baseline.shortest(), baseline.longest());
    let all = Transport::ALL.to_vec();
    let does_not_wait: Vec<Transport> = Transport::ALL
        .into_iter()
        .filter(|transport| {
            let slope = baseline.wait_slope(*transport);
            slope.and_then(|slope| slope.interval).is_some_and(|(_, high)| high < 0.1)
        })
        .collect();
    let by_nature = |transport| vec![transport];
    [
        ranked(baseline, Need::FastestHandoff, &all, Measure::Handoff, short),
        ranked(baseline, Need::FastestRelease, &all, Measure::Operation, short),
        ranked(baseline, Need::DoesNotWait, &does_not_wait, Measure::Operation, long),
        named(
            baseline,
            Need::AnswerOfB,
            by_nature(Transport::SyncInvoke),
            Measure::Operation,
            short,
        ),
        named(baseline, Need::FanOut, by_nature(Transport::Sns), Measure::Handoff, short),
        named(baseline, Need::Stream, by_nature(Transport::Kinesis), Measure::Handoff, short),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn named(
    baseline: &Baseline<'_>,
    need: Need,
    transports: Vec<Transport>,
    measure: Measure,
    receiver_ms: u32,
) -> Option<Answer> {
    let first = *transports.first()?;
    let summary = baseline.measure(first, receiver_ms, measure)?.summary.clone();
    let wait_slope = matches!(need, Need::DoesNotWait | Need::AnswerOfB)
        .then(|| baseline.wait_slope(first))
        .flatten();
    Some(Answer { need, transports, measure, receiver_ms, summary, wait_slope })
}

/// The transport with the lowest median, and those whose difference to it may be nothing.
fn ranked(
    baseline: &Baseline<'_>,
    need: Need,
    among: &[Transport],
    measure: Measure,
    receiver_ms: u32,
) -> Option<Answer> {
    let figures = |transport| baseline.measure(transport, receiver_ms, measure);
    let mut medians: Vec<(f64, Transport)> =
        among.iter().filter_map(|t| Some((figures(*t)?.summary.median.value, *t))).collect();
    medians.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (_, best) = *medians.first()?;
    let mut transports = vec![best];
    for (_, other) in &medians[1..] {
        let difference = baseline.of_medians(figures(*other), figures(best), |a, b| a - b);
        let apart = difference.and_then(|d| d.interval).is_some_and(|(low, _)| low > 0.0);
        if !apart {
            transports.push(*other);
        }
    }
    named(baseline, need, transports, measure, receiver_ms)
}
