//! The share of messages that had arrived after a time, per transport.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, Point, WIDTH};
use super::frame::{Axes, Frame};
use super::heading::{Header, Symbol};
use super::input::{Axis, Dash, Heading};
use super::scale::Scale;
use super::units::Unit;
use super::{Chart, text};
use crate::analysis::percentile;

/// A transport's values, ascending.
#[derive(Clone, Debug, PartialEq)]
pub struct Sorted<'a> {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// Its name in the legend.
    pub label: String,
    /// The values, ascending.
    pub values: &'a [f64],
}

/// A chart of cumulative distributions.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares<'a> {
    /// Its name and title.
    pub heading: Heading,
    /// What is distributed.
    pub axis: Axis,
    /// The samples.
    pub samples: Vec<Sorted<'a>>,
}

const HEIGHT: f64 = 300.0;

/// Draws cumulative distributions; none without values.
///
/// # Errors
/// When it cannot be drawn.
pub fn shares(input: &Shares<'_>) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let samples: Vec<&Sorted<'_>> =
        input.samples.iter().filter(|sample| !sample.values.is_empty()).collect();
    let values = samples.iter().flat_map(|sample| sample.values.iter().copied());
    let Some(x) = Scale::over(&input.axis, values, 0.0, 1.0) else { return Ok(None) };
    let share = Axis::linear("", Unit::Percent);
    let Some(y) = Scale::over(&share, [0.0, 100.0], HEIGHT, 0.0) else { return Ok(None) };
    let legend: Vec<(Symbol, String)> = samples
        .iter()
        .map(|sample| (Symbol::Series(sample.transport, Dash::Solid), sample.label.clone()))
        .collect();
    let header = Header::new(&input.heading, &legend);
    let top = header.bottom() + 14.0;
    let frame =
        Frame { left: MARGIN + 50.0, top, right: WIDTH - MARGIN - 10.0, bottom: top + HEIGHT };
    let axes = Axes::new(frame, &x, &y);
    let text = alternative_text(input, &samples);
    Chart::draw_sized(&input.heading.name, text, frame.bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        draw(canvas, input, &samples, &axes)
    })
    .map(Some)
}

fn draw(
    canvas: &mut Canvas<'_>,
    input: &Shares<'_>,
    samples: &[&Sorted<'_>],
    axes: &Axes,
) -> Drawn {
    let (theme, frame) = (canvas.theme(), axes.frame);
    axes.draw(canvas)?;
    let title = text::fit(&input.axis.label(), BODY, false, frame.right - frame.left);
    let place = (f64::midpoint(frame.left, frame.right), frame.bottom + 36.0);
    canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
    for sample in samples {
        canvas.line(&steps(sample.values, axes), theme.of(sample.transport), 2.0)?;
    }
    for sample in samples {
        let median = percentile(sample.values, 0.5).unwrap_or_default();
        canvas.marker(sample.transport, axes.place(median, 50.0), 5.0, false)?;
    }
    Ok(())
}

/// The empirical distribution function, a corner for each value that moves it by half a unit.
#[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
fn steps(values: &[f64], axes: &Axes) -> Vec<Point> {
    let n = values.len() as f64;
    let height = |rank: usize| axes.y.place(100.0 * rank as f64 / n);
    let mut points: Vec<Point> = vec![];
    for (rank, value) in values.iter().enumerate() {
        let x = axes.x.place(*value);
        let after = height(rank + 1);
        if points.is_empty() {
            points.push((x, height(0)));
        }
        let far = points.last().is_none_or(|(px, py)| x - px > 0.5 || py - after > 0.5);
        if far || rank + 1 == values.len() {
            let level = points.last().map_or(after, |last| last.1);
            points.push((x, level));
            points.push((x, after));
        }
    }
    points
}

fn alternative_text(input: &Shares<'_>, samples: &[&Sorted<'_>]) -> String {
    let samples = samples.iter().map(|sample| {
        let figures = [("p10", 0.1), ("median", 0.5), ("p90", 0.9), ("p99", 0.99)];
        let figures = figures.into_iter().filter_map(|(name, share)| {
            Some(format!("{name} {}", input.axis.unit.value(percentile(sample.values, share)?)))
        });
        let figures = figures.collect::<Vec<_>>().join(", ");
        format!("{} ({} messages): {figures}", sample.label, sample.values.len())
    });
    let samples = samples.collect::<Vec<_>>().join("; ");
    format!("Cumulative distribution, {}. {samples}", input.axis.title)
}
