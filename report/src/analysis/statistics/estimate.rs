//! A figure with its interval.

/// A figure with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its interval, where the rounds allow one.
    pub interval: Option<(f64, f64)>,
    /// How many messages it rests on.
    pub n: usize,
}
