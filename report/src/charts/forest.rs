//! What changed between two runs: the shift of each cell with its interval, around zero.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, Point, WIDTH};
use super::frame::{Frame, draw_x};
use super::heading::{Header, Symbol};
use super::input::{Axis, Heading, Measured};
use super::scale::{Scale, Side};
use super::units::Unit;
use super::{Chart, text};
use crate::document::count;

/// What is said of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The second run was faster.
    Faster,
    /// The second run was slower.
    Slower,
    /// As good as equal.
    Equivalent,
    /// Nothing can be said.
    Inconclusive,
}

impl Verdict {
    const fn is_difference(self) -> bool {
        matches!(self, Self::Faster | Self::Slower)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Faster => "faster",
            Self::Slower => "slower",
            Self::Equivalent => "equivalent",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub struct ForestRow {
    /// Its transport.
    pub transport: Transport,
    /// What else it is, such as `64 KiB, 16 senders`.
    pub label: String,
    /// The shift in percent, with its interval.
    pub shift: Measured,
    /// What is said of it.
    pub verdict: Verdict,
}

/// A chart of shifts.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// Its name and title.
    pub heading: Heading,
    /// The title of the axis, such as `shift of the median handoff`.
    pub axis: String,
    /// From where to where a shift counts as none, percent.
    pub margin: (f64, f64),
    /// The cells, those of one transport together.
    pub rows: Vec<ForestRow>,
}

/// A shift of so much or more is read as a multiple, not as a percentage.
pub(crate) const MOST_PERCENT: f64 = 1000.0;

const ROW: f64 = 17.0;
const VALUES: f64 = 156.0;
/// More rows than that nobody reads; the smallest shifts are then left out, and that is said.
const MOST: usize = 80;

/// Draws shifts; none without one.
///
/// # Errors
/// When it cannot be drawn.
pub fn forest(input: &Forest) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let finite: Vec<&ForestRow> = input.rows.iter().filter(|row| row.shift.is_finite()).collect();
    let rows = largest(&finite);
    if rows.is_empty() {
        return Ok(None);
    }
    let mut heading = input.heading.clone();
    if rows.len() < finite.len() {
        let said = format!("the {} largest shifts of {} cells", rows.len(), finite.len());
        heading.subtitle = format!("{} · {said}", heading.subtitle);
    }
    let verdicts = [Verdict::Faster, Verdict::Equivalent, Verdict::Inconclusive, Verdict::Slower];
    let mut legend: Vec<(Symbol, String)> = Vec::new();
    for verdict in verdicts {
        let count = finite.iter().filter(|row| row.verdict == verdict).count();
        legend.push((Symbol::Change(verdict), format!("{} ({count})", verdict.name())));
    }
    let (low, high) = input.margin;
    let margin = format!("margin of equivalence [{}, {}] %", signed(low), signed(high));
    legend.push((Symbol::Line(super::Dash::Dotted), margin));
    let header = Header::new(&heading, &legend);
    let labels = rows.iter().map(|row| text::width(&row.label, BODY, false)).fold(0.0, f64::max);
    let left = MARGIN + 100.0 + labels.min(210.0) + 24.0;
    let right = WIDTH - MARGIN - VALUES - 14.0;
    let reach = reach(&rows);
    let axis = Axis::linear(input.axis.clone(), Unit::Percent);
    let Some(scale) = Scale::over(&axis, [-reach, reach], left, right) else { return Ok(None) };
    let groups = rows.windows(2).filter(|pair| pair[0].transport != pair[1].transport).count();
    let top = header.bottom() + 12.0;
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let bottom = top + ROW * rows.len() as f64 + 8.0 * groups as f64 + 6.0;
    let frame = Frame { left, right, top, bottom };
    let text = alternative_text(input, &finite);
    Chart::draw_sized(&heading.name, text, bottom + 52.0, |canvas| {
        header.draw(canvas)?;
        draw_axis(canvas, &axis, frame, &scale)?;
        for edge in [low, high].into_iter().filter(|edge| scale.has(*edge)) {
            let x = scale.place(edge);
            let ends = [(x, frame.top), (x, frame.bottom)];
            canvas.path(&ends, canvas.theme().muted(), 1.0, super::Dash::Dotted)?;
        }
        let mut y = top + ROW / 2.0 + 2.0;
        let mut before = None;
        for row in &rows {
            if before.is_some_and(|before| before != row.transport) {
                y += 8.0;
            }
            let is_first = before != Some(row.transport);
            draw_row(canvas, row, is_first, &scale, (frame, y))?;
            before = Some(row.transport);
            y += ROW;
        }
        Ok(())
    })
    .map(Some)
}

/// The rows with the largest shifts, in their order.
fn largest<'a>(rows: &[&'a ForestRow]) -> Vec<&'a ForestRow> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let key = |index: &usize| {
        let row = rows[*index];
        (!row.verdict.is_difference(), -row.shift.value.abs())
    };
    order.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    order.truncate(MOST);
    order.sort_unstable();
    order.into_iter().map(|index| rows[index]).collect()
}

/// How far the axis goes to both sides: to the ends of most intervals. What lies beyond stands at
/// the edge with an arrow, so that one extreme does not hide the others.
fn reach(rows: &[&ForestRow]) -> f64 {
    let mut ends: Vec<f64> =
        rows.iter().map(|row| row.shift.all().map(f64::abs).fold(0.0, f64::max)).collect();
    ends.sort_by(f64::total_cmp);
    let largest = ends.last().copied().unwrap_or(1.0);
    let most = ends[(ends.len() - 1) * 9 / 10];
    let reach = if largest > 3.0 * most { most * 1.5 } else { largest };
    if reach > 0.0 { reach } else { 1.0 }
}

