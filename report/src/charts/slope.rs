//! How a duration grows with another, with the line that was fitted to it, per transport.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, WIDTH};
use super::frame::{Axes, Frame, draw_panel_title};
use super::heading::{Header, Symbol};
use super::input::{Axis, Course, Dash, Dot, Heading, Measured};
use super::scale::{Scale, label_room};
use super::units::Unit;
use super::{Chart, text};

/// A transport's points and the line through them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Whose they are.
    pub transport: Transport,
    /// The points.
    pub dots: Vec<Dot>,
    /// The line's y at x = 0.
    pub intercept: f64,
    /// The line's growth of y per x, with its interval; `None` where none was fitted.
    pub slope: Option<Measured>,
}

/// A chart of slopes.
#[derive(Clone, Debug, PartialEq)]
pub struct Slopes {
    /// Its name and title.
    pub heading: Heading,
    /// What it grows with.
    pub x: Axis,
    /// What grows.
    pub y: Axis,
    /// The transports.
    pub fits: Vec<Fit>,
}

const HEIGHT: f64 = 300.0;
const LABEL: f64 = 17.0;
/// Below this share of the largest y, a transport's growth cannot be seen beside it.
const FLAT: f64 = 0.05;

/// Draws slopes. Transports that are flat beside others have a second panel, with a y axis of
/// their own. None without a point.
///
/// # Errors
/// When it cannot be drawn.
pub fn slopes(input: &Slopes) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let mut input = input.clone();
    for fit in &mut input.fits {
        fit.dots.retain(|dot| dot.x.is_finite() && dot.y.is_finite());
        fit.dots.sort_by(|a, b| a.x.total_cmp(&b.x));
        fit.slope = fit.slope.filter(|slope| slope.is_finite() && fit.intercept.is_finite());
    }
    input.fits.retain(|fit| !fit.dots.is_empty());
    let most = |fit: &Fit| fit.dots.iter().flat_map(|dot| dot.y.all()).fold(0.0, f64::max);
    let largest = input.fits.iter().map(most).fold(0.0, f64::max);
    let flat: Vec<&Fit> = input.fits.iter().filter(|fit| most(fit) < largest * FLAT).collect();
    let all: Vec<&Fit> = input.fits.iter().collect();
    let panels: Vec<&[&Fit]> = if flat.is_empty() { vec![&all] } else { vec![&all, &flat] };
    let xs = input.fits.iter().flat_map(|fit| &fit.dots).map(|dot| dot.x);
    let Some(x) = Scale::over(&input.x, xs, 0.0, 1.0) else { return Ok(None) };
    let ys: Option<Vec<Scale>> = panels
        .iter()
        .map(|fits| {
            let values = fits.iter().flat_map(|fit| &fit.dots).flat_map(|dot| dot.y.all());
            Scale::over(&input.y, values, HEIGHT, 0.0)
        })
        .collect();
    let Some(ys) = ys else { return Ok(None) };
    let mut legend: Vec<(Symbol, String)> = input
        .fits
        .iter()
        .map(|fit| (Symbol::Marker(fit.transport, false), fit.transport.name().to_owned()))
        .collect();
    legend.push((Symbol::Line(Dash::Dashed), "slope 1".to_owned()));
    let header = Header::new(&input.heading, &legend);
    let top = header.bottom() + 48.0;
    let draw = |canvas: &mut Canvas<'_>| {
        header.draw(canvas)?;
        let theme = canvas.theme();
        let title = text::fit(&format!("↑ {}", input.y.label()), BODY, false, WIDTH - 2.0 * MARGIN);
        canvas.text(&title, (MARGIN, header.bottom() + 14.0), Align::Left, BODY, theme.muted())?;
        let title = text::fit(&input.x.label(), BODY, false, WIDTH - 2.0 * MARGIN);
        let place = (WIDTH / 2.0, top + HEIGHT + 38.0);
        canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
        let mut left = MARGIN;
        #[expect(clippy::cast_precision_loss, reason = "one or two panels")]
        let width = (WIDTH - 2.0 * MARGIN - 24.0 * (panels.len() - 1) as f64) / panels.len() as f64;
        for (index, (fits, y)) in panels.iter().zip(&ys).enumerate() {
            let slot = Frame { left, top, right: left + width, bottom: top + HEIGHT };
            if panels.len() > 1 {
                let title = ["all", "the flat ones, y axis of their own"][index];
                draw_panel_title(canvas, title, slot, top - 16.0)?;
            }
            draw_panel(canvas, slot, fits, (&x, y), index == 0)?;
            left += width + 24.0;
        }
        Ok(())
    };
    let text = alternative_text(&input);
    Chart::draw_sized(&input.heading.name, text, top + HEIGHT + 54.0, draw).map(Some)
}

