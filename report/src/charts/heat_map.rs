//! A figure over two axes: one coloured cell for each pair of values, with the figure in it.

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, SMALL, WIDTH};
use super::frame::{Frame, Grid};
use super::heading::{Header, Symbol};
use super::input::{Axis, Heading};
use super::scale::{Scale, Side};
use super::units::Unit;
use super::{Chart, text, theme};

/// What a cell of a heat map has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeatCell {
    /// A figure.
    Value(f64),
    /// No data; drawn as a hatch.
    Missing,
    /// Beyond a limit of the service.
    Limit,
}

/// One heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPanel {
    /// What is the same for all of its cells, such as the transport.
    pub title: String,
    /// A row for each value of y, with a cell for each value of x.
    pub rows: Vec<Vec<HeatCell>>,
}

/// Heat maps with the same axes and colours.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Its name and title.
    pub heading: Heading,
    /// The axis of the columns, whose ticks are their values.
    pub x: Axis,
    /// The axis of the rows, whose ticks are their values, from the bottom up.
    pub y: Axis,
    /// What is in the cells. Its colours are logarithmic if it is, and its ticks are chosen here.
    pub value: Axis,
    /// The heat maps.
    pub panels: Vec<HeatPanel>,
}

const ROW: f64 = 26.0;
const SCALE_WIDTH: f64 = 240.0;

struct Cells {
    columns: Vec<String>,
    rows: Vec<String>,
    /// The labels of all cells are written like this.
    size: f64,
    short: bool,
}

/// Draws heat maps; none without a figure.
///
/// # Errors
/// When it cannot be drawn.
pub fn heat_map(input: &HeatMap) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let cell = |panel: &HeatPanel, row: usize, column: usize| {
        let cell = panel.rows.get(row).and_then(|row| row.get(column)).copied();
        match cell {
            Some(HeatCell::Value(value)) if !value.is_finite() => HeatCell::Missing,
            other => other.unwrap_or(HeatCell::Missing),
        }
    };
    let (columns, rows) = (input.x.ticks.len(), input.y.ticks.len());
    let panels: Vec<HeatPanel> = input
        .panels
        .iter()
        .map(|panel| HeatPanel {
            title: panel.title.clone(),
            rows: (0..rows)
                .map(|row| (0..columns).map(|column| cell(panel, row, column)).collect())
                .collect(),
        })
        .collect();
    let values = panels.iter().flat_map(|panel| &panel.rows).flatten();
    let values: Vec<f64> = values
        .filter_map(|cell| if let HeatCell::Value(value) = cell { Some(*value) } else { None })
        .collect();
    let colours = Axis { ticks: vec![], ..input.value.clone() };
    let Some(scale) = Scale::over(&colours, values.iter().copied(), 0.0, 1.0) else {
        return Ok(None);
    };
    let labels = |axis: &Axis| axis.ticks.iter().map(|tick| axis.unit.tick(*tick)).collect();
    let mut cells =
        Cells { columns: labels(&input.x), rows: labels(&input.y), size: 0.0, short: false };
    let header = Header::new(&input.heading, &legend(&panels));
    let (grid, size, short) = layout(input, &cells, &values, panels.len(), header.bottom() + 42.0);
    (cells.size, cells.short) = (size, short);
    let drawing = Drawing { input, panels: &panels, header, grid, scale, cells };
    let height = drawing.grid.area.bottom + 34.0;
    Chart::draw_sized(&input.heading.name, drawing.alternative_text(), height, |canvas| {
        drawing.draw(canvas)
    })
    .map(Some)
}

fn legend(panels: &[HeatPanel]) -> Vec<(Symbol, String)> {
    let has = |wanted| panels.iter().flat_map(|panel| &panel.rows).flatten().any(|c| *c == wanted);
    let mut entries = Vec::new();
    if has(HeatCell::Missing) {
        entries.push((Symbol::Hatched, "no data".to_owned()));
    }
    if has(HeatCell::Limit) {
        entries.push((Symbol::Shade(0.06), "beyond a limit of the service".to_owned()));
    }
    entries
}

