//! What was asked for against what arrived, and how long responses took meanwhile.

use wire::Transport;

use super::Chart;
use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, Point, WIDTH};
use super::frame::{Axes, Frame, draw_panel_title};
use super::heading::{Header, Symbol};
use super::input::{Axis, Course, Dash, Heading, Measured};
use super::scale::{Scale, label_room};
use super::text;
use super::units::Unit;

/// What one asked rate came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePoint {
    /// Messages asked for, per second.
    pub asked: f64,
    /// Messages that arrived, per second, with the interval.
    pub arrived: Measured,
    /// Whether the rate was not sustained.
    pub falls_short: bool,
    /// The response's percentiles, nanoseconds, where the sample carries them.
    pub p50: Option<f64>,
    /// See `p50`.
    pub p90: Option<f64>,
    /// See `p50`.
    pub p99: Option<f64>,
}

/// One column of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenLoopArm {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// Its name, such as `sns` or `sns, constant`.
    pub label: String,
    /// The rates asked for.
    pub points: Vec<RatePoint>,
}

/// A chart of rates and responses.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenLoop {
    /// Its name and title.
    pub heading: Heading,
    /// Its columns.
    pub arms: Vec<OpenLoopArm>,
}

const RATES: f64 = 150.0;
const RESPONSES: f64 = 190.0;
const BLOCK: f64 = RATES + RESPONSES + 132.0;
const GAP: f64 = 30.0;
/// What stands before an arm's name: its marker.
const NAME: f64 = 14.0;
/// The percentiles and how their lines are drawn.
const PERCENTILES: [(&str, Dash); 3] =
    [("p50", Dash::Solid), ("p90", Dash::Dashed), ("p99", Dash::Dotted)];

/// Draws rates above responses, a column per arm; none without a point.
///
/// # Errors
/// When it cannot be drawn.
pub fn open_loop(input: &OpenLoop) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let mut input = input.clone();
    for arm in &mut input.arms {
        arm.points.retain(|point| point.asked.is_finite() && point.arrived.is_finite());
        arm.points.sort_by(|a, b| a.asked.total_cmp(&b.asked));
    }
    let points = || input.arms.iter().flat_map(|arm| &arm.points);
    let asked = points().map(|point| point.asked);
    let arrived = points().flat_map(|point| point.arrived.all());
    let responses = points().flat_map(responses).flatten();
    let rate = Axis::log("", Unit::Rate);
    let mut ticks: Vec<f64> = asked.clone().collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    let x = Scale::over(&rate.clone().with_ticks(ticks), asked.clone(), 0.0, 1.0);
    let rates = Scale::over(&rate, asked.clone().chain(arrived), RATES, 0.0);
    let Some((x, rates)) = x.zip(rates) else { return Ok(None) };
    let responses = Scale::over(&Axis::log("", Unit::Duration), responses, RESPONSES, 0.0);
    let mut legend = vec![(Symbol::Line(Dash::Dashed), "arrived = asked".to_owned())];
    if let Some(arm) = input.arms.iter().find(|arm| arm.points.iter().any(|p| p.falls_short)) {
        let label = "hollow: not sustained".to_owned();
        legend.push((Symbol::Marker(arm.transport, true), label));
    }
    let header = Header::new(&input.heading, &legend);
    let labels = label_room(&rates).max(responses.as_ref().map_or(0.0, label_room));
    let columns = columns(&input.arms, labels);
    let drawing = Drawing { input: &input, header, x, rates, responses, columns, labels };
    #[expect(clippy::cast_precision_loss, reason = "a handful of arms")]
    let height = drawing.header.bottom() + input.arms.len().div_ceil(columns) as f64 * BLOCK + 4.0;
    let text = alternative_text(&input);
    Chart::draw_sized(&input.heading.name, text, height, |canvas| drawing.draw(canvas)).map(Some)
}

fn responses(point: &RatePoint) -> [Option<f64>; 3] {
    [point.p50, point.p90, point.p99].map(|value| value.filter(|value| value.is_finite()))
}

/// As many columns as there are arms, but no more than leave room for their names; then as few as
/// make the same number of rows.
fn columns(arms: &[OpenLoopArm], labels: f64) -> usize {
    let fits = |columns: &usize| {
        let room = width(labels, *columns) - NAME;
        arms.iter().all(|arm| text::width(&arm.label, BODY, true) <= room)
    };
    let most = (1..=arms.len().clamp(1, 5)).rev().find(fits).unwrap_or(1);
    arms.len().div_ceil(arms.len().div_ceil(most).max(1)).max(1)
}

/// The width of a column's panels, beside the room for the labels of the first.
#[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
fn width(labels: f64, columns: usize) -> f64 {
    let (left, columns) = (left(labels), columns as f64);
    (WIDTH - MARGIN - 6.0 - left - GAP * (columns - 1.0)) / columns
}

fn left(labels: f64) -> f64 {
    MARGIN + labels + 10.0
}

struct Drawing<'a> {
    input: &'a OpenLoop,
    header: Header,
    x: Scale,
    rates: Scale,
    responses: Option<Scale>,
    columns: usize,
    labels: f64,
}

