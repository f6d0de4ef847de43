//! Pictures of the data: SVG, drawn the same on every machine, and PNG made from it.
//!
//! Every chart exists twice, for light and for dark pages. A transport has one colour and one
//! marker everywhere. Fonts are embedded in the program; nothing is read from the system.

mod axis;
mod canvas;
mod cumulative;
mod headline;
mod histogram;
mod intervals;
mod png;
mod theme;

pub use canvas::ChartError;
pub use cumulative::cumulative;
pub use headline::headline;
pub use histogram::kinesis_handoffs;
pub use intervals::intervals;
pub use theme::Theme;

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
    /// Draws a chart in both themes.
    pub(crate) fn draw(
        name: &str,
        alternative_text: String,
        draw: impl Fn(&mut canvas::Canvas<'_>) -> Result<(), ChartError>,
    ) -> Result<Self, ChartError> {
        Ok(Self {
            name: name.to_owned(),
            alternative_text,
            light: canvas::svg(Theme::Light, &draw)?,
            dark: canvas::svg(Theme::Dark, &draw)?,
        })
    }

    /// The chart's files: their names and bytes.
    ///
    /// # Errors
    /// When the SVG cannot be rendered.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>, ChartError> {
        let mut files = Vec::new();
        for (theme, svg) in [("light", &self.light), ("dark", &self.dark)] {
            files.push((format!("{}-{theme}.svg", self.name), svg.clone().into_bytes()));
            files.push((format!("{}-{theme}.png", self.name), png::render(svg)?));
        }
        Ok(files)
    }
}
