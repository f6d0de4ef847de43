//! What charts are drawn on: 860 units wide and as high as they need, in which everything is given.

use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, register_font};

use super::text::PLOTTERS_EM;
use super::{Dash, Theme};

/// Width of every chart.
pub(crate) const WIDTH: f64 = 860.0;
/// The space left free at both sides.
pub(crate) const MARGIN: f64 = 24.0;
/// Drawn this much larger, because plotters places things on whole units.
const SCALE: f64 = 4.0;

/// The size of titles, in bold.
pub(crate) const TITLE: f64 = 15.0;
/// The size of labels.
pub(crate) const BODY: f64 = 11.0;
/// The size of labels where there is little room; nothing is smaller.
pub(crate) const SMALL: f64 = 10.0;

/// The name under which charts ask for their font; a browser puts its own behind it.
pub(crate) const FONT: &str = "sans-serif";

/// A chart cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// Plotters could not draw it.
    #[error("cannot draw a chart: {0}")]
    Draw(String),
    /// The SVG could not be rendered.
    #[error("cannot render a chart as PNG: {0}")]
    Render(String),
}

/// Where a text stands beside its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// The text begins at the point.
    Left,
    /// The text's middle is at the point.
    Middle,
    /// The text ends at the point.
    Right,
}

/// A point of the chart.
pub(crate) type Point = (f64, f64);

/// What drawing gives back.
pub(crate) type Drawn = Result<(), ChartError>;

/// What charts are drawn on.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    theme: Theme,
}

/// Draws a chart of a height as SVG.
pub(crate) fn svg(
    theme: Theme,
    height: f64,
    draw: impl Fn(&mut Canvas<'_>) -> Drawn,
) -> Result<String, ChartError> {
    let mut svg = String::new();
    let height = height.ceil();
    let size = (whole(WIDTH).cast_unsigned(), whole(height).cast_unsigned());
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&theme.background()).map_err(draw_error)?;
        let mut canvas = Canvas { area, theme };
        draw(&mut canvas)?;
        canvas.area.present().map_err(draw_error)?;
    }
    // Shown at its own size, with the finer coordinates inside.
    let drawn = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    Ok(svg.replacen(&drawn, &format!("width=\"{WIDTH}\" height=\"{height}\""), 1))
}

/// Makes the embedded fonts known to plotters; before anything is measured or drawn.
pub(crate) fn register_fonts() -> Drawn {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE.get_or_init(|| {
        register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FONT, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    });
    if *done { Ok(()) } else { Err(ChartError::Draw("the embedded font is damaged".into())) }
}

#[expect(clippy::cast_possible_truncation, reason = "places are within the chart")]
fn whole(units: f64) -> i32 {
    (units * SCALE).round() as i32
}

fn at((x, y): Point) -> (i32, i32) {
    (whole(x), whole(y))
}

fn draw_error(error: impl std::fmt::Display) -> ChartError {
    ChartError::Draw(error.to_string())
}

fn stroke(color: RGBAColor, width: f64) -> ShapeStyle {
    ShapeStyle { color, filled: false, stroke_width: whole(width).cast_unsigned() }
}

impl Canvas<'_> {
    /// The page's theme.
    pub(crate) fn theme(&self) -> Theme {
        self.theme
    }

    /// A line through points.
    pub(crate) fn line(&mut self, points: &[Point], color: RGBColor, width: f64) -> Drawn {
        let points: Vec<_> = points.iter().map(|point| at(*point)).collect();
        self.area
            .draw(&PathElement::new(points, stroke(color.to_rgba(), width)))
            .map_err(draw_error)
    }

    /// A line through points, solid or not.
    pub(crate) fn path(
        &mut self,
        points: &[Point],
        color: RGBColor,
        width: f64,
        dash: Dash,
    ) -> Drawn {
        let (on, off) = match dash {
            Dash::Solid => return self.line(points, color, width),
            Dash::Dashed => (6.0, 4.0),
            Dash::Dotted => (1.8, 3.2),
        };
        for piece in dashes(points, on, off) {
            self.line(&piece, color, width)?;
        }
        Ok(())
    }

    /// A filled box.
    pub(crate) fn fill(&mut self, from: Point, to: Point, color: RGBColor, opacity: f64) -> Drawn {
        let style = color.mix(opacity).filled();
        self.area.draw(&Rectangle::new([at(from), at(to)], style)).map_err(draw_error)
    }

    /// The outline of a box.
    pub(crate) fn outline(&mut self, from: Point, to: Point, color: RGBColor) -> Drawn {
        let corners = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.line(&corners, color, 1.0)
    }

    /// A filled polygon.
    pub(crate) fn polygon(&mut self, corners: &[Point], color: RGBColor, opacity: f64) -> Drawn {
        let corners: Vec<_> = corners.iter().map(|corner| at(*corner)).collect();
        self.area.draw(&Polygon::new(corners, color.mix(opacity).filled())).map_err(draw_error)
    }

    /// A filled circle.
    pub(crate) fn disc(&mut self, place: Point, radius: f64, color: RGBColor) -> Drawn {
        self.area.draw(&Circle::new(at(place), whole(radius), color.filled())).map_err(draw_error)
    }

    /// A text; `y` is the middle of its height, `size` that of its em.
    pub(crate) fn text(
        &mut self,
        text: &str,
        place: Point,
        align: Align,
        size: f64,
        color: RGBColor,
    ) -> Drawn {
        self.styled_text(text, place, align, size, color, FontStyle::Normal)
    }

    /// A text in bold.
    pub(crate) fn bold(
        &mut self,
        text: &str,
        place: Point,
        align: Align,
        size: f64,
        color: RGBColor,
    ) -> Drawn {
        self.styled_text(text, place, align, size, color, FontStyle::Bold)
    }

    fn styled_text(
        &mut self,
        text: &str,
        place: Point,
        align: Align,
        size: f64,
        color: RGBColor,
        style: FontStyle,
    ) -> Drawn {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = (FONT, size * SCALE * PLOTTERS_EM, style)
            .into_font()
            .color(&color)
            .pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), at(place), style)).map_err(draw_error)
    }
}

/// The pieces of a line that are drawn when it is drawn in dashes.
fn dashes(points: &[Point], on: f64, off: f64) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let length = (to.0 - from.0).hypot(to.1 - from.1);
            if length <= left {
                left -= length;
                if drawing {
                    piece.push(to);
                }
                break;
            }
            let share = left / length;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            piece.push(from);
            if drawing {
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![from];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_round_corners() {
        let corner = [(0.0, 0.0), (4.0, 0.0), (4.0, 8.0)];
        let expected = [vec![(0.0, 0.0), (4.0, 0.0), (4.0, 2.0)], vec![(4.0, 6.0), (4.0, 8.0)]];
        assert_eq!(dashes(&corner, 6.0, 4.0), expected);
        assert!(dashes(&[(1.0, 1.0)], 6.0, 4.0).is_empty());
    }
}