impl Drawing<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of arms")]
    fn draw(&self, canvas: &mut Canvas<'_>) -> Drawn {
        self.header.draw(canvas)?;
        let (left, width) = (left(self.labels), width(self.labels, self.columns));
        let mut top = self.header.bottom();
        for row in self.input.arms.chunks(self.columns) {
            for (column, arm) in row.iter().enumerate() {
                let left = left + column as f64 * (width + GAP);
                let upper = Frame {
                    left,
                    right: left + width,
                    top: top + 54.0,
                    bottom: top + 54.0 + RATES,
                };
                let lower = Frame {
                    top: upper.bottom + 40.0,
                    bottom: upper.bottom + 40.0 + RESPONSES,
                    ..upper
                };
                let at = upper.top - 14.0;
                canvas.marker(arm.transport, (left + 5.0, at), 4.0, false)?;
                let title = Frame { left: left + NAME, ..upper };
                draw_panel_title(canvas, &arm.label, title, at)?;
                self.draw_rates(canvas, arm, upper, column == 0)?;
                self.draw_responses(canvas, arm, lower, column == 0)?;
            }
            let theme = canvas.theme();
            let muted = theme.muted();
            let place = (MARGIN, top + 18.0);
            canvas.text("↑ rate of arrival (logarithmic)", place, Align::Left, BODY, muted)?;
            let place = (MARGIN, top + 54.0 + RATES + 20.0);
            let title = "↑ response (logarithmic) · solid, filled: p50 · dashed: p90 · dotted: p99";
            canvas.text(title, place, Align::Left, BODY, muted)?;
            let place = (WIDTH / 2.0, top + BLOCK - 8.0);
            canvas.text("asked rate (logarithmic)", place, Align::Middle, BODY, muted)?;
            top += BLOCK;
        }
        Ok(())
    }

    fn draw_rates(
        &self,
        canvas: &mut Canvas<'_>,
        arm: &OpenLoopArm,
        frame: Frame,
        first: bool,
    ) -> Drawn {
        let mut axes = Axes::new(frame, &self.x, &self.rates);
        (axes.x_labels, axes.y_labels) = (false, first);
        axes.draw(canvas)?;
        axes.draw_identity(canvas)?;
        let theme = canvas.theme();
        let color = theme.of(arm.transport);
        let points: Vec<Point> =
            arm.points.iter().map(|point| axes.place(point.asked, point.arrived.value)).collect();
        if points.len() > 1 {
            canvas.line(&points, color, 2.0)?;
        }
        for (point, place) in arm.points.iter().zip(points) {
            if point.falls_short {
                let wanted = axes.place(point.asked, point.asked);
                canvas.line(&[place, wanted], theme.muted(), 1.0)?;
            }
            if let Some((low, high)) = point.arrived.interval() {
                let (low, high) = (axes.y.place(low), axes.y.place(high));
                canvas.line(&[(place.0, low), (place.0, high)], color, 1.5)?;
            }
            canvas.marker(arm.transport, place, 4.2, point.falls_short)?;
        }
        Ok(())
    }

    fn draw_responses(
        &self,
        canvas: &mut Canvas<'_>,
        arm: &OpenLoopArm,
        frame: Frame,
        first: bool,
    ) -> Drawn {
        let Some(y) = &self.responses else { return Ok(()) };
        let mut axes = Axes::new(frame, &self.x, y);
        axes.y_labels = first;
        axes.draw(canvas)?;
        let color = canvas.theme().of(arm.transport);
        for (index, (_, dash)) in PERCENTILES.into_iter().enumerate() {
            let points = arm.points.iter().map(|point| (point.asked, responses(point)[index]));
            let points: Vec<Option<Point>> =
                points.map(|(asked, y)| y.map(|y| axes.place(asked, y))).collect();
            for run in points.split(Option::is_none) {
                let run: Vec<Point> = run.iter().copied().flatten().collect();
                if run.len() > 1 {
                    canvas.path(&run, color, 2.0, dash)?;
                }
            }
            for place in points.into_iter().flatten() {
                canvas.series_marker(arm.transport, place, 3.4, dash)?;
            }
        }
        Ok(())
    }
}

impl Axes {
    fn draw_identity(&self, canvas: &mut Canvas<'_>) -> Drawn {
        self.draw_reference(canvas, Course::Line { intercept: 0.0, slope: 1.0 })
    }
}

fn alternative_text(input: &OpenLoop) -> String {
    let mut parts = vec!["Rate of arrival and response over the asked rate".to_owned()];
    for arm in &input.arms {
        for point in &arm.points {
            let short = if point.falls_short { " (not sustained)" } else { "" };
            let mut text = format!(
                "{}, {} asked: {} arrived{short}",
                arm.label,
                Unit::Rate.tick(point.asked),
                point.arrived.text(Unit::Rate)
            );
            for ((name, _), value) in PERCENTILES.into_iter().zip(responses(point)) {
                if let Some(value) = value {
                    text.push_str(&format!(", {name} {}", Unit::Duration.value(value)));
                }
            }
            parts.push(text);
        }
    }
    parts.join("; ")
}
