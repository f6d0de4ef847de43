//! Where a message's time goes: a lane per transport on one axis of time since A's call began.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, SMALL, WIDTH};
use super::frame::{Frame, draw_x};
use super::heading::{Header, Symbol};
use super::input::{Axis, Heading};
use super::scale::{Scale, Side};
use super::units::Unit;
use super::{Chart, Dash, text};

/// A transport's lane. All figures are medians in nanoseconds; what a transport has not, or what
/// was not measured, is none.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRow {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// From A's call to its return.
    pub call: Option<f64>,
    /// From A's call to the service's own stamp.
    pub stamp: Option<f64>,
    /// From A's call to B's handler.
    pub handoff: Option<f64>,
    /// How long B works.
    pub receiver: Option<f64>,
    /// From the end of B's work to the return of A's call, where that waits for B.
    pub way_back: Option<f64>,
}

/// A chart of stages.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages {
    /// Its name and title.
    pub heading: Heading,
    /// The lanes.
    pub rows: Vec<StageRow>,
}

const LEFT: f64 = MARGIN + 122.0;
const RIGHT: f64 = WIDTH - MARGIN - 10.0;
const LANE: f64 = 56.0;
/// Of the lane's top: the figures, A's track, and the message's.
const FIGURES: f64 = 12.0;
const CALL: f64 = 27.0;
const MESSAGE: f64 = 42.0;
/// Half the height of A's track, and of B's work on the message's.
const HALF: f64 = 3.5;

impl StageRow {
    /// When B's work ends: medians of two stages that follow each other.
    fn done(&self) -> Option<f64> {
        Some(self.handoff? + self.receiver?.max(0.0))
    }

    fn moments(&self) -> impl Iterator<Item = f64> + use<> {
        [self.call, self.stamp, self.handoff, self.done()].into_iter().flatten()
    }

    fn cleaned(&self) -> Self {
        let finite = |value: Option<f64>| value.filter(|ns| ns.is_finite());
        Self {
            transport: self.transport,
            call: finite(self.call),
            stamp: finite(self.stamp),
            handoff: finite(self.handoff),
            receiver: finite(self.receiver),
            way_back: finite(self.way_back),
        }
    }

    /// `B has it after 690 µs, works 2.00 µs`.
    fn figures(&self) -> String {
        let parts = [
            ("A's call", self.call),
            ("to the service's stamp", self.stamp),
            ("to B", self.handoff),
            ("B works", self.receiver),
            ("from B's end back to A", self.way_back),
        ];
        let parts = parts
            .into_iter()
            .filter_map(|(name, ns)| Some(format!("{name} {}", Unit::Duration.value(ns?))));
        parts.collect::<Vec<_>>().join(" · ")
    }
}

