//! How long Kinesis handoffs took, and what a poll at a fixed interval would make of them.

use wire::Transport;

use super::Chart;
use super::canvas::{Align, Canvas, ChartError, HEIGHT, WIDTH};
use crate::analysis::{Baseline, Measure, OrderStatistics};
use crate::document::duration;

const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 34.0;
const TOP: f64 = 84.0;
const BOTTOM: f64 = HEIGHT - 62.0;

/// The histogram of Kinesis handoffs at the shortest receiver duration; none without values.
/// `poll_interval_ns` is the event source mapping's, where the backend states it.
///
/// # Errors
/// When it cannot be drawn.
pub fn kinesis_handoffs(
    baseline: &Baseline<'_>,
    poll_interval_ns: Option<f64>,
) -> Result<Option<Chart>, ChartError> {
    let receiver_ms = baseline.shortest();
    let figures = baseline.measure(Transport::Kinesis, receiver_ms, Measure::Handoff);
    let Some(sample) = figures.map(|figures| &figures.order) else { return Ok(None) };
    let Some(bins) = Bins::of(sample, poll_interval_ns) else { return Ok(None) };
    let text = format!(
        "Histogram of {} Kinesis handoffs with a receiver of {receiver_ms} ms, from {} to {}",
        sample.n,
        duration(sample.smallest().unwrap_or_default()),
        duration(sample.largest().unwrap_or_default()),
    );
    Chart::draw("kinesis-handoff", text, |canvas| draw(canvas, &bins, receiver_ms)).map(Some)
}

struct Bins {
    /// Nanoseconds.
    width: f64,
    counts: Vec<f64>,
    n: usize,
    poll_interval_ns: Option<f64>,
}

impl Bins {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "fewer than a hundred bins, fewer than 2^53 values"
    )]
    fn of(sample: &OrderStatistics, poll_interval_ns: Option<f64>) -> Option<Self> {
        let largest = sample.largest()?;
        let range = largest.max(poll_interval_ns.unwrap_or(0.0)).max(1.0);
        // About twenty bars, as wide as a round number.
        let rough = range / 20.0;
        let decade = 10f64.powf(rough.log10().floor());
        let factor = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|f| f * decade >= rough)?;
        let width = factor * decade;
        let bars = (range / width).ceil().max(1.0) as usize;
        let mut counts = vec![0.0; bars];
        let each = sample.n as f64 / sample.values().len() as f64;
        for value in sample.values() {
            // A negative handoff stands in the first bar; the report counts them elsewhere.
            let bar = ((value / width).floor().max(0.0) as usize).min(bars - 1);
            counts[bar] += each;
        }
        Some(Self { width, counts, n: sample.n, poll_interval_ns })
    }

    #[expect(clippy::cast_precision_loss, reason = "fewer than a hundred bins")]
    fn range(&self) -> f64 {
        self.width * self.counts.len() as f64
    }

    /// Messages that a uniform wait of 0 to one poll interval puts into a bar.
    #[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
    fn expected(&self) -> Option<f64> {
        Some(self.n as f64 * self.width / self.poll_interval_ns?)
    }
}

fn draw(canvas: &mut Canvas<'_>, bins: &Bins, receiver_ms: u32) -> Result<(), ChartError> {
    let theme = canvas.theme();
    let subtitle = match bins.poll_interval_ns {
        Some(interval) => format!(
            "{} messages, receiver {receiver_ms} ms · dashed: a uniform wait of 0 to one poll \
             interval ({})",
            bins.n,
            duration(interval)
        ),
        None => format!("{} messages, receiver {receiver_ms} ms", bins.n),
    };
    canvas.title("Kinesis: how long the handoff took", &subtitle)?;
    let most = bins.counts.iter().copied().fold(1.0, f64::max);
    let most = most.max(bins.expected().unwrap_or(0.0) * 1.1);
    let step = tick_step(most);
    let top = (most / step).ceil() * step;
    let height = |count: f64| BOTTOM - count / top * (BOTTOM - TOP);
    let place = |ns: f64| LEFT + ns / bins.range() * (RIGHT - LEFT);
    let mut count = 0.0;
    while count <= top + step / 2.0 {
        let y = height(count);
        canvas.line(&[(LEFT, y), (RIGHT, y)], theme.grid(), 1.0)?;
        canvas.text(&count.to_string(), (LEFT - 10.0, y), Align::Right, 12.0, theme.text())?;
        count += step;
    }
    let color = theme.of(Transport::Kinesis);
    let mut from = 0.0;
    for count in &bins.counts {
        let to = from + bins.width;
        let box_from = (place(from) + 1.0, height(*count));
        canvas.fill(box_from, (place(to) - 1.0, BOTTOM), color, 1.0)?;
        from = to;
    }
    canvas.line(&[(LEFT, BOTTOM), (RIGHT, BOTTOM)], theme.muted(), 1.0)?;
    let step = tick_step(bins.range());
    let mut tick = 0.0;
    while tick <= bins.range() * 1.0001 {
        let label = if tick == 0.0 { "0".to_owned() } else { duration_label(tick) };
        canvas.text(&label, (place(tick), BOTTOM + 16.0), Align::Middle, 12.0, theme.text())?;
        tick += step;
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    canvas.text("handoff", (middle, BOTTOM + 40.0), Align::Middle, 12.0, theme.muted())?;
    canvas.text("messages", (LEFT - 46.0, TOP - 16.0), Align::Left, 12.0, theme.muted())?;
    if let Some((interval, expected)) = bins.poll_interval_ns.zip(bins.expected()) {
        let (y, end) = (height(expected), place(interval.min(bins.range())));
        canvas.dashes((LEFT, y), (end, y), theme.text())?;
        canvas.dashes((end, y), (end, BOTTOM), theme.text())?;
    }
    Ok(())
}

/// A round step that makes about five ticks.
fn tick_step(range: f64) -> f64 {
    let rough = range / 6.0;
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * decade >= rough).unwrap_or(10.0);
    (step * decade).max(if range < 1000.0 { 1.0 } else { 0.0 })
}

/// A round number of nanoseconds.
fn duration_label(ns: f64) -> String {
    let (value, unit) = match ns {
        ..1e6 => (ns / 1e3, "µs"),
        ..1e9 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    format!("{} {unit}", (value * 1000.0).round() / 1000.0)
}
