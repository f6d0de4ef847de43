//! Figures that others published, with this run's behind them.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, WIDTH};
use super::frame::{Frame, draw_x};
use super::heading::{Header, Symbol};
use super::input::{Axis, Dash, Heading};
use super::scale::{Scale, Side};
use super::{Chart, text};

/// This run's figures, nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnFigure {
    /// The median.
    pub p50: f64,
    /// The tenth percentile, where the sample carries it.
    pub p10: Option<f64>,
    /// The ninetieth percentile, where the sample carries it.
    pub p90: Option<f64>,
}

/// A published figure, nanoseconds: whichever of its parts its source states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PublishedFigure {
    /// Source and year.
    pub label: String,
    /// The tenth percentile.
    pub p10: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// The ninetieth percentile.
    pub p90: Option<f64>,
    /// The mean, of sources that state nothing else.
    pub mean: Option<f64>,
}

/// A transport's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedGroup {
    /// Whose they are.
    pub transport: Transport,
    /// This run's.
    pub own: Option<OwnFigure>,
    /// The others'.
    pub published: Vec<PublishedFigure>,
}

/// A chart of published figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// Its name and title.
    pub heading: Heading,
    /// What was measured.
    pub axis: Axis,
    /// The transports.
    pub groups: Vec<PublishedGroup>,
}

const ROW: f64 = 19.0;
const VALUES: f64 = 74.0;

impl PublishedFigure {
    fn values(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [("p10", self.p10), ("p50", self.p50), ("p90", self.p90), ("mean", self.mean)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| value.is_finite())?)))
    }
}

impl OwnFigure {
    fn values(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [("p10", self.p10), ("p50", Some(self.p50)), ("p90", self.p90)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| value.is_finite())?)))
    }
}

/// Draws published figures; none without a figure.
///
/// # Errors
/// When it cannot be drawn.
pub fn published(input: &Published) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let mut input = input.clone();
    for group in &mut input.groups {
        group.own = group.own.filter(|own| own.p50.is_finite());
        group.published.retain(|figure| figure.values().next().is_some());
    }
    input.groups.retain(|group| group.own.is_some() || !group.published.is_empty());
    let labels = input.groups.iter().flat_map(|group| &group.published);
    let labels = labels.map(|figure| text::width(&figure.label, BODY, false)).fold(0.0, f64::max);
    let (left, right) = (MARGIN + labels.clamp(110.0, 300.0) + 24.0, WIDTH - MARGIN - VALUES);
    let values = input.groups.iter().flat_map(|group| {
        let own = group.own.iter().flat_map(OwnFigure::values);
        let others = group.published.iter().flat_map(PublishedFigure::values);
        own.chain(others).map(|value| value.1).collect::<Vec<_>>()
    });
    let Some(scale) = Scale::over(&input.axis, values, left, right) else { return Ok(None) };
    let mut legend = Vec::new();
    if let Some(group) = input.groups.iter().find(|group| group.own.is_some()) {
        let label = "this run: median, p10 to p90 (and shaded)".to_owned();
        legend.push((Symbol::Series(group.transport, Dash::Solid), label));
    }
    legend.push((Symbol::Bar, "published: p10 to p90".to_owned()));
    legend.push((Symbol::Tick, "published median".to_owned()));
    let has_mean = |group: &PublishedGroup| group.published.iter().any(|f| f.mean.is_some());
    if input.groups.iter().any(has_mean) {
        legend.push((Symbol::Ring, "published mean".to_owned()));
    }
    let header = Header::new(&input.heading, &legend);
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let height = |group: &PublishedGroup| ROW * (1 + group.published.len()) as f64 + 8.0;
    let top = header.bottom() + 14.0;
    let bottom = top + input.groups.iter().map(height).sum::<f64>() + 2.0;
    let frame = Frame { left, right, top, bottom };
    let text = alternative_text(&input);
    Chart::draw_sized(&input.heading.name, text, bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        let theme = canvas.theme();
        for tick in scale.ticks(Side::Bottom, BODY) {
            canvas.line(&[(tick.place, top), (tick.place, bottom)], theme.grid(), 1.0)?;
        }
        draw_x(canvas, &scale, frame, true)?;
        let title = text::fit(&input.axis.label(), BODY, false, right - left);
        let place = (f64::midpoint(left, right), bottom + 36.0);
        canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
        let mut y = top + 6.0;
        for group in &input.groups {
            draw_group(canvas, &input, group, &scale, (frame, y, height(group) - 8.0))?;
            y += height(group);
        }
        Ok(())
    })
    .map(Some)
}

