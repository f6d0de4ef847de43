//! How often a duration was how long, and what a wait for a fixed interval would make of it.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, WIDTH};
use super::frame::{Axes, Frame};
use super::heading::{Header, Symbol};
use super::input::{Axis, Dash, Heading};
use super::scale::{Scale, label_room, round_step};
use super::units::Unit;
use super::{Chart, text};

/// A chart of how often a duration was how long.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram<'a> {
    /// Its name and title.
    pub heading: Heading,
    /// Whose colour it has.
    pub transport: Transport,
    /// What is counted, such as `handoff`.
    pub axis: String,
    /// The durations in nanoseconds, ascending.
    pub values: &'a [f64],
    /// A uniform wait of zero to this long, nanoseconds, is drawn to compare with.
    pub uniform_ns: Option<f64>,
}

const HEIGHT: f64 = 280.0;
/// About as many bars.
const BARS: f64 = 24.0;

/// Draws a histogram; none without values. A negative duration stands in the first bar.
///
/// # Errors
/// When it cannot be drawn.
pub fn histogram(input: &Histogram<'_>) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let Some(bins) = Bins::of(input) else { return Ok(None) };
    let counts = bins.counts.iter().map(|count| f64::from(*count));
    let expected = bins.expected().map(|count| count * 1.1);
    let count = Axis::linear("", Unit::Count);
    let x = Scale::over(&Axis::linear("", Unit::Duration), [bins.range()], 0.0, 1.0);
    let y = Scale::over(&count, counts.chain(expected), HEIGHT, 0.0);
    let Some((x, y)) = x.zip(y) else { return Ok(None) };
    let mut legend: Vec<(Symbol, String)> = vec![];
    if let Some(interval) = bins.uniform_ns {
        let label = format!("a uniform wait of 0 to {}", Unit::Duration.value(interval));
        legend.push((Symbol::Line(Dash::Dashed), label));
    }
    let header = Header::new(&input.heading, &legend);
    let top = header.bottom() + 30.0;
    let left = MARGIN + label_room(&y) + 10.0;
    let frame = Frame { left, top, right: WIDTH - MARGIN - 14.0, bottom: top + HEIGHT };
    let axes = Axes::new(frame, &x, &y);
    let text = bins.alternative_text(input);
    Chart::draw_sized(&input.heading.name, text, frame.bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        draw(canvas, input, &bins, &axes)
    })
    .map(Some)
}

struct Bins {
    /// Nanoseconds.
    width: f64,
    counts: Vec<u32>,
    n: usize,
    uniform_ns: Option<f64>,
}

impl Bins {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "fewer than a hundred bins"
    )]
    fn of(input: &Histogram<'_>) -> Option<Self> {
        let values: Vec<f64> = input.values.iter().copied().filter(|v| v.is_finite()).collect();
        let largest = values.iter().copied().reduce(f64::max)?;
        let uniform_ns = input.uniform_ns.filter(|ns| ns.is_finite() && *ns > 0.0);
        let range = largest.max(uniform_ns.unwrap_or(0.0)).max(1.0);
        let width = round_step(range, BARS, Unit::Duration);
        let bars = (range / width).ceil().max(1.0) as usize;
        let mut counts = vec![0; bars];
        for value in &values {
            let bar = ((value / width).floor().max(0.0) as usize).min(bars - 1);
            counts[bar] += 1;
        }
        Some(Self { width, counts, n: values.len(), uniform_ns })
    }

    #[expect(clippy::cast_precision_loss, reason = "fewer than a hundred bins")]
    fn range(&self) -> f64 {
        self.width * self.counts.len() as f64
    }

    /// Messages that a uniform wait puts into a bar.
    #[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
    fn expected(&self) -> Option<f64> {
        Some(self.n as f64 * self.width / self.uniform_ns?)
    }

    fn alternative_text(&self, input: &Histogram<'_>) -> String {
        let unit = Unit::Duration;
        let mut parts = vec![format!(
            "Histogram of {} values of the {}, over {} in bars of {}: {}",
            self.n,
            input.axis,
            input.transport,
            unit.tick(self.width),
            self.counts.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
        )];
        if let (Some(first), Some(last)) = (input.values.first(), input.values.last()) {
            parts.push(format!("from {} to {}", unit.value(*first), unit.value(*last)));
        }
        if let Some((interval, expected)) = self.uniform_ns.zip(self.expected()) {
            let interval = unit.value(interval);
            parts.push(format!(
                "a uniform wait of 0 to {interval} would put {expected:.1} into each bar"
            ));
        }
        parts.join("; ")
    }
}

fn draw(canvas: &mut Canvas<'_>, input: &Histogram<'_>, bins: &Bins, axes: &Axes) -> Drawn {
    let (theme, frame) = (canvas.theme(), axes.frame);
    axes.draw(canvas)?;
    let mut from = 0.0;
    for count in &bins.counts {
        let to = from + bins.width;
        let corner = (axes.x.place(from) + 1.0, axes.y.place(f64::from(*count)));
        let color = theme.of(input.transport);
        canvas.fill(corner, (axes.x.place(to) - 1.0, frame.bottom), color, 1.0)?;
        from = to;
    }
    canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], theme.muted(), 1.0)?;
    canvas.text("↑ messages", (MARGIN, frame.top - 16.0), Align::Left, BODY, theme.muted())?;
    let title = text::fit(&input.axis, BODY, false, frame.right - frame.left);
    let place = (f64::midpoint(frame.left, frame.right), frame.bottom + 36.0);
    canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
    if let Some((interval, expected)) = bins.uniform_ns.zip(bins.expected()) {
        let (y, end) = (axes.y.place(expected), axes.x.place(interval));
        let corners = [(frame.left, y), (end, y), (end, frame.bottom)];
        canvas.path(&corners, theme.text(), 1.5, Dash::Dashed)?;
    }
    Ok(())
}
