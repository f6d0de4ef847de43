//! One measure per transport and receiver duration: median with interval, and the spread.

use wire::Transport;

use super::Chart;
use super::axis::LogScale;
use super::canvas::{Align, Canvas, ChartError, HEIGHT, WIDTH};
use crate::analysis::{Baseline, Measure, Summary};
use crate::document::duration;

const LEFT: f64 = 150.0;
const RIGHT: f64 = WIDTH - 110.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = HEIGHT - 62.0;

struct Line {
    transport: Transport,
    summary: Summary,
}

/// A measure of every baseline cell on a logarithmic axis; none without values.
///
/// # Errors
/// When it cannot be drawn.
pub fn intervals(
    baseline: &Baseline<'_>,
    measure: Measure,
    name: &str,
    title: &str,
) -> Result<Option<Chart>, ChartError> {
    let mut groups: Vec<(u32, Vec<Line>)> = Vec::new();
    for receiver_ms in baseline.receiver_durations() {
        let lines: Vec<Line> = Transport::ALL
            .into_iter()
            .filter_map(|transport| {
                let summary = baseline.measure(transport, receiver_ms, measure)?.summary.clone();
                Some(Line { transport, summary })
            })
            .collect();
        if !lines.is_empty() {
            groups.push((receiver_ms, lines));
        }
    }
    let values = groups.iter().flat_map(|group| &group.1).flat_map(|line| {
        let summary = &line.summary;
        summary.percentiles[..4].iter().flatten().map(|p| p.value).chain([summary.median.value])
    });
    let Some(scale) = LogScale::over(values, LEFT, RIGHT) else { return Ok(None) };
    let text = groups
        .iter()
        .flat_map(|(receiver_ms, lines)| {
            lines.iter().map(move |line| {
                let median = duration(line.summary.median.value);
                format!("{} with receiver {receiver_ms} ms: {median}", line.transport)
            })
        })
        .collect::<Vec<_>>()
        .join("; ");
    let text = format!("Median {}: {text}", measure.name());
    Chart::draw(name, text, |canvas| draw(canvas, title, &groups, &scale)).map(Some)
}

fn draw(
    canvas: &mut Canvas<'_>,
    title: &str,
    groups: &[(u32, Vec<Line>)],
    scale: &LogScale,
) -> Result<(), ChartError> {
    let theme = canvas.theme();
    canvas.title(title, "marker: median · thick: its 95 % interval (behind the marker where it is narrower) · thin: p10 to p90 · tick: p99")?;
    for (x, label) in scale.ticks() {
        canvas.line(&[(x, TOP), (x, BOTTOM)], theme.grid(), 1.0)?;
        canvas.text(&label, (x, BOTTOM + 16.0), Align::Middle, 12.0, theme.text())?;
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], theme.muted(), 1.0)?;
    let axis = "time (logarithmic)";
    canvas.text(
        axis,
        (f64::midpoint(LEFT, RIGHT), BOTTOM + 40.0),
        Align::Middle,
        12.0,
        theme.muted(),
    )?;
    let lines: usize = groups.iter().map(|group| group.1.len() + 1).sum();
    #[expect(clippy::cast_precision_loss, reason = "a handful of lines")]
    let step = (BOTTOM - TOP) / lines as f64;
    let mut y = TOP + step / 2.0;
    for (receiver_ms, lines) in groups {
        let label = format!("receiver {receiver_ms} ms");
        canvas.text(&label, (24.0, y + 4.0), Align::Left, 12.0, theme.muted())?;
        y += step;
        for line in lines {
            draw_line(canvas, line, scale, y)?;
            y += step;
        }
    }
    Ok(())
}

fn draw_line(
    canvas: &mut Canvas<'_>,
    line: &Line,
    scale: &LogScale,
    y: f64,
) -> Result<(), ChartError> {
    let (theme, transport, summary) = (canvas.theme(), line.transport, &line.summary);
    let color = theme.of(transport);
    canvas.text(transport.name(), (LEFT - 16.0, y), Align::Right, 12.0, theme.text())?;
    if let Some((p10, p90)) = summary.at(0.10).zip(summary.at(0.90)) {
        canvas.line(&[(scale.place(p10), y), (scale.place(p90), y)], color, 2.0)?;
    }
    if let Some(p99) = summary.at(0.99) {
        let x = scale.place(p99);
        canvas.line(&[(x, y - 6.0), (x, y + 6.0)], color, 2.0)?;
    }
    if let Some((low, high)) = summary.median.interval {
        canvas.line(&[(scale.place(low), y), (scale.place(high), y)], color, 7.0)?;
    }
    canvas.marker(transport, (scale.place(summary.median.value), y), 5.0, false)?;
    let value = duration(summary.median.value);
    canvas.text(&value, (RIGHT + 16.0, y), Align::Left, 12.0, theme.text())
}
