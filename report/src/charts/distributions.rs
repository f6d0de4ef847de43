//! Rows of distributions on one axis: the median with its interval, and the percentiles around it.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, SMALL, WIDTH};
use super::frame::{Frame, draw_x};
use super::heading::{Header, Symbol};
use super::input::{Axis, Dash, Heading, Measured};
use super::scale::{Scale, Side};
use super::{Chart, text};

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// Its name.
    pub label: String,
    /// Whether its marker is hollow, to set it apart.
    pub hollow: bool,
    /// The median with its interval.
    pub median: Measured,
    /// The other percentiles, where the sample carries them.
    pub p10: Option<f64>,
    /// See `p10`.
    pub p90: Option<f64>,
    /// See `p10`.
    pub p99: Option<f64>,
}

/// Rows that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct DistributionGroup {
    /// What they have in common, such as `batch size`.
    pub title: String,
    /// The rows.
    pub rows: Vec<Distribution>,
}

/// A chart of distributions.
#[derive(Clone, Debug, PartialEq)]
pub struct Distributions {
    /// Its name and title.
    pub heading: Heading,
    /// What is distributed.
    pub axis: Axis,
    /// The rows.
    pub groups: Vec<DistributionGroup>,
}

const ROW: f64 = 19.0;
const COLUMN: f64 = 66.0;

/// Draws distributions; none without a median.
///
/// # Errors
/// When it cannot be drawn.
pub fn distributions(input: &Distributions) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let mut input = input.clone();
    for group in &mut input.groups {
        group.rows.retain(|row| row.median.is_finite());
        for row in &mut group.rows {
            for value in [&mut row.p10, &mut row.p90, &mut row.p99] {
                *value = value.filter(|value| value.is_finite());
            }
        }
    }
    input.groups.retain(|group| !group.rows.is_empty());
    let rows = || input.groups.iter().flat_map(|group| &group.rows);
    let labels = rows().map(|row| text::width(&row.label, BODY, false));
    let titles = input.groups.iter().map(|group| text::width(&group.title, BODY, true) - 12.0);
    let names = labels.chain(titles).fold(0.0, f64::max);
    let (left, right) = (MARGIN + names.min(240.0) + 24.0, WIDTH - MARGIN - 2.0 * COLUMN);
    let values = rows()
        .flat_map(|row| row.median.all().chain([row.p10, row.p90, row.p99].into_iter().flatten()));
    let Some(scale) = Scale::over(&input.axis, values, left, right) else { return Ok(None) };
    let mut legend: Vec<(Symbol, String)> = Vec::new();
    if let Some(row) = rows().next() {
        legend.push((Symbol::Marker(row.transport, false), "median".to_owned()));
    }
    if rows().any(|row| row.median.interval().is_some()) {
        legend.push((Symbol::Bar, "its 95 % interval".to_owned()));
    }
    legend.push((Symbol::Line(Dash::Solid), "p10 to p90".to_owned()));
    legend.push((Symbol::Tick, "p99".to_owned()));
    let header = Header::new(&input.heading, &legend);
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let height = input
        .groups
        .iter()
        .map(|group| ROW * group.rows.len() as f64 + heading_room(group))
        .sum::<f64>();
    let top = header.bottom() + 30.0;
    let frame = Frame { left, right, top, bottom: top + height + 4.0 };
    let text = alternative_text(&input);
    Chart::draw_sized(&input.heading.name, text, frame.bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        draw_axis(canvas, &input, frame, &scale)?;
        let mut y = frame.top + 4.0;
        for group in &input.groups {
            if !group.title.is_empty() {
                let title = text::fit(&group.title, BODY, true, left - MARGIN - 12.0);
                let place = (MARGIN, y + ROW / 2.0 + 2.0);
                canvas.bold(&title, place, Align::Left, BODY, canvas.theme().text())?;
            }
            y += heading_room(group);
            for row in &group.rows {
                draw_row(canvas, &input, row, &scale, (frame, y + ROW / 2.0))?;
                y += ROW;
            }
        }
        Ok(())
    })
    .map(Some)
}

fn heading_room(group: &DistributionGroup) -> f64 {
    if group.title.is_empty() { 6.0 } else { ROW + 5.0 }
}

fn draw_axis(canvas: &mut Canvas<'_>, input: &Distributions, frame: Frame, scale: &Scale) -> Drawn {
    let theme = canvas.theme();
    for tick in scale.ticks(Side::Bottom, BODY) {
        let ends = [(tick.place, frame.top), (tick.place, frame.bottom)];
        canvas.line(&ends, theme.grid(), 1.0)?;
    }
    draw_x(canvas, scale, frame, true)?;
    let title = text::fit(&input.axis.label(), BODY, false, frame.right - frame.left);
    let place = (f64::midpoint(frame.left, frame.right), frame.bottom + 36.0);
    canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
    for (column, name) in ["median", "p99"].into_iter().enumerate() {
        let place = (column_at(column), frame.top - 8.0);
        canvas.text(name, place, Align::Right, SMALL, theme.muted())?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "two columns")]
fn column_at(column: usize) -> f64 {
    WIDTH - MARGIN - COLUMN * (1 - column) as f64
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    input: &Distributions,
    row: &Distribution,
    scale: &Scale,
    (frame, y): (Frame, f64),
) -> Drawn {
    let theme = canvas.theme();
    let color = theme.of(row.transport);
    let name = text::fit(&row.label, BODY, false, frame.left - MARGIN - 14.0);
    canvas.text(&name, (frame.left - 14.0, y), Align::Right, BODY, theme.text())?;
    if let Some((p10, p90)) = row.p10.zip(row.p90) {
        canvas.line(&[(scale.place(p10), y), (scale.place(p90), y)], color, 2.0)?;
    }
    for value in [row.p10, row.p90].into_iter().flatten() {
        let x = scale.place(value);
        canvas.line(&[(x, y - 3.5), (x, y + 3.5)], color, 1.5)?;
    }
    if let Some(p99) = row.p99 {
        let x = scale.place(p99);
        canvas.line(&[(x, y - 6.5), (x, y + 6.5)], color, 2.5)?;
    }
    if let Some((low, high)) = row.median.interval() {
        canvas.line(&[(scale.place(low), y), (scale.place(high), y)], color, 6.5)?;
    }
    canvas.marker(row.transport, (scale.place(row.median.value), y), 4.5, row.hollow)?;
    let unit = input.axis.unit;
    let shown = [Some(row.median.value), row.p99];
    for (column, value) in shown.into_iter().enumerate() {
        let value = value.map_or("–".to_owned(), |value| unit.value(value));
        canvas.text(&value, (column_at(column), y), Align::Right, BODY, theme.text())?;
    }
    Ok(())
}

fn alternative_text(input: &Distributions) -> String {
    let unit = input.axis.unit;
    let mut parts = Vec::new();
    for group in &input.groups {
        for row in &group.rows {
            let title = match group.title.as_str() {
                "" => String::new(),
                title => format!("{title}: "),
            };
            let mut text = format!("{title}{}: median {}", row.label, row.median.text(unit));
            for (name, value) in [("p10", row.p10), ("p90", row.p90), ("p99", row.p99)] {
                if let Some(value) = value {
                    text.push_str(&format!(", {name} {}", unit.value(value)));
                }
            }
            parts.push(text);
        }
    }
    format!("{}. {}", input.axis.title, parts.join("; "))
}