fn draw_group(
    canvas: &mut Canvas<'_>,
    input: &Published,
    group: &PublishedGroup,
    scale: &Scale,
    (frame, top, height): (Frame, f64, f64),
) -> Drawn {
    let theme = canvas.theme();
    let color = theme.of(group.transport);
    let mut y = top + ROW / 2.0;
    let value_at = WIDTH - MARGIN;
    let unit = input.axis.unit;
    if let Some(own) = group.own {
        let median = scale.place(own.p50);
        if let Some((p10, p90)) = own.p10.zip(own.p90) {
            let (low, high) = (scale.place(p10), scale.place(p90));
            canvas.fill((low, top), (high, top + height), color, 0.16)?;
            canvas.line(&[(low, y), (high, y)], color, 3.0)?;
        }
        canvas.line(&[(median, top), (median, top + height)], color, 1.0)?;
        canvas.marker(group.transport, (median, y), 5.0, false)?;
        canvas.text(&unit.value(own.p50), (value_at, y), Align::Right, BODY, theme.text())?;
    } else {
        canvas.text("–", (value_at, y), Align::Right, BODY, theme.muted())?;
    }
    let place = (frame.left - 14.0, y);
    canvas.bold(group.transport.name(), place, Align::Right, BODY, theme.text())?;
    for figure in &group.published {
        y += ROW;
        let label = text::fit(&figure.label, BODY, false, frame.left - MARGIN - 14.0);
        canvas.text(&label, (frame.left - 14.0, y), Align::Right, BODY, theme.muted())?;
        if let Some((p10, p90)) = figure.p10.zip(figure.p90) {
            canvas.line(&[(scale.place(p10), y), (scale.place(p90), y)], theme.muted(), 6.0)?;
        }
        if let Some(p50) = figure.p50 {
            let x = scale.place(p50);
            canvas.line(&[(x, y - 7.0), (x, y + 7.0)], theme.background(), 4.5)?;
            canvas.line(&[(x, y - 7.0), (x, y + 7.0)], theme.text(), 2.0)?;
        }
        if let Some(mean) = figure.mean {
            canvas.ring((scale.place(mean), y))?;
        }
        let shown = figure.p50.or(figure.mean).map_or("–".to_owned(), |value| unit.value(value));
        canvas.text(&shown, (value_at, y), Align::Right, BODY, theme.muted())?;
    }
    Ok(())
}

impl Canvas<'_> {
    /// The mark of a mean: a small ring.
    pub(crate) fn ring(&mut self, place: (f64, f64)) -> Drawn {
        let theme = self.theme();
        self.disc(place, 5.0, theme.muted())?;
        self.disc(place, 3.0, theme.background())
    }
}

fn alternative_text(input: &Published) -> String {
    let list = |values: &mut dyn Iterator<Item = (&'static str, f64)>| {
        let values = values.map(|(name, ns)| format!("{name} {}", input.axis.unit.value(ns)));
        values.collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for group in &input.groups {
        match &group.own {
            Some(own) => {
                parts.push(format!("{}, this run: {}", group.transport, list(&mut own.values())))
            }
            None => parts.push(format!("{}: not in this run", group.transport)),
        }
        for figure in &group.published {
            parts.push(format!(
                "{}, {}: {}",
                group.transport,
                figure.label,
                list(&mut figure.values())
            ));
        }
    }
    format!("{}. {}", input.axis.title, parts.join("; "))
}
