//! What every chart is given: plain figures with their units, and the words around them.

use wire::Transport;

use super::units::Unit;

/// What a chart is called and what stands above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The name of its files, without theme and ending.
    pub name: String,
    /// The title, in bold.
    pub title: String,
    /// What is drawn, below the title; wrapped where it is long, may be empty.
    pub subtitle: String,
}

impl Heading {
    /// A heading of its three parts.
    pub fn new(
        name: impl Into<String>,
        title: impl Into<String>,
        subtitle: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), title: title.into(), subtitle: subtitle.into() }
    }
}

/// How an axis spreads its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// Equal differences are equal lengths; the axis begins at zero.
    Linear,
    /// Equal ratios are equal lengths; zero, where it occurs, stands apart at the edge.
    Logarithmic,
}

/// An axis: what it shows, in which unit, spread how.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is shown along it.
    pub title: String,
    /// The unit of its values.
    pub unit: Unit,
    /// How it spreads them.
    pub spacing: Spacing,
    /// Where its ticks should stand, as far as their labels have room; empty: at round values.
    pub ticks: Vec<f64>,
}

impl Axis {
    /// A linear axis with ticks at round values.
    pub fn linear(title: impl Into<String>, unit: Unit) -> Self {
        Self { title: title.into(), unit, spacing: Spacing::Linear, ticks: vec![] }
    }

    /// A logarithmic axis with ticks at round values.
    pub fn log(title: impl Into<String>, unit: Unit) -> Self {
        Self { title: title.into(), unit, spacing: Spacing::Logarithmic, ticks: vec![] }
    }

    /// The same axis with ticks at these values, such as those that an experiment visited.
    #[must_use]
    pub fn with_ticks(mut self, ticks: impl IntoIterator<Item = f64>) -> Self {
        self.ticks = ticks.into_iter().collect();
        self
    }

    /// The title as it is written beside the axis.
    pub(crate) fn label(&self) -> String {
        match self.spacing {
            Spacing::Linear => self.title.clone(),
            Spacing::Logarithmic => format!("{} (logarithmic)", self.title),
        }
    }
}

/// A figure with its confidence interval, where it has one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The figure.
    pub value: f64,
    /// Its interval, low and high.
    pub interval: Option<(f64, f64)>,
}

impl Measured {
    /// A figure with an interval or without.
    #[must_use]
    pub const fn new(value: f64, interval: Option<(f64, f64)>) -> Self {
        Self { value, interval }
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.value.is_finite()
    }

    /// The interval, if both of its ends are numbers.
    pub(crate) fn interval(&self) -> Option<(f64, f64)> {
        self.interval.filter(|(low, high)| low.is_finite() && high.is_finite())
    }

    /// The figure and the ends of its interval.
    pub(crate) fn all(&self) -> impl Iterator<Item = f64> + use<> {
        let (low, high) = self.interval().unzip();
        [Some(self.value), low, high].into_iter().flatten()
    }

    /// `1.20 ms [1.10 ms, 1.30 ms]`.
    pub(crate) fn text(&self, unit: Unit) -> String {
        match self.interval() {
            Some((low, high)) => {
                format!("{} [{}, {}]", unit.value(self.value), unit.value(low), unit.value(high))
            }
            None => unit.value(self.value),
        }
    }
}

/// A point of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Where on the x axis.
    pub x: f64,
    /// The figure on the y axis, with its interval.
    pub y: Measured,
}

impl Dot {
    /// A point with the interval of its y value.
    #[must_use]
    pub const fn new(x: f64, y: f64, interval: Option<(f64, f64)>) -> Self {
        Self { x, y: Measured::new(y, interval) }
    }
}

/// How a line is drawn, to tell series of one transport apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dash {
    /// A solid line with filled markers.
    Solid,
    /// A line of dashes with hollow markers.
    Dashed,
    /// A line of dots with small hollow markers.
    Dotted,
}

/// One line: a transport's points under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Whose colour and marker it has.
    pub transport: Transport,
    /// Its name in the legend.
    pub label: String,
    /// How it is drawn.
    pub dash: Dash,
    /// Its points, in any order.
    pub dots: Vec<Dot>,
}

/// A value that a service does not go beyond.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Whose limit it is.
    pub transport: Transport,
    /// Where on the x axis.
    pub at: f64,
    /// What kind of limit, such as `limit` or `opt-in limit`; the value is written behind it.
    pub label: String,
}

/// A line to compare with.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Its name in the legend.
    pub label: String,
    /// Its course.
    pub course: Course,
}

/// The course of a reference line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// The same y everywhere.
    Across(f64),
    /// The same x everywhere.
    At(f64),
    /// `y = intercept + slope · x`.
    Line {
        /// The y at x = 0.
        intercept: f64,
        /// The growth of y per x.
        slope: f64,
    },
}
