//! What a figure is a number of.

/// What a figure and its threshold are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Nanoseconds.
    Duration,
    /// A number without a unit: a ratio, a share, a slope.
    Ratio,
    /// Messages per second.
    Rate,
}
