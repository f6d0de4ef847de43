//! Lines over an axis of a sweep, with their intervals: one panel, or several that share axes.

use super::canvas::{Align, BODY, Canvas, ChartError, Drawn, MARGIN, Point, SMALL, WIDTH};
use super::frame::{Axes, Frame, Grid, draw_panel_title};
use super::heading::{Header, Symbol};
use super::input::{Axis, Course, Dash, Dot, Heading, Limit, Reference, Series};
use super::scale::{Scale, label_room};
use super::{Chart, text};

/// How intervals are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// A translucent band along the line.
    Bands,
    /// A bar with ends at each point.
    Bars,
}

/// One panel of a chart of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// What is the same for all of its lines; empty where there is one panel.
    pub title: String,
    /// Its lines.
    pub series: Vec<Series>,
    /// The services' limits on its x axis.
    pub limits: Vec<Limit>,
    /// Lines to compare with.
    pub references: Vec<Reference>,
}

/// A chart of lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// Its name and title.
    pub heading: Heading,
    /// The axis of the sweep.
    pub x: Axis,
    /// The axis of what was measured.
    pub y: Axis,
    /// How intervals are drawn.
    pub spread: Spread,
    /// Its panels.
    pub panels: Vec<Panel>,
}

const LIMIT_ROW: f64 = 15.0;

/// Draws lines with their intervals; none without a point.
///
/// # Errors
/// When it cannot be drawn.
pub fn lines(input: &Lines) -> Result<Option<Chart>, ChartError> {
    super::canvas::register_fonts()?;
    let mut input = input.clone();
    for series in input.panels.iter_mut().flat_map(|panel| &mut panel.series) {
        series.dots.retain(|dot| dot.x.is_finite() && dot.y.is_finite());
        series.dots.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    let panels = &input.panels;
    let dots = || panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.dots);
    if dots().next().is_none() {
        return Ok(None);
    }
    let limits = panels.iter().flat_map(|panel| &panel.limits).map(|limit| limit.at);
    let courses = || panels.iter().flat_map(|panel| &panel.references).map(|line| line.course);
    let at = courses().filter_map(|c| if let Course::At(x) = c { Some(x) } else { None });
    let across = courses().filter_map(|c| if let Course::Across(y) = c { Some(y) } else { None });
    let x = Scale::over(&input.x, dots().map(|dot| dot.x).chain(limits).chain(at), 0.0, 1.0);
    let y = dots().flat_map(|dot| dot.y.all()).chain(across);
    // A scale's ticks depend on its length.
    let count = panels.len();
    let columns = Grid::columns_for(count);
    let height = match columns {
        1 => 330.0,
        2 => 210.0,
        _ => 170.0,
    };
    let y = Scale::over(&input.y, y, height, 0.0);
    let Some((x, y)) = x.zip(y) else { return Ok(None) };
    let header = Header::new(&input.heading, &legend(&input));
    let grid = layout(&input, &y, header.bottom(), columns, height);
    let chart = Drawing { input: &input, header, grid, x, y };
    Chart::draw_sized(
        &input.heading.name,
        chart.alternative_text(),
        chart.grid.area.bottom + 40.0,
        |canvas| chart.draw(canvas),
    )
    .map(Some)
}

fn legend(input: &Lines) -> Vec<(Symbol, String)> {
    let mut entries: Vec<(Symbol, String)> = Vec::new();
    let series = input
        .panels
        .iter()
        .flat_map(|panel| &panel.series)
        .map(|series| (Symbol::Series(series.transport, series.dash), series.label.clone()));
    let references = input.panels.iter().flat_map(|panel| &panel.references);
    let references = references.map(|line| (Symbol::Line(Dash::Dashed), line.label.clone()));
    for entry in series.chain(references) {
        if !entries.contains(&entry) {
            entries.push(entry);
        }
    }
    entries
}

