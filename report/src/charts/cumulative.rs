//! The share of messages that had arrived after a time, per transport.

use wire::Transport;

use super::Chart;
use super::axis::LogScale;
use super::canvas::{Align, Canvas, ChartError, HEIGHT, Point, WIDTH};
use crate::analysis::{Baseline, Measure, OrderStatistics};

const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 34.0;
const TOP: f64 = 100.0;
const BOTTOM: f64 = HEIGHT - 62.0;

/// The cumulative distribution of the handoff at the shortest receiver duration; none without
/// values.
///
/// # Errors
/// When it cannot be drawn.
pub fn cumulative(baseline: &Baseline<'_>) -> Result<Option<Chart>, ChartError> {
    let receiver_ms = baseline.shortest();
    let samples: Vec<(Transport, &OrderStatistics)> = Transport::ALL
        .into_iter()
        .filter_map(|transport| {
            let figures = baseline.measure(transport, receiver_ms, Measure::Handoff)?;
            Some((transport, &figures.order))
        })
        .collect();
    let values = samples.iter().flat_map(|(_, sample)| sample.values().iter().copied());
    let Some(scale) = LogScale::over(values, LEFT, RIGHT) else { return Ok(None) };
    let text = "The cumulative distribution of the handoff of each transport, on a logarithmic \
                axis of time; the table below has its percentiles.";
    Chart::draw("handoff-distribution", text.to_owned(), |canvas| {
        draw(canvas, receiver_ms, &samples, &scale)
    })
    .map(Some)
}

fn draw(
    canvas: &mut Canvas<'_>,
    receiver_ms: u32,
    samples: &[(Transport, &OrderStatistics)],
    scale: &LogScale,
) -> Result<(), ChartError> {
    let theme = canvas.theme();
    let subtitle =
        format!("share of messages handed over within a time, receiver {receiver_ms} ms");
    canvas.title("Handoff: cumulative distribution", &subtitle)?;
    let transports: Vec<Transport> = samples.iter().map(|sample| sample.0).collect();
    canvas.legend(&transports, 74.0)?;
    for quarter in 0..=4 {
        let share = f64::from(quarter) / 4.0;
        let y = height(share);
        canvas.line(&[(LEFT, y), (RIGHT, y)], theme.grid(), 1.0)?;
        let label = format!("{} %", quarter * 25);
        canvas.text(&label, (LEFT - 10.0, y), Align::Right, 12.0, theme.text())?;
    }
    for (x, label) in scale.ticks() {
        canvas.line(&[(x, BOTTOM), (x, BOTTOM + 5.0)], theme.muted(), 1.0)?;
        canvas.text(&label, (x, BOTTOM + 18.0), Align::Middle, 12.0, theme.text())?;
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], theme.muted(), 1.0)?;
    let middle = f64::midpoint(LEFT, RIGHT);
    canvas.text(
        "handoff (logarithmic)",
        (middle, BOTTOM + 42.0),
        Align::Middle,
        12.0,
        theme.muted(),
    )?;
    for (transport, sample) in samples {
        canvas.line(&steps(sample, scale), theme.of(*transport), 2.0)?;
        let median = crate::analysis::percentile(sample.values(), 0.5).unwrap_or_default();
        canvas.marker(*transport, (scale.place(median), height(0.5)), 5.0, false)?;
    }
    Ok(())
}

fn height(share: f64) -> f64 {
    BOTTOM - share * (BOTTOM - TOP)
}

/// The empirical distribution function, a corner for each value that moves it by half a unit.
#[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
fn steps(sample: &OrderStatistics, scale: &LogScale) -> Vec<Point> {
    let n = sample.values().len() as f64;
    let mut points: Vec<Point> = vec![];
    for (rank, value) in sample.values().iter().enumerate() {
        let x = scale.place(*value);
        let (before, after) = (height(rank as f64 / n), height((rank + 1) as f64 / n));
        let far = points.last().is_none_or(|(px, py)| x - px > 0.5 || py - after > 0.5);
        if points.is_empty() {
            points.push((x, before));
        }
        if far || rank + 1 == sample.values().len() {
            let level = points.last().map_or(before, |last| last.1);
            points.push((x, level));
            points.push((x, after));
        }
    }
    points
}