fn draw_axis(canvas: &mut Canvas<'_>, axis: &Axis, frame: Frame, scale: &Scale) -> Drawn {
    let theme = canvas.theme();
    for tick in scale.ticks(Side::Bottom, BODY) {
        let ends = [(tick.place, frame.top), (tick.place, frame.bottom)];
        canvas.line(&ends, theme.grid(), 1.0)?;
    }
    let zero = scale.place(0.0);
    canvas.line(&[(zero, frame.top), (zero, frame.bottom)], theme.text(), 1.5)?;
    draw_x(canvas, scale, frame, true)?;
    let title = format!("← faster · {} · slower →", axis.title);
    let title = text::fit(&title, BODY, false, WIDTH - 2.0 * MARGIN);
    let half = text::width(&title, BODY, false) / 2.0;
    let x = f64::midpoint(frame.left, frame.right).clamp(MARGIN + half, WIDTH - MARGIN - half);
    canvas.text(&title, (x, frame.bottom + 36.0), Align::Middle, BODY, theme.muted())
}

/// A percentage with its sign, without its unit.
fn signed(percent: f64) -> String {
    let shown =
        if percent.abs() >= 99.95 { format!("{percent:.0}") } else { format!("{percent:.1}") };
    if shown.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        return "0".to_owned();
    }
    match shown.strip_prefix('-') {
        Some(size) => format!("−{size}"),
        None => format!("+{shown}"),
    }
}

/// A shift with its interval; a large one as a multiple.
fn shift_text(shift: &Measured) -> String {
    if shift.value >= MOST_PERCENT {
        let times = |percent: f64| count(1.0 + percent / 100.0);
        return match shift.interval() {
            Some((low, high)) => {
                format!("×{} [{}, {}]", times(shift.value), times(low), times(high))
            }
            None => format!("×{}", times(shift.value)),
        };
    }
    match shift.interval() {
        Some((low, high)) => {
            format!("{} % [{}, {}]", signed(shift.value), signed(low), signed(high))
        }
        None => format!("{} %", signed(shift.value)),
    }
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    row: &ForestRow,
    is_first: bool,
    scale: &Scale,
    (frame, y): (Frame, f64),
) -> Drawn {
    let theme = canvas.theme();
    if is_first {
        canvas.marker(row.transport, (MARGIN + 5.0, y), 4.0, false)?;
        let name = row.transport.name();
        canvas.bold(name, (MARGIN + 15.0, y), Align::Left, BODY, theme.text())?;
    }
    let label = text::fit(&row.label, BODY, false, frame.left - MARGIN - 114.0);
    canvas.text(&label, (frame.left - 14.0, y), Align::Right, BODY, theme.text())?;
    let color = canvas.color_of(row.verdict);
    if let Some((low, high)) = row.shift.interval() {
        canvas.line(&[(scale.place(low), y), (scale.place(high), y)], color, 2.0)?;
        for (end, outwards) in [(low, -1.0), (high, 1.0)] {
            let x = scale.place(end);
            if scale.has(end) {
                canvas.line(&[(x, y - 3.0), (x, y + 3.0)], color, 1.5)?;
            } else {
                // It goes on beyond the axis.
                let corners = [(x + 6.0 * outwards, y), (x, y - 4.0), (x, y + 4.0)];
                canvas.polygon(&corners, color, 1.0)?;
            }
        }
    }
    let place = scale.place(row.shift.value);
    if !scale.has(row.shift.value) {
        // It lies beyond the axis.
        let outwards = row.shift.value.signum();
        let corners = [(10.0, 0.0), (4.0, -4.0), (4.0, 4.0)];
        canvas.polygon(&corners.map(|(dx, dy)| (place + dx * outwards, y + dy)), color, 1.0)?;
    }
    canvas.change(row.verdict, (place, y), 4.5)?;
    let value = text::fit(&shift_text(&row.shift), BODY, false, VALUES);
    canvas.text(&value, (WIDTH - MARGIN, y), Align::Right, BODY, theme.text())
}

impl Canvas<'_> {
    fn color_of(&self, verdict: Verdict) -> plotters::style::RGBColor {
        let theme = self.theme();
        match verdict {
            Verdict::Faster => theme.faster(),
            Verdict::Slower => theme.slower(),
            Verdict::Equivalent => theme.text(),
            Verdict::Inconclusive => theme.muted(),
        }
    }

    /// The mark of a verdict: a triangle to the side that it moved to, a disc, or a ring.
    pub(crate) fn change(&mut self, verdict: Verdict, (x, y): Point, radius: f64) -> Drawn {
        let (color, page) = (self.color_of(verdict), self.theme().background());
        let side = match verdict {
            Verdict::Equivalent => {
                self.disc((x, y), radius, page)?;
                return self.disc((x, y), radius - 1.2, color);
            }
            Verdict::Inconclusive => {
                self.disc((x, y), radius, color)?;
                return self.disc((x, y), radius - 1.8, page);
            }
            Verdict::Faster => -1.0,
            Verdict::Slower => 1.0,
        };
        let corners = |r: f64| {
            [(x + side * r * 1.25, y), (x - side * r, y - r * 1.1), (x - side * r, y + r * 1.1)]
        };
        self.polygon(&corners(radius + 1.0), page, 1.0)?;
        self.polygon(&corners(radius), color, 1.0)
    }
}

fn alternative_text(input: &Forest, rows: &[&ForestRow]) -> String {
    let rows = rows.iter().map(|row| {
        let label = match row.label.as_str() {
            "" => String::new(),
            label => format!(", {label}"),
        };
        format!("{}{label}: {}, {}", row.transport, shift_text(&row.shift), row.verdict.name())
    });
    format!("{}. {}", input.axis, rows.collect::<Vec<_>>().join("; "))
}