#[expect(clippy::cast_precision_loss, reason = "a handful of panels")]
fn layout(input: &Lines, y: &Scale, top: f64, columns: usize, height: f64) -> Grid {
    let rows = input.panels.len().div_ceil(columns);
    let limit_rows = input.panels.iter().map(|panel| marks(&panel.limits).len()).max();
    let titles = input.panels.iter().any(|panel| !panel.title.is_empty());
    let above = 10.0 + if titles { 20.0 } else { 0.0 } + limit_rows.unwrap_or(0) as f64 * LIMIT_ROW;
    let below = 26.0;
    let top = top + 24.0;
    let area = Frame {
        left: MARGIN + label_room(y) + 10.0,
        top,
        right: WIDTH - MARGIN - 10.0,
        bottom: top + rows as f64 * (height + above + below),
    };
    Grid { columns, rows, area, gap: 36.0, above, below }
}

/// Limits at the same place are one mark, from the largest to the smallest.
fn marks(limits: &[Limit]) -> Vec<(f64, String)> {
    let mut groups: Vec<(f64, &str, Vec<&Limit>)> = Vec::new();
    for limit in limits.iter().filter(|limit| limit.at.is_finite()) {
        let same = |group: &&mut (f64, &str, Vec<&Limit>)| {
            group.0.total_cmp(&limit.at).is_eq() && group.1 == limit.label
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.2.push(limit),
            None => groups.push((limit.at, &limit.label, vec![limit])),
        }
    }
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    groups
        .into_iter()
        .map(|(at, label, limits)| {
            let mut names: Vec<&str> = limits.iter().map(|limit| limit.transport.name()).collect();
            names.dedup();
            (at, format!("{} {label}", names.join(", ")))
        })
        .collect()
}

struct Drawing<'a> {
    input: &'a Lines,
    header: Header,
    grid: Grid,
    x: Scale,
    y: Scale,
}

