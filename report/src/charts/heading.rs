//! What stands above every chart: title, what is drawn, and the legend.

use plotters::style::RGBColor;
use wire::Transport;

use super::canvas::{Align, BODY, Canvas, Drawn, MARGIN, TITLE, WIDTH};
use super::input::{Dash, Heading};
use super::text;

const ROOM: f64 = WIDTH - 2.0 * MARGIN;
const SYMBOL: f64 = 26.0;
const BETWEEN: f64 = 22.0;

/// What stands before a name in the legend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Symbol {
    /// A transport's marker, filled or hollow.
    Marker(Transport, bool),
    /// A series' line with its marker.
    Series(Transport, Dash),
    /// A line without a marker.
    Line(Dash),
    /// A wide, short line.
    Bar,
    /// A ring.
    Ring,
    /// An upright tick.
    Tick,
    /// A box of the text's colour, of which this share is left.
    Shade(f64),
    /// A box with a hatch.
    Hatched,
    /// A figure that got faster, slower or neither.
    Change(super::forest::Verdict),
}

/// Title, subtitle and legend, laid out.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    title: Vec<String>,
    subtitle: Vec<String>,
    /// Rows of symbols, each at its x, with their names.
    legend: Vec<Vec<(f64, Symbol, String)>>,
}

impl Header {
    pub(crate) fn new(heading: &Heading, legend: &[(Symbol, String)]) -> Self {
        let mut rows: Vec<Vec<(f64, Symbol, String)>> = Vec::new();
        let mut x = MARGIN;
        for (symbol, label) in legend {
            let label = text::fit(label, BODY, false, ROOM - SYMBOL);
            let wide = SYMBOL + text::width(&label, BODY, false);
            if rows.is_empty() || x + wide > WIDTH - MARGIN {
                rows.push(vec![]);
                x = MARGIN;
            }
            if let Some(row) = rows.last_mut() {
                row.push((x, *symbol, label));
            }
            x += wide + BETWEEN;
        }
        Self {
            title: text::wrap(&heading.title, TITLE, true, ROOM),
            subtitle: text::wrap(&heading.subtitle, BODY, false, ROOM),
            legend: rows,
        }
    }

    /// Where it ends; the chart begins below.
    pub(crate) fn bottom(&self) -> f64 {
        self.legend_top() + rows(&self.legend) * 18.0
    }

    fn legend_top(&self) -> f64 {
        let gap = if self.legend.is_empty() { 2.0 } else { 8.0 };
        14.0 + rows(&self.title) * 20.0 + rows(&self.subtitle) * 16.0 + gap
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas<'_>) -> Drawn {
        let theme = canvas.theme();
        let mut y = 24.0;
        for line in &self.title {
            canvas.bold(line, (MARGIN, y), Align::Left, TITLE, theme.text())?;
            y += 20.0;
        }
        for line in &self.subtitle {
            canvas.text(line, (MARGIN, y), Align::Left, BODY, theme.muted())?;
            y += 16.0;
        }
        let mut y = self.legend_top() + 8.0;
        for row in &self.legend {
            for (x, symbol, label) in row {
                draw_symbol(canvas, *symbol, *x, y)?;
                canvas.text(label, (x + SYMBOL, y), Align::Left, BODY, theme.text())?;
            }
            y += 18.0;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
fn rows<T>(of: &[T]) -> f64 {
    of.len() as f64
}

fn draw_symbol(canvas: &mut Canvas<'_>, symbol: Symbol, x: f64, y: f64) -> Drawn {
    let theme = canvas.theme();
    let (from, middle, to) = ((x, y), (x + 10.0, y), (x + 20.0, y));
    let line = theme.muted();
    match symbol {
        Symbol::Marker(transport, hollow) => canvas.marker(transport, middle, 5.0, hollow),
        Symbol::Series(transport, dash) => {
            canvas.path(&[from, to], theme.of(transport), 2.0, dash)?;
            canvas.series_marker(transport, middle, 4.5, dash)
        }
        Symbol::Line(dash) => canvas.path(&[from, to], line, 1.5, dash),
        Symbol::Bar => canvas.line(&[from, to], line, 6.0),
        Symbol::Ring => canvas.ring(middle),
        Symbol::Tick => canvas.line(&[(x + 10.0, y - 6.0), (x + 10.0, y + 6.0)], line, 2.0),
        Symbol::Shade(share) => {
            let (low, high) = ((x, y - 5.0), (x + 20.0, y + 5.0));
            let color: RGBColor = theme.text();
            canvas.fill(low, high, color, share)?;
            canvas.outline(low, high, line)
        }
        Symbol::Hatched => canvas.hatched((x, y - 6.0), (x + 20.0, y + 6.0)),
        Symbol::Change(verdict) => canvas.change(verdict, middle, 5.0),
    }
}
