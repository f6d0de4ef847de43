//! What charts are drawn on: 860 by 480 units, in which everything is given.

use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, PathElement, Polygon, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, IntoFont, RGBAColor, RGBColor, ShapeStyle, register_font};
use wire::Transport;

use super::Theme;

/// Width of every chart.
pub(crate) const WIDTH: f64 = 860.0;
/// Height of every chart.
pub(crate) const HEIGHT: f64 = 480.0;
/// Drawn this much larger, because plotters places things on whole units.
const SCALE: f64 = 4.0;

/// The name under which charts ask for their font; a browser puts its own behind it.
const FONT: &str = "sans-serif";

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

/// What charts are drawn on.
pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
    theme: Theme,
}

/// Draws a chart as SVG.
pub(crate) fn svg(
    theme: Theme,
    draw: impl Fn(&mut Canvas<'_>) -> Result<(), ChartError>,
) -> Result<String, ChartError> {
    register_fonts()?;
    let mut svg = String::new();
    let size = (whole(WIDTH).cast_unsigned(), whole(HEIGHT).cast_unsigned());
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&theme.background()).map_err(draw_error)?;
        let mut canvas = Canvas { area, theme };
        draw(&mut canvas)?;
        canvas.area.present().map_err(draw_error)?;
    }
    // Shown at its own size, with the finer coordinates inside.
    let drawn = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    Ok(svg.replacen(&drawn, &format!("width=\"{WIDTH}\" height=\"{HEIGHT}\""), 1))
}

fn register_fonts() -> Result<(), ChartError> {
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
    pub(crate) fn line(
        &mut self,
        points: &[Point],
        color: RGBColor,
        width: f64,
    ) -> Result<(), ChartError> {
        let points: Vec<_> = points.iter().map(|point| at(*point)).collect();
        self.area
            .draw(&PathElement::new(points, stroke(color.to_rgba(), width)))
            .map_err(draw_error)
    }

    /// A line of dashes between two points.
    pub(crate) fn dashes(
        &mut self,
        from: Point,
        to: Point,
        color: RGBColor,
    ) -> Result<(), ChartError> {
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let along = |far: f64| {
            let share = (far / length).min(1.0);
            (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
        };
        let mut far = 0.0;
        while far < length {
            self.line(&[along(far), along(far + 6.0)], color, 1.5)?;
            far += 10.0;
        }
        Ok(())
    }

    /// A filled box.
    pub(crate) fn fill(
        &mut self,
        from: Point,
        to: Point,
        color: RGBColor,
        opacity: f64,
    ) -> Result<(), ChartError> {
        let style = color.mix(opacity).filled();
        self.area.draw(&Rectangle::new([at(from), at(to)], style)).map_err(draw_error)
    }

    /// A text; `y` is the middle of its height.
    pub(crate) fn text(
        &mut self,
        text: &str,
        place: Point,
        align: Align,
        size: f64,
        color: RGBColor,
    ) -> Result<(), ChartError> {
        self.styled_text(text, place, align, size, color, FontStyle::Normal)
    }

    fn styled_text(
        &mut self,
        text: &str,
        place: Point,
        align: Align,
        size: f64,
        color: RGBColor,
        style: FontStyle,
    ) -> Result<(), ChartError> {
        let horizontal = match align {
            Align::Left => HPos::Left,
            Align::Middle => HPos::Center,
            Align::Right => HPos::Right,
        };
        let style = (FONT, size * SCALE)
            .into_font()
            .style(style)
            .color(&color)
            .pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text.to_owned(), at(place), style)).map_err(draw_error)
    }

    /// The chart's title and, below it, what is drawn.
    pub(crate) fn title(&mut self, title: &str, subtitle: &str) -> Result<(), ChartError> {
        let (text, muted) = (self.theme.text(), self.theme.muted());
        self.styled_text(title, (24.0, 26.0), Align::Left, 17.0, text, FontStyle::Bold)?;
        self.text(subtitle, (24.0, 48.0), Align::Left, 12.0, muted)
    }

    /// A transport's marker: a shape of its own, so that colour is not the only difference. A
    /// hollow one is drawn as an outline.
    pub(crate) fn marker(
        &mut self,
        transport: Transport,
        (x, y): Point,
        radius: f64,
        hollow: bool,
    ) -> Result<(), ChartError> {
        let color = self.theme.of(transport);
        let halo = self.theme.background();
        if transport == Transport::SyncInvoke {
            self.disc((x, y), radius + 1.5, halo)?;
            self.disc((x, y), radius, color)?;
            return if hollow { self.disc((x, y), radius - 2.0, halo) } else { Ok(()) };
        }
        self.shape(transport, (x, y), radius + 1.8, halo)?;
        self.shape(transport, (x, y), radius, color)?;
        if hollow { self.shape(transport, (x, y), radius - 2.4, halo) } else { Ok(()) }
    }

    fn disc(&mut self, place: Point, radius: f64, color: RGBColor) -> Result<(), ChartError> {
        self.area.draw(&Circle::new(at(place), whole(radius), color.filled())).map_err(draw_error)
    }

    fn shape(
        &mut self,
        transport: Transport,
        (x, y): Point,
        r: f64,
        color: RGBColor,
    ) -> Result<(), ChartError> {
        let corners: Vec<Point> = match transport {
            Transport::SyncInvoke | Transport::AsyncInvoke => {
                let r = r * 0.9;
                vec![(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]
            }
            Transport::Sns => {
                let r = r * 1.15;
                vec![(x, y - r), (x + r, y + r * 0.85), (x - r, y + r * 0.85)]
            }
            Transport::Sqs => {
                let (r, t) = (r * 1.15, r * 0.45);
                vec![
                    (x - t, y - r),
                    (x + t, y - r),
                    (x + t, y - t),
                    (x + r, y - t),
                    (x + r, y + t),
                    (x + t, y + t),
                    (x + t, y + r),
                    (x - t, y + r),
                    (x - t, y + t),
                    (x - r, y + t),
                    (x - r, y - t),
                    (x - t, y - t),
                ]
            }
            Transport::Kinesis => {
                let r = r * 1.2;
                vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
            }
        };
        let corners: Vec<_> = corners.into_iter().map(at).collect();
        self.area.draw(&Polygon::new(corners, color.filled())).map_err(draw_error)
    }

    /// A row that names each transport beside its marker.
    pub(crate) fn legend(&mut self, transports: &[Transport], y: f64) -> Result<(), ChartError> {
        let mut x = 30.0;
        for transport in transports {
            self.marker(*transport, (x, y), 5.0, false)?;
            let text = self.theme.text();
            self.text(transport.name(), (x + 12.0, y), Align::Left, 12.0, text)?;
            x += 124.0;
        }
        Ok(())
    }
}
