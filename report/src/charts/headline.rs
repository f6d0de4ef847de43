//! The post's two figures against each other: how long A's call takes, how long the handoff takes.

use wire::Transport;

use super::Chart;
use super::axis::LogScale;
use super::canvas::{Align, Canvas, ChartError, HEIGHT, WIDTH};
use crate::analysis::{Baseline, Measure, Summary};
use crate::document::duration;

const LEFT: f64 = 84.0;
const RIGHT: f64 = WIDTH - 34.0;
const TOP: f64 = 100.0;
const BOTTOM: f64 = HEIGHT - 62.0;

struct Dot {
    transport: Transport,
    receiver_ms: u32,
    operation: Summary,
    handoff: Summary,
}

/// Handoff against operation duration of every baseline cell; none without values.
///
/// # Errors
/// When it cannot be drawn.
pub fn headline(baseline: &Baseline<'_>) -> Result<Option<Chart>, ChartError> {
    let dots: Vec<Dot> = baseline
        .cells()
        .iter()
        .filter_map(|cell| {
            Some(Dot {
                transport: cell.plan.transport,
                receiver_ms: cell.plan.receiver_ms,
                operation: baseline.summary(cell, Measure::Operation)?.clone(),
                handoff: baseline.summary(cell, Measure::Handoff)?.clone(),
            })
        })
        .collect();
    let values = |measure: fn(&Dot) -> &Summary| {
        dots.iter().map(measure).flat_map(|summary| {
            [summary.at(0.10), summary.at(0.90), Some(summary.median.value)].into_iter().flatten()
        })
    };
    let x = LogScale::over(values(|dot| &dot.operation), LEFT, RIGHT);
    let y = LogScale::over(values(|dot| &dot.handoff), BOTTOM, TOP);
    let Some((x, y)) = x.zip(y) else { return Ok(None) };
    let text = dots
        .iter()
        .map(|dot| {
            let (handoff, operation) = (dot.handoff.median.value, dot.operation.median.value);
            let (handoff, operation) = (duration(handoff), duration(operation));
            let (transport, receiver) = (dot.transport, dot.receiver_ms);
            format!("{transport}, receiver {receiver} ms: {handoff}, {operation}")
        })
        .collect::<Vec<_>>()
        .join("; ");
    let text = format!("Median handoff and median operation duration. {text}");
    let shortest = baseline.shortest();
    Chart::draw("headline", text, |canvas| draw(canvas, &dots, shortest, &x, &y)).map(Some)
}

fn draw(
    canvas: &mut Canvas<'_>,
    dots: &[Dot],
    shortest: u32,
    x: &LogScale,
    y: &LogScale,
) -> Result<(), ChartError> {
    let theme = canvas.theme();
    let mut durations: Vec<String> = dots
        .iter()
        .filter(|dot| dot.receiver_ms != shortest)
        .map(|dot| dot.receiver_ms.to_string())
        .collect();
    durations.dedup();
    let hollow = match durations.join(", ") {
        list if list.is_empty() => String::new(),
        list => format!(" · hollow: {list} ms"),
    };
    let subtitle = format!("medians; bars: p10 to p90 · filled: receiver {shortest} ms{hollow}");
    canvas.title("How long A is busy, and how long until B has the message", &subtitle)?;
    let mut transports: Vec<Transport> = dots.iter().map(|dot| dot.transport).collect();
    transports.sort();
    transports.dedup();
    canvas.legend(&transports, 76.0)?;
    for (place, label) in x.ticks() {
        canvas.line(&[(place, TOP), (place, BOTTOM)], theme.grid(), 1.0)?;
        canvas.text(&label, (place, BOTTOM + 16.0), Align::Middle, 12.0, theme.text())?;
    }
    for (place, label) in y.ticks() {
        canvas.line(&[(LEFT, place), (RIGHT, place)], theme.grid(), 1.0)?;
        canvas.text(&label, (LEFT - 10.0, place), Align::Right, 12.0, theme.text())?;
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], theme.muted(), 1.0)?;
    canvas.line(&[(LEFT, TOP), (LEFT, BOTTOM)], theme.muted(), 1.0)?;
    let middle = f64::midpoint(LEFT, RIGHT);
    let label = "operation duration: A's call (logarithmic)";
    canvas.text(label, (middle, BOTTOM + 40.0), Align::Middle, 12.0, theme.muted())?;
    let label = "↑ handoff: from A to B (logarithmic)";
    canvas.text(label, (RIGHT, 76.0), Align::Right, 12.0, theme.muted())?;
    for dot in dots {
        let color = theme.of(dot.transport);
        let place = (x.place(dot.operation.median.value), y.place(dot.handoff.median.value));
        if let Some((low, high)) = dot.operation.at(0.10).zip(dot.operation.at(0.90)) {
            canvas.line(&[(x.place(low), place.1), (x.place(high), place.1)], color, 1.5)?;
        }
        if let Some((low, high)) = dot.handoff.at(0.10).zip(dot.handoff.at(0.90)) {
            canvas.line(&[(place.0, y.place(low)), (place.0, y.place(high))], color, 1.5)?;
        }
    }
    for dot in dots {
        let place = (x.place(dot.operation.median.value), y.place(dot.handoff.median.value));
        canvas.marker(dot.transport, place, 6.5, dot.receiver_ms != shortest)?;
    }
    Ok(())
}