/// Draws stages; none without a moment after A's call.
///
/// # Errors
/// When it cannot be drawn.
pub fn stages(input: &Stages) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let rows: Vec<StageRow> = input.rows.iter().map(StageRow::cleaned).collect();
    let rows: Vec<StageRow> =
        rows.into_iter().filter(|row| row.moments().any(|ns| ns > 0.0)).collect();
    // From a whole decade to a whole decade, so that pictures of several runs are alike.
    let moments = || rows.iter().flat_map(StageRow::moments);
    let decade = |ns: f64, round: fn(f64) -> f64| 10f64.powf(round(ns.log10()));
    let positive = || moments().filter(|ns| *ns > 0.0);
    let least = positive().map(|ns| decade(ns, f64::floor)).fold(f64::INFINITY, f64::min);
    let most = positive().map(|ns| decade(ns, f64::ceil)).fold(0.0, f64::max);
    let axis = Axis::log("time since A's call began", Unit::Duration);
    let values = moments().chain([least, most]);
    let Some(scale) = Scale::over(&axis, values, LEFT, RIGHT) else { return Ok(None) };
    let Some(first) = rows.first() else { return Ok(None) };
    let mut legend = vec![
        (Symbol::Bar, "A's call, to its return".to_owned()),
        (Symbol::Marker(first.transport, false), "B has the message".to_owned()),
        (Symbol::Shade(0.35), "B works".to_owned()),
    ];
    if rows.iter().any(|row| row.stamp.is_some()) {
        legend.push((Symbol::Tick, "the service's stamp".to_owned()));
    }
    if rows.iter().any(|row| row.way_back.is_some()) {
        legend.push((Symbol::Line(Dash::Dotted), "the way back to A".to_owned()));
    }
    let header = Header::new(&input.heading, &legend);
    let top = header.bottom() + 8.0;
    #[expect(clippy::cast_precision_loss, reason = "a handful of lanes")]
    let bottom = top + LANE * rows.len() as f64;
    let frame = Frame { left: LEFT, right: RIGHT, top, bottom };
    Chart::draw_sized(&input.heading.name, alternative_text(&rows), bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        draw_x(canvas, &scale, frame, true)?;
        let title = text::fit(&axis.label(), BODY, false, RIGHT - LEFT);
        let place = (f64::midpoint(LEFT, RIGHT), bottom + 36.0);
        canvas.text(&title, place, Align::Middle, BODY, canvas.theme().muted())?;
        let mut y = top;
        for row in &rows {
            draw_lane(canvas, row, &scale, y)?;
            y += LANE;
        }
        Ok(())
    })
    .map(Some)
}

fn draw_lane(canvas: &mut Canvas<'_>, row: &StageRow, scale: &Scale, top: f64) -> Drawn {
    let theme = canvas.theme();
    let color = theme.of(row.transport);
    let (call_y, message_y) = (top + CALL, top + MESSAGE);
    for tick in scale.ticks(Side::Bottom, BODY) {
        let ends = [(tick.place, top + FIGURES + 8.0), (tick.place, top + LANE - 4.0)];
        canvas.line(&ends, theme.grid(), 1.0)?;
    }
    let middle = f64::midpoint(call_y, message_y);
    canvas.marker(row.transport, (MARGIN + 6.0, middle), 5.0, false)?;
    let name = row.transport.name();
    canvas.text(name, (MARGIN + 20.0, middle), Align::Left, BODY, theme.text())?;
    let figures = text::fit(&row.figures(), SMALL, false, WIDTH - MARGIN - LEFT);
    canvas.text(&figures, (LEFT, top + FIGURES), Align::Left, SMALL, theme.text())?;
    if let Some(call) = row.call {
        let end = scale.place(call);
        let shade = theme.tint(row.transport, 0.55);
        canvas.fill((LEFT, call_y - HALF), (end, call_y + HALF), shade, 1.0)?;
        canvas.line(&[(end, call_y - HALF - 2.0), (end, call_y + HALF + 2.0)], color, 2.0)?;
    }
    let Some(handoff) = row.handoff else { return Ok(()) };
    let has = scale.place(handoff);
    canvas.line(&[(LEFT, message_y), (has, message_y)], color, 2.0)?;
    if let Some(stamp) = row.stamp {
        let x = scale.place(stamp);
        canvas.line(&[(x, message_y - 6.0), (x, message_y + 6.0)], theme.muted(), 2.0)?;
    }
    if let Some(done) = row.done().map(|done| scale.place(done)) {
        let (from, to) = ((has, message_y - HALF), (done, message_y + HALF));
        canvas.fill(from, to, theme.tint(row.transport, 0.35), 1.0)?;
        canvas.outline(from, to, color)?;
        if let Some(end) = row.call.filter(|_| row.way_back.is_some()) {
            let way =
                [(done, message_y), (scale.place(end), message_y), (scale.place(end), call_y)];
            canvas.path(&way, color, 2.0, Dash::Dotted)?;
        }
    }
    canvas.marker(row.transport, (has, message_y), 5.0, false)
}

fn alternative_text(rows: &[StageRow]) -> String {
    let rows = rows.iter().map(|row| format!("{}: {}", row.transport, row.figures()));
    format!("Stages of a message, since A's call began. {}", rows.collect::<Vec<_>>().join("; "))
}
