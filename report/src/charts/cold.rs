//! Fresh execution environments against warm ones, on the side of A and on that of B.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, WIDTH};
use super::frame::{Frame, draw_x};
use super::heading::{Header, Symbol};
use super::input::{Axis, Heading, Measured};
use super::scale::{Scale, Side};
use super::{Chart, text};

/// A transport's two figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColdRow {
    /// Whose they are.
    pub transport: Transport,
    /// Served by an environment that had served before.
    pub warm: Option<Measured>,
    /// Served by an environment's first invocation.
    pub fresh: Option<Measured>,
}

/// A side of the handoff.
#[derive(Clone, Debug, PartialEq)]
pub struct ColdSide {
    /// Which, and what was measured there.
    pub title: String,
    /// The transports.
    pub rows: Vec<ColdRow>,
}

/// A chart of fresh against warm.
#[derive(Clone, Debug, PartialEq)]
pub struct Cold {
    /// Its name and title.
    pub heading: Heading,
    /// What was measured.
    pub axis: Axis,
    /// The sides.
    pub sides: Vec<ColdSide>,
}

const ROW: f64 = 26.0;
const TITLE: f64 = 30.0;
const VALUES: f64 = 210.0;
const LEFT: f64 = MARGIN + 122.0;
const RIGHT: f64 = WIDTH - MARGIN - VALUES - 16.0;

/// Draws fresh against warm; none without a figure.
///
/// # Errors
/// When it cannot be drawn.
pub fn cold(input: &Cold) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let mut input = input.clone();
    for row in input.sides.iter_mut().flat_map(|side| &mut side.rows) {
        row.warm = row.warm.filter(Measured::is_finite);
        row.fresh = row.fresh.filter(Measured::is_finite);
    }
    for side in &mut input.sides {
        side.rows.retain(|row| row.warm.is_some() || row.fresh.is_some());
    }
    input.sides.retain(|side| !side.rows.is_empty());
    let rows = input.sides.iter().flat_map(|side| &side.rows);
    let values = rows.flat_map(|row| [row.warm, row.fresh]).flatten().flat_map(|m| m.all());
    let Some(scale) = Scale::over(&input.axis, values, LEFT, RIGHT) else { return Ok(None) };
    let mut legend = Vec::new();
    if let Some(row) = input.sides.iter().flat_map(|side| &side.rows).next() {
        legend.push((Symbol::Marker(row.transport, true), "warm".to_owned()));
        legend.push((Symbol::Marker(row.transport, false), "fresh".to_owned()));
    }
    legend.push((Symbol::Line(super::Dash::Dotted), "what the start adds".to_owned()));
    let header = Header::new(&input.heading, &legend);
    let top = header.bottom() + 6.0;
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let height = input.sides.iter().map(|side| TITLE + ROW * side.rows.len() as f64).sum::<f64>();
    let frame = Frame { left: LEFT, right: RIGHT, top: top + TITLE, bottom: top + height + 4.0 };
    let text = alternative_text(&input);
    Chart::draw_sized(&input.heading.name, text, frame.bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        let theme = canvas.theme();
        draw_x(canvas, &scale, frame, true)?;
        let title = text::fit(&input.axis.label(), BODY, false, RIGHT - LEFT);
        let place = (f64::midpoint(LEFT, RIGHT), frame.bottom + 36.0);
        canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
        let mut y = top;
        for side in &input.sides {
            let title = text::fit(&side.title, BODY, true, WIDTH - 2.0 * MARGIN);
            canvas.bold(&title, (MARGIN, y + 17.0), Align::Left, BODY, theme.text())?;
            y += TITLE;
            #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
            let end = y + ROW * side.rows.len() as f64;
            for tick in scale.ticks(Side::Bottom, BODY) {
                canvas.line(&[(tick.place, y), (tick.place, end)], theme.grid(), 1.0)?;
            }
            for row in &side.rows {
                draw_row(canvas, &input, row, &scale, y + ROW / 2.0)?;
                y += ROW;
            }
        }
        Ok(())
    })
    .map(Some)
}

/// `120 ms → 480 ms (× 4.0)`.
fn change(input: &Cold, row: &ColdRow) -> String {
    let unit = input.axis.unit;
    let show = |value: Option<Measured>| value.map_or("–".to_owned(), |m| unit.value(m.value));
    let ratio = row.warm.zip(row.fresh).filter(|(warm, _)| warm.value > 0.0);
    let ratio = ratio.map(|(warm, fresh)| {
        let ratio = fresh.value / warm.value;
        if ratio >= 9.95 { format!(" (× {ratio:.0})") } else { format!(" (× {ratio:.1})") }
    });
    format!("{} → {}{}", show(row.warm), show(row.fresh), ratio.unwrap_or_default())
}

fn draw_row(canvas: &mut Canvas<'_>, input: &Cold, row: &ColdRow, scale: &Scale, y: f64) -> Drawn {
    let theme = canvas.theme();
    let color = theme.of(row.transport);
    let name = row.transport.name();
    canvas.text(name, (LEFT - 14.0, y), Align::Right, BODY, theme.text())?;
    if let Some((warm, fresh)) = row.warm.zip(row.fresh) {
        let ends = [(scale.place(warm.value), y), (scale.place(fresh.value), y)];
        canvas.path(&ends, color, 1.5, super::Dash::Dotted)?;
    }
    for (figure, hollow) in [(row.warm, true), (row.fresh, false)] {
        let Some(figure) = figure else { continue };
        if let Some((low, high)) = figure.interval() {
            let (low, high) = (scale.place(low), scale.place(high));
            canvas.line(&[(low, y), (high, y)], color, 2.0)?;
            for x in [low, high] {
                canvas.line(&[(x, y - 4.0), (x, y + 4.0)], color, 1.5)?;
            }
        }
        canvas.marker(row.transport, (scale.place(figure.value), y), 5.0, hollow)?;
    }
    let change = text::fit(&change(input, row), BODY, false, VALUES);
    canvas.text(&change, (WIDTH - MARGIN, y), Align::Right, BODY, theme.text())
}

fn alternative_text(input: &Cold) -> String {
    let unit = input.axis.unit;
    let mut parts = Vec::new();
    for side in &input.sides {
        for row in &side.rows {
            let show = |name: &str, value: Option<Measured>| {
                let value = value.map_or("no data".to_owned(), |value| value.text(unit));
                format!("{name} {value}")
            };
            let (warm, fresh) = (show("warm", row.warm), show("fresh", row.fresh));
            parts.push(format!("{}, {}: {warm}, {fresh}", side.title, row.transport));
        }
    }
    format!("{}. {}", input.axis.title, parts.join("; "))
}