/// As many columns of panels as leave room for the figures, which are shortened before they are
/// made smaller.
#[expect(clippy::cast_precision_loss, reason = "a handful of panels and cells")]
fn layout(
    input: &HeatMap,
    cells: &Cells,
    values: &[f64],
    panels: usize,
    top: f64,
) -> (Grid, f64, bool) {
    let room = cells.rows.iter().map(|row| text::width(row, BODY, false)).fold(0.0, f64::max);
    let left = MARGIN + room + 10.0;
    let most = if panels > 1 { 2 } else { 1 };
    let gap = 22.0;
    let write = |value: f64, short| write(input.value.unit, value, short);
    let mut choice = (1, SMALL, true);
    'found: for columns in (1..=most).rev() {
        let width = (WIDTH - MARGIN - left - gap * (columns - 1) as f64) / columns as f64;
        let cell = width / cells.columns.len().max(1) as f64 - 5.0;
        for (size, short) in [(BODY, false), (BODY, true), (SMALL, false), (SMALL, true)] {
            let fits = |text: &str| text::width(text, size, false) <= cell;
            if values.iter().all(|value| fits(&write(*value, short)))
                && cells.columns.iter().all(|label| fits(label))
            {
                choice = (columns, size, short);
                break 'found;
            }
        }
    }
    let (columns, size, short) = choice;
    let (above, below) = (26.0, 22.0);
    let rows = panels.div_ceil(columns);
    let height = above + below + ROW * cells.rows.len() as f64;
    let area = Frame { left, top, right: WIDTH - MARGIN, bottom: top + height * rows as f64 };
    (Grid { columns, rows, area, gap, above, below }, size, short)
}

fn write(unit: Unit, value: f64, short: bool) -> String {
    if short { unit.short(value) } else { unit.value(value) }
}

struct Drawing<'a> {
    input: &'a HeatMap,
    panels: &'a [HeatPanel],
    header: Header,
    grid: Grid,
    scale: Scale,
    cells: Cells,
}

