//! A panel's axes, and the grids of panels that share them.

use super::canvas::{Align, BODY, Canvas, Drawn, Point, SMALL};
use super::input::Course;
use super::scale::{Scale, Side};
use super::text;

/// Where a panel stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

/// A panel with its two scales.
#[derive(Clone, Debug)]
pub(crate) struct Axes {
    pub(crate) frame: Frame,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    /// Whether the labels of the x axis are written; the ticks are drawn all the same.
    pub(crate) x_labels: bool,
    /// Whether the labels of the y axis are written.
    pub(crate) y_labels: bool,
}

impl Axes {
    /// The axes in a frame, with scales that were made elsewhere.
    pub(crate) fn new(frame: Frame, x: &Scale, y: &Scale) -> Self {
        Self {
            frame,
            x: x.moved(frame.left, frame.right),
            y: y.moved(frame.bottom, frame.top),
            x_labels: true,
            y_labels: true,
        }
    }

    pub(crate) fn place(&self, x: f64, y: f64) -> Point {
        (self.x.place(x), self.y.place(y))
    }

    /// Grid, axis lines, ticks and labels.
    pub(crate) fn draw(&self, canvas: &mut Canvas<'_>) -> Drawn {
        let (theme, frame) = (canvas.theme(), self.frame);
        for tick in self.y.ticks(Side::Left, BODY) {
            let ends = [(frame.left, tick.place), (frame.right, tick.place)];
            canvas.line(&ends, theme.grid(), 1.0)?;
            if self.y_labels {
                let place = (frame.left - 8.0, tick.place);
                canvas.text(&tick.label, place, Align::Right, BODY, theme.text())?;
            }
        }
        draw_x(canvas, &self.x, frame, self.x_labels)?;
        if let Some(gap) = self.y.gap() {
            let corners = [(frame.left - 4.0, gap + 2.0), (frame.left + 4.0, gap - 2.0)];
            canvas.line(&corners, theme.muted(), 1.0)?;
        }
        Ok(())
    }

    /// A reference line, as far as it is within the frame.
    pub(crate) fn draw_reference(&self, canvas: &mut Canvas<'_>, course: Course) -> Drawn {
        let (frame, color) = (self.frame, canvas.theme().muted());
        let points: Vec<Point> = match course {
            Course::Across(y) if self.y.has(y) => {
                let y = self.y.place(y);
                vec![(frame.left, y), (frame.right, y)]
            }
            Course::At(x) if self.x.has(x) => {
                let x = self.x.place(x);
                vec![(x, frame.bottom), (x, frame.top)]
            }
            Course::Across(_) | Course::At(_) => vec![],
            Course::Line { intercept, slope } => (0..=400)
                .map(|step| self.x.value_at(f64::from(step) / 400.0))
                .map(|x| (x, intercept + slope * x))
                .filter(|(_, y)| self.y.has(*y))
                .map(|(x, y)| self.place(x, y))
                .collect(),
        };
        let dash = super::Dash::Dashed;
        if points.len() > 1 { canvas.path(&points, color, 1.5, dash) } else { Ok(()) }
    }
}

/// The lower axis: line, ticks and, if they are wanted, labels.
pub(crate) fn draw_x(canvas: &mut Canvas<'_>, x: &Scale, frame: Frame, labels: bool) -> Drawn {
    let theme = canvas.theme();
    let bottom = frame.bottom;
    canvas.line(&[(frame.left, bottom), (frame.right, bottom)], theme.muted(), 1.0)?;
    let size = x_size(frame);
    for tick in x.ticks(Side::Bottom, size) {
        let ends = [(tick.place, bottom), (tick.place, bottom + 4.0)];
        canvas.line(&ends, theme.muted(), 1.0)?;
        if labels {
            let place = (tick.label_place, bottom + 14.0);
            canvas.text(&tick.label, place, Align::Middle, size, theme.text())?;
        }
    }
    if let Some(gap) = x.gap() {
        canvas.line(&[(gap - 2.0, bottom + 4.0), (gap + 2.0, bottom - 4.0)], theme.muted(), 1.0)?;
    }
    Ok(())
}

/// The size of the labels of a lower axis: smaller below narrow panels.
fn x_size(frame: Frame) -> f64 {
    if frame.right - frame.left < 170.0 { SMALL } else { BODY }
}

/// The title of a panel, above it at its left.
pub(crate) fn draw_panel_title(
    canvas: &mut Canvas<'_>,
    title: &str,
    frame: Frame,
    y: f64,
) -> Drawn {
    let title = text::fit(title, BODY, true, frame.right - frame.left);
    canvas.bold(&title, (frame.left, y), Align::Left, BODY, canvas.theme().text())
}

/// Panels in rows of equal size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    /// The corners of all panels together, with their titles.
    pub(crate) area: Frame,
    /// Between two columns.
    pub(crate) gap: f64,
    /// Above each panel, for its title.
    pub(crate) above: f64,
    /// Below each panel, for the labels of its axis.
    pub(crate) below: f64,
}

impl Grid {
    /// How many columns suit a number of panels.
    pub(crate) fn columns_for(panels: usize) -> usize {
        match panels {
            0..=3 => panels.max(1),
            4 => 2,
            _ => 3,
        }
    }

    /// The frame of a panel.
    #[expect(clippy::cast_precision_loss, reason = "a handful of panels")]
    pub(crate) fn frame(&self, panel: usize) -> Frame {
        let (column, row) = ((panel % self.columns) as f64, (panel / self.columns) as f64);
        let columns = self.columns as f64;
        let width = (self.area.right - self.area.left - self.gap * (columns - 1.0)) / columns;
        let height = (self.area.bottom - self.area.top) / self.rows as f64;
        let left = self.area.left + column * (width + self.gap);
        let top = self.area.top + row * height;
        Frame {
            left,
            top: top + self.above,
            right: left + width,
            bottom: top + height - self.below,
        }
    }
}
