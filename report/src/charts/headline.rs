//! The post's two figures against each other: how long A's call takes, how long the handoff takes.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, WIDTH};
use super::frame::{Axes, Frame};
use super::heading::{Header, Symbol};
use super::input::{Axis, Heading};
use super::scale::{Scale, label_room};
use super::units::Unit;
use super::{Chart, text};

/// A median and the range around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The median.
    pub median: f64,
    /// The tenth and the ninetieth percentile, where the sample carries them.
    pub p10_p90: Option<(f64, f64)>,
}

impl Range {
    fn is_finite(&self) -> bool {
        self.median.is_finite()
    }

    fn ends(&self) -> Option<(f64, f64)> {
        self.p10_p90.filter(|(low, high)| low.is_finite() && high.is_finite())
    }

    fn all(&self) -> impl Iterator<Item = f64> + use<> {
        let (low, high) = self.ends().unzip();
        [Some(self.median), low, high].into_iter().flatten()
    }

    fn text(&self, unit: Unit) -> String {
        match self.ends() {
            Some((low, high)) => {
                format!("{} ({} to {})", unit.value(self.median), unit.value(low), unit.value(high))
            }
            None => unit.value(self.median),
        }
    }
}

/// A point with a range in both directions.
#[derive(Clone, Debug, PartialEq)]
pub struct Cross {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// What else it is, for the alternative text.
    pub label: String,
    /// Whether its marker is hollow.
    pub hollow: bool,
    /// Where on the x axis.
    pub x: Range,
    /// Where on the y axis.
    pub y: Range,
}

/// A chart of two figures against each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Crosses {
    /// Its name and title.
    pub heading: Heading,
    /// The first figure.
    pub x: Axis,
    /// The second figure.
    pub y: Axis,
    /// The points.
    pub crosses: Vec<Cross>,
}

const HEIGHT: f64 = 320.0;

/// Draws two figures against each other; none without a point.
///
/// # Errors
/// When it cannot be drawn.
pub fn crosses(input: &Crosses) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let crosses: Vec<&Cross> =
        input.crosses.iter().filter(|cross| cross.x.is_finite() && cross.y.is_finite()).collect();
    let x = Scale::over(&input.x, crosses.iter().flat_map(|cross| cross.x.all()), 0.0, 1.0);
    let y = Scale::over(&input.y, crosses.iter().flat_map(|cross| cross.y.all()), HEIGHT, 0.0);
    let Some((x, y)) = x.zip(y) else { return Ok(None) };
    let mut transports: Vec<Transport> = crosses.iter().map(|cross| cross.transport).collect();
    transports.sort();
    transports.dedup();
    let legend: Vec<(Symbol, String)> = transports
        .into_iter()
        .map(|transport| (Symbol::Marker(transport, false), transport.name().to_owned()))
        .collect();
    let header = Header::new(&input.heading, &legend);
    let top = header.bottom() + 32.0;
    let left = MARGIN + label_room(&y) + 10.0;
    let frame = Frame { left, top, right: WIDTH - MARGIN - 10.0, bottom: top + HEIGHT };
    let axes = Axes::new(frame, &x, &y);
    let text = crosses
        .iter()
        .map(|cross| {
            let label = match cross.label.as_str() {
                "" => String::new(),
                label => format!(", {label}"),
            };
            let (x, y) = (cross.x.text(input.x.unit), cross.y.text(input.y.unit));
            format!("{}{label}: {x}, {y}", cross.transport)
        })
        .collect::<Vec<_>>()
        .join("; ");
    let text = format!("Medians (and p10 to p90): {}, {}. {text}", input.x.title, input.y.title);
    Chart::draw_sized(&input.heading.name, text, frame.bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        draw(canvas, input, &crosses, &axes)
    })
    .map(Some)
}

fn draw(canvas: &mut Canvas<'_>, input: &Crosses, crosses: &[&Cross], axes: &Axes) -> Drawn {
    let (theme, frame) = (canvas.theme(), axes.frame);
    axes.draw(canvas)?;
    let title = text::fit(&format!("↑ {}", input.y.label()), BODY, false, WIDTH - 2.0 * MARGIN);
    canvas.text(&title, (MARGIN, frame.top - 16.0), Align::Left, BODY, theme.muted())?;
    let title = text::fit(&input.x.label(), BODY, false, frame.right - frame.left);
    let place = (f64::midpoint(frame.left, frame.right), frame.bottom + 36.0);
    canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
    for cross in crosses {
        let color = theme.of(cross.transport);
        let place = axes.place(cross.x.median, cross.y.median);
        if let Some((low, high)) = cross.x.ends() {
            let ends = [(axes.x.place(low), place.1), (axes.x.place(high), place.1)];
            canvas.line(&ends, color, 1.5)?;
        }
        if let Some((low, high)) = cross.y.ends() {
            let ends = [(place.0, axes.y.place(low)), (place.0, axes.y.place(high))];
            canvas.line(&ends, color, 1.5)?;
        }
    }
    for cross in crosses {
        let place = axes.place(cross.x.median, cross.y.median);
        canvas.marker(cross.transport, place, 6.5, cross.hollow)?;
    }
    Ok(())
}