impl Drawing<'_> {
    fn draw(&self, canvas: &mut Canvas<'_>) -> Drawn {
        self.header.draw(canvas)?;
        self.draw_scale(canvas)?;
        let (theme, area) = (canvas.theme(), self.grid.area);
        let title = format!("↑ {}", self.input.y.title);
        let title = text::fit(&title, BODY, false, WIDTH - 2.0 * MARGIN - SCALE_WIDTH - 160.0);
        canvas.text(&title, (MARGIN, area.top - 4.0), Align::Left, BODY, theme.muted())?;
        let place = (f64::midpoint(area.left, area.right), area.bottom + 12.0);
        let title = text::fit(&self.input.x.title, BODY, false, area.right - area.left);
        canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
        for (index, panel) in self.panels.iter().enumerate() {
            self.draw_panel(canvas, index, panel)?;
        }
        Ok(())
    }

    /// The colours with their values, at the right above the heat maps.
    fn draw_scale(&self, canvas: &mut Canvas<'_>) -> Drawn {
        let theme = canvas.theme();
        let (right, top) = (WIDTH - MARGIN - 14.0, self.header.bottom() + 6.0);
        let left = right - SCALE_WIDTH;
        for step in 0..80 {
            let share = f64::from(step) / 80.0;
            let from = left + share * SCALE_WIDTH;
            let to = (from + SCALE_WIDTH / 80.0 + 0.3, top + 9.0);
            canvas.fill((from, top), to, theme.heat(share), 1.0)?;
        }
        let title = text::fit(&self.input.value.label(), BODY, false, left - MARGIN - 40.0);
        let place = (left - 22.0, top + 5.0);
        canvas.text(&title, place, Align::Right, BODY, theme.muted())?;
        for tick in self.scale.moved(left, right).ticks(Side::Bottom, SMALL) {
            let ends = [(tick.place, top + 9.0), (tick.place, top + 12.0)];
            canvas.line(&ends, theme.muted(), 1.0)?;
            let place = (tick.label_place, top + 20.0);
            canvas.text(&tick.label, place, Align::Middle, SMALL, theme.text())?;
        }
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "a handful of cells")]
    fn draw_panel(&self, canvas: &mut Canvas<'_>, index: usize, panel: &HeatPanel) -> Drawn {
        let theme = canvas.theme();
        let frame = self.grid.frame(index);
        let cell = (frame.right - frame.left) / self.cells.columns.len() as f64;
        super::frame::draw_panel_title(canvas, &panel.title, frame, frame.top - 10.0)?;
        for (row, values) in panel.rows.iter().enumerate() {
            let y = frame.bottom - ROW * row as f64;
            if index.is_multiple_of(self.grid.columns) {
                let place = (frame.left - 8.0, y - ROW / 2.0);
                canvas.text(&self.cells.rows[row], place, Align::Right, BODY, theme.text())?;
            }
            for (column, value) in values.iter().enumerate() {
                let x = frame.left + cell * column as f64;
                let corners = ((x + 0.75, y - ROW + 0.75), (x + cell - 0.75, y - 0.75));
                self.draw_cell(canvas, *value, corners)?;
            }
        }
        for (column, label) in self.cells.columns.iter().enumerate() {
            let place = (frame.left + cell * (column as f64 + 0.5), frame.bottom + 10.0);
            let label = text::fit(label, self.cells.size, false, cell - 3.0);
            canvas.text(&label, place, Align::Middle, self.cells.size, theme.text())?;
        }
        Ok(())
    }

    fn draw_cell(
        &self,
        canvas: &mut Canvas<'_>,
        cell: HeatCell,
        (from, to): ((f64, f64), (f64, f64)),
    ) -> Drawn {
        let theme = canvas.theme();
        let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        let size = self.cells.size;
        let (label, color) = match cell {
            HeatCell::Value(value) => {
                let color = theme.heat(self.scale.place(value));
                canvas.fill(from, to, color, 1.0)?;
                (write(self.input.value.unit, value, self.cells.short), theme::on(color))
            }
            HeatCell::Missing => return canvas.hatched(from, to),
            HeatCell::Limit => {
                canvas.fill(from, to, theme.text(), 0.06)?;
                ("limit".to_owned(), theme.muted())
            }
        };
        let label = text::fit(&label, size, false, to.0 - from.0);
        canvas.text(&label, middle, Align::Middle, size, color)
    }

    fn alternative_text(&self) -> String {
        let input = self.input;
        let mut parts =
            vec![format!("{} over {} and {}", input.value.title, input.x.title, input.y.title)];
        for panel in self.panels {
            for (row, values) in self.cells.rows.iter().zip(&panel.rows) {
                let values = self.cells.columns.iter().zip(values).map(|(column, cell)| {
                    let value = match cell {
                        HeatCell::Value(value) => input.value.unit.value(*value),
                        HeatCell::Missing => "no data".to_owned(),
                        HeatCell::Limit => "limit".to_owned(),
                    };
                    format!("{column}: {value}")
                });
                let values = values.collect::<Vec<_>>().join(", ");
                parts.push(format!("{}, {} {row}: {values}", panel.title, input.y.title));
            }
        }
        parts.join("; ")
    }
}

impl Canvas<'_> {
    /// A box with thin slanted lines in it.
    pub(crate) fn hatched(&mut self, from: (f64, f64), to: (f64, f64)) -> Drawn {
        let color = self.theme().grid();
        let (width, height) = (to.0 - from.0, to.1 - from.1);
        let mut offset = 6.0;
        while offset < width + height {
            let start = (from.0 + (offset - height).max(0.0), to.1 - (height - offset).max(0.0));
            let end = (from.0 + offset.min(width), from.1 + (offset - width).max(0.0));
            self.line(&[start, end], color, 1.0)?;
            offset += 7.0;
        }
        self.outline(from, to, color)
    }
}