fn label(fit: &Fit) -> String {
    match fit.slope {
        Some(slope) => slope.text(Unit::Plain),
        None => "no slope".to_owned(),
    }
}

fn draw_panel(
    canvas: &mut Canvas<'_>,
    slot: Frame,
    fits: &[&Fit],
    (x, y): (&Scale, &Scale),
    with_slope_one: bool,
) -> Drawn {
    let labels: Vec<String> = fits.iter().map(|fit| label(fit)).collect();
    let room = labels.iter().map(|label| text::width(label, BODY, false)).fold(0.0, f64::max);
    let frame =
        Frame { left: slot.left + label_room(y) + 10.0, right: slot.right - room - 44.0, ..slot };
    let axes = Axes::new(frame, x, y);
    axes.draw(canvas)?;
    let theme = canvas.theme();
    for fit in fits {
        let color = theme.of(fit.transport);
        for dot in &fit.dots {
            let Some((low, high)) = dot.y.interval() else { continue };
            let x = axes.x.place(dot.x);
            canvas.line(&[(x, axes.y.place(low)), (x, axes.y.place(high))], color, 1.5)?;
        }
        if let (Some(slope), Some(first), Some(last)) =
            (fit.slope, fit.dots.first(), fit.dots.last())
        {
            let ends = (0..=100).map(|step| {
                let x = first.x + (last.x - first.x) * f64::from(step) / 100.0;
                axes.place(x, fit.intercept + slope.value * x)
            });
            canvas.line(&ends.collect::<Vec<_>>(), color, 2.0)?;
        }
    }
    // Over the lines: one of them is likely to hide it.
    if with_slope_one {
        axes.draw_reference(canvas, Course::Line { intercept: 0.0, slope: 1.0 })?;
    }
    for fit in fits {
        for dot in &fit.dots {
            canvas.marker(fit.transport, axes.place(dot.x, dot.y.value), 4.5, false)?;
        }
    }
    // Beside the ends of the lines, each with its marker; those that would touch step aside.
    let ends: Vec<(f64, f64)> = fits
        .iter()
        .map(|fit| fit.dots.last().map_or((0.0, 0.0), |dot| axes.place(dot.x, dot.y.value)))
        .collect();
    let wanted: Vec<f64> = ends.iter().map(|end| end.1).collect();
    let places = text::spread(&wanted, LABEL, frame.top - 4.0, frame.bottom + 2.0);
    for (((fit, label), end), y) in fits.iter().zip(&labels).zip(&ends).zip(places) {
        let x = frame.right + 24.0;
        let from = (end.0.max(frame.right) + 6.0, end.1);
        canvas.line(&[from, (x - 7.0, y)], theme.grid(), 1.0)?;
        canvas.marker(fit.transport, (x, y), 4.0, false)?;
        canvas.text(label, (x + 9.0, y), Align::Left, BODY, theme.text())?;
    }
    Ok(())
}

fn alternative_text(input: &Slopes) -> String {
    let mut parts = vec![format!("{} over {}", input.y.title, input.x.title)];
    for fit in &input.fits {
        let dots = fit
            .dots
            .iter()
            .map(|dot| format!("{}: {}", input.x.unit.tick(dot.x), dot.y.text(input.y.unit)));
        let dots = dots.collect::<Vec<_>>().join(", ");
        let slope = match fit.slope {
            Some(slope) => format!(
                "slope {}, {} at zero",
                slope.text(Unit::Plain),
                input.y.unit.value(fit.intercept)
            ),
            None => "no slope".to_owned(),
        };
        parts.push(format!("{}: {slope}; {dots}", fit.transport));
    }
    parts.join("; ")
}
