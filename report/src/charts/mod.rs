//! Pictures of the data: SVG, drawn the same on every machine, and PNG made from it.
//!
//! Every chart exists twice, for light and for dark pages. A transport has one colour and one
//! marker everywhere. Fonts are embedded in the program; nothing is read from the system.
//!
//! A chart is a function of plain figures (nanoseconds, bytes, counts) in a struct of its own. It
//! gives `None` where there is nothing to draw; figures that are not numbers are passed over. Its
//! alternative text has every figure that is drawn.

mod canvas;
mod cold;
mod cumulative;
mod distributions;
mod files;
mod forest;
mod frame;
mod heading;
mod headline;
mod heat_map;
mod histogram;
mod input;
mod lines;
mod marker;
mod open_loop;
mod png;
mod published;
mod scale;
mod slope;
mod stages;
mod text;
mod theme;
mod units;

pub use canvas::ChartError;
pub use cold::{Cold, ColdRow, ColdSide, cold};
pub use cumulative::{Shares, Sorted, shares};
pub use distributions::{Distribution, DistributionGroup, Distributions, distributions};
pub use files::files;
pub(crate) use forest::MOST_PERCENT;
pub use forest::{Forest, ForestRow, Verdict, forest};
pub use headline::{Cross, Crosses, Range, crosses};
pub use heat_map::{HeatCell, HeatMap, HeatPanel, heat_map};
pub use histogram::{Histogram, histogram};
pub use input::{Axis, Course, Dash, Dot, Heading, Limit, Measured, Reference, Series, Spacing};
pub use lines::{Lines, Panel, Spread, lines};
pub use open_loop::{OpenLoop, OpenLoopArm, RatePoint, open_loop};
pub use published::{OwnFigure, Published, PublishedFigure, PublishedGroup, published};
pub use slope::{Fit, Slopes, slopes};
pub use stages::{StageRow, Stages, stages};
pub use theme::Theme;
pub use units::Unit;

/// A finished chart in both themes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Its name, from which the files have theirs.
    pub name: String,
    /// What it shows, for who cannot see it.
    pub alternative_text: String,
    /// The chart for light pages, as SVG.
    pub light: String,
    /// The chart for dark pages, as SVG.
    pub dark: String,
}

impl Chart {
    /// Draws a chart of a height in both themes.
    pub(crate) fn draw_sized(
        name: &str,
        alternative_text: String,
        height: f64,
        draw: impl Fn(&mut canvas::Canvas<'_>) -> canvas::Drawn,
    ) -> Result<Self, ChartError> {
        Ok(Self {
            name: name.to_owned(),
            alternative_text,
            light: canvas::svg(Theme::Light, height, &draw)?,
            dark: canvas::svg(Theme::Dark, height, &draw)?,
        })
    }

    /// The chart's files: their names and bytes. [`files()`] makes those of many charts at once.
    ///
    /// # Errors
    /// When the SVG cannot be rendered.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>, ChartError> {
        files::files(std::slice::from_ref(self))
    }
}