impl Drawing<'_> {
    fn draw(&self, canvas: &mut Canvas<'_>) -> Drawn {
        self.header.draw(canvas)?;
        let (theme, area) = (canvas.theme(), self.grid.area);
        let title = format!("↑ {}", self.input.y.label());
        let title = text::fit(&title, BODY, false, WIDTH - 2.0 * MARGIN);
        let place = (MARGIN, area.top - 8.0);
        canvas.text(&title, place, Align::Left, BODY, theme.muted())?;
        let title = text::fit(&self.input.x.label(), BODY, false, area.right - area.left);
        let place = (f64::midpoint(area.left, area.right), area.bottom + 18.0);
        canvas.text(&title, place, Align::Middle, BODY, theme.muted())?;
        for (index, panel) in self.input.panels.iter().enumerate() {
            self.draw_panel(canvas, index, panel)?;
        }
        Ok(())
    }

    fn draw_panel(&self, canvas: &mut Canvas<'_>, index: usize, panel: &Panel) -> Drawn {
        let frame = self.grid.frame(index);
        let mut axes = Axes::new(frame, &self.x, &self.y);
        axes.y_labels = index.is_multiple_of(self.grid.columns);
        axes.x_labels = index + self.grid.columns >= self.input.panels.len();
        axes.draw(canvas)?;
        if !panel.title.is_empty() {
            let y = frame.top - self.grid.above + 14.0;
            draw_panel_title(canvas, &panel.title, frame, y)?;
        }
        if panel.series.iter().all(|series| series.dots.is_empty()) {
            let (x, y) = (f64::midpoint(frame.left, frame.right), frame.top + 24.0);
            canvas.text("no data", (x, y), Align::Middle, BODY, canvas.theme().muted())?;
        }
        self.draw_limits(canvas, &axes, panel)?;
        for reference in &panel.references {
            axes.draw_reference(canvas, reference.course)?;
        }
        for series in &panel.series {
            self.draw_intervals(canvas, &axes, series)?;
        }
        for series in &panel.series {
            let color = canvas.theme().of(series.transport);
            let points = series.dots.iter().map(|dot| axes.place(dot.x, dot.y.value));
            let points: Vec<Point> = points.collect();
            if points.len() > 1 {
                canvas.path(&points, color, 2.0, series.dash)?;
            }
        }
        let radius = if self.grid.columns > 2 { 3.6 } else { 4.5 };
        for series in &panel.series {
            for dot in &series.dots {
                let place = axes.place(dot.x, dot.y.value);
                canvas.series_marker(series.transport, place, radius, series.dash)?;
            }
        }
        Ok(())
    }

    fn draw_limits(&self, canvas: &mut Canvas<'_>, axes: &Axes, panel: &Panel) -> Drawn {
        let (theme, frame) = (canvas.theme(), axes.frame);
        let marks = marks(&panel.limits);
        #[expect(clippy::cast_precision_loss, reason = "a handful of limits")]
        let mut y = frame.top - marks.len() as f64 * LIMIT_ROW;
        for (at, label) in marks {
            let x = axes.x.place(at);
            let ends = [(x, y - 5.0), (x, frame.bottom)];
            canvas.path(&ends, theme.muted(), 1.0, Dash::Dotted)?;
            canvas.line(&[(x, y - 6.0), (x, y + 6.0)], theme.text(), 2.0)?;
            let label = format!("{label} {}", self.input.x.unit.tick(at));
            // Beside the tick where there is more room, so that no other limit's line crosses it.
            let left = x - frame.left >= frame.right - x;
            let room = if left { x - frame.left } else { frame.right - x } + 4.0;
            let label = text::fit(&label, SMALL, false, room);
            let wide = text::width(&label, SMALL, false);
            let (from, align, edge) = if left {
                (x - 6.0, Align::Right, x - 6.0 - wide)
            } else {
                (x + 6.0, Align::Left, x + 6.0)
            };
            let ground = ((edge - 1.0, y - 6.0), (edge + wide + 1.0, y + 6.0));
            canvas.fill(ground.0, ground.1, theme.background(), 1.0)?;
            canvas.text(&label, (from, y), align, SMALL, theme.muted())?;
            y += LIMIT_ROW;
        }
        Ok(())
    }

    fn draw_intervals(&self, canvas: &mut Canvas<'_>, axes: &Axes, series: &Series) -> Drawn {
        let color = canvas.theme().of(series.transport);
        let runs = series.dots.split(|dot| dot.y.interval().is_none());
        for run in runs.filter(|run| !run.is_empty()) {
            if self.input.spread == Spread::Bands && run.len() > 1 {
                let edge = |dot: &Dot, high: bool| {
                    let (least, most) = dot.y.interval().unwrap_or_default();
                    axes.place(dot.x, if high { most } else { least })
                };
                let mut corners: Vec<Point> = run.iter().map(|dot| edge(dot, true)).collect();
                corners.extend(run.iter().rev().map(|dot| edge(dot, false)));
                canvas.polygon(&corners, color, 0.16)?;
                continue;
            }
            for dot in run {
                let Some((low, high)) = dot.y.interval() else { continue };
                let (x, low, high) = (axes.x.place(dot.x), axes.y.place(low), axes.y.place(high));
                canvas.line(&[(x, low), (x, high)], color, 1.5)?;
                for y in [low, high] {
                    canvas.line(&[(x - 3.0, y), (x + 3.0, y)], color, 1.5)?;
                }
            }
        }
        Ok(())
    }

    fn alternative_text(&self) -> String {
        let input = self.input;
        let mut parts = vec![format!("{} over {}", input.y.title, input.x.title)];
        for panel in &input.panels {
            for series in &panel.series {
                let dots = series.dots.iter().map(|dot| {
                    format!("{}: {}", input.x.unit.tick(dot.x), dot.y.text(input.y.unit))
                });
                let dots = dots.collect::<Vec<_>>().join(", ");
                let title = match panel.title.as_str() {
                    "" => String::new(),
                    title => format!("{title}, "),
                };
                parts.push(format!("{title}{}: {dots}", series.label));
            }
            for (at, label) in marks(&panel.limits).into_iter().rev() {
                parts.push(format!("{label} {}", input.x.unit.tick(at)));
            }
        }
        for line in input.panels.iter().flat_map(|panel| &panel.references) {
            let of = match line.course {
                Course::Across(y) => input.y.unit.value(y),
                Course::At(x) => input.x.unit.value(x),
                Course::Line { slope, .. } => format!("slope {slope}"),
            };
            let text = format!("line to compare with: {} ({of})", line.label);
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        parts.join("; ")
    }
}
