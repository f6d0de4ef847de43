//! Where a message's time goes: one stacked bar per transport, each on a scale of its own.

use wire::Transport;

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, SMALL, WIDTH};
use super::frame::{Frame, draw_x};
use super::heading::{Header, Symbol};
use super::input::{Axis, Heading};
use super::scale::Scale;
use super::units::Unit;
use super::{Chart, text};

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct StageRow {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// Its name.
    pub label: String,
    /// The duration of each stage, nanoseconds; `None` where the transport has no such stage.
    pub durations: Vec<Option<f64>>,
}

/// A chart of stages.
#[derive(Clone, Debug, PartialEq)]
pub struct Stages {
    /// Its name and title. That every bar has its own scale is said below it.
    pub heading: Heading,
    /// The names of the stages in their order, such as put, service, delivery, B.
    pub stages: Vec<String>,
    /// The bars.
    pub rows: Vec<StageRow>,
}

const RIGHT: f64 = WIDTH - 96.0;
const ROW: f64 = 78.0;
/// How much of the colour is left for the first, second, ... stage.
const TINTS: [f64; 6] = [1.0, 0.68, 0.44, 0.26, 0.14, 0.06];

fn tint(stage: usize) -> f64 {
    TINTS[stage.min(TINTS.len() - 1)]
}

/// Draws stages; none without a duration above zero. Stages below zero, as two clocks can make
/// them, have no length, and their figure says what they are.
///
/// # Errors
/// When it cannot be drawn.
pub fn stages(input: &Stages) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let rows: Vec<(&StageRow, f64)> = input
        .rows
        .iter()
        .map(|row| (row, lengths(row).iter().map(|stage| stage.1).sum()))
        .filter(|(_, total)| *total > 0.0)
        .collect();
    let Some(largest) = rows.iter().map(|row| row.1).max_by(f64::total_cmp) else {
        return Ok(None);
    };
    let mut legend: Vec<(Symbol, String)> = input
        .stages
        .iter()
        .enumerate()
        .map(|(index, name)| (Symbol::Shade(tint(index)), name.clone()))
        .collect();
    legend.push((
        Symbol::Line(super::Dash::Solid),
        "all of it, on one scale for all bars".to_owned(),
    ));
    let mut heading = input.heading.clone();
    let said = "each bar has its own linear scale";
    heading.subtitle = match heading.subtitle.as_str() {
        "" => said.to_owned(),
        subtitle => format!("{subtitle} · {said}"),
    };
    let header = Header::new(&heading, &legend);
    let names = rows.iter().map(|row| text::width(&row.0.label, BODY, false)).fold(0.0, f64::max);
    let left = MARGIN + 22.0 + names.min(170.0) + 16.0;
    #[expect(clippy::cast_precision_loss, reason = "a handful of bars")]
    let height = header.bottom() + ROW * rows.len() as f64 + 14.0;
    let text = alternative_text(input, &rows);
    Chart::draw_sized(&heading.name, text, height, |canvas| {
        header.draw(canvas)?;
        let mut top = header.bottom() + 12.0;
        for (row, total) in &rows {
            draw_row(canvas, input, row, *total, (left, top, *total / largest))?;
            top += ROW;
        }
        Ok(())
    })
    .map(Some)
}

/// The lengths of the stages that there are, with their index.
fn lengths(row: &StageRow) -> Vec<(usize, f64)> {
    let stages = row.durations.iter().enumerate();
    stages
        .filter_map(|(index, stage)| Some((index, stage.filter(|ns| ns.is_finite())?.max(0.0))))
        .collect()
}

fn figures(input: &Stages, row: &StageRow) -> Vec<String> {
    let named = input.stages.iter().zip(&row.durations);
    named
        .filter_map(|(name, ns)| {
            let ns = ns.filter(|ns| ns.is_finite())?;
            Some(format!("{name} {}", Unit::Duration.value(ns)))
        })
        .collect()
}

fn draw_row(
    canvas: &mut Canvas<'_>,
    input: &Stages,
    row: &StageRow,
    total: f64,
    (left, top, share): (f64, f64, f64),
) -> Drawn {
    let theme = canvas.theme();
    let (from, to) = (top + 18.0, top + 36.0);
    let frame = Frame { left, right: RIGHT, top, bottom: to + 8.0 };
    let axis = Axis::linear("", Unit::Duration);
    let Some(scale) = Scale::over(&axis, [total], left, RIGHT) else { return Ok(()) };
    let middle = f64::midpoint(from, to);
    canvas.marker(row.transport, (MARGIN + 6.0, middle), 5.0, false)?;
    let name = text::fit(&row.label, BODY, false, left - MARGIN - 38.0);
    canvas.text(&name, (MARGIN + 20.0, middle), Align::Left, BODY, theme.text())?;
    let figures = figures(input, row).join(" · ");
    let figures = text::fit(&figures, SMALL, false, WIDTH - MARGIN - left);
    canvas.text(&figures, (left, top + 8.0), Align::Left, SMALL, theme.muted())?;
    let mut before = 0.0;
    for (stage, ns) in lengths(row) {
        let (start, end) = (scale.place(before), scale.place(before + ns));
        canvas.fill((start, from), (end, to), theme.tint(row.transport, tint(stage)), 1.0)?;
        before += ns;
        if end - start > 1.5 {
            canvas.line(&[(end, from), (end, to)], theme.background(), 1.0)?;
        }
    }
    canvas.outline((left, from), (scale.place(total), to), theme.of(row.transport))?;
    let label = Unit::Duration.value(total);
    canvas.bold(&label, (WIDTH - MARGIN, middle), Align::Right, BODY, theme.text())?;
    // The same on the scale of the longest.
    let end = left + ((RIGHT - left) * share).max(1.0);
    canvas.line(&[(left, to + 4.0), (end, to + 4.0)], theme.muted(), 2.0)?;
    draw_x(canvas, &scale, frame, true)
}

fn alternative_text(input: &Stages, rows: &[(&StageRow, f64)]) -> String {
    let rows = rows.iter().map(|(row, total)| {
        let figures = figures(input, row).join(", ");
        format!("{}: {figures}, together {}", row.label, Unit::Duration.value(*total))
    });
    let names = input.stages.join(", ");
    format!("Stages of a message: {names}. {}", rows.collect::<Vec<_>>().join("; "))
}
