//! The values of one measure in one cell, each with the round it comes from.

use super::Message;

/// What is measured of a message, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// How long A's call took.
    Operation,
    /// From A's call to B's handler.
    Handoff,
    /// From the intended time to B's handler.
    Response,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 3] = [Self::Operation, Self::Handoff, Self::Response];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation duration",
            Self::Handoff => "handoff",
            Self::Response => "response",
        }
    }

    /// Its value for a message, where the message has one.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    pub fn of(self, message: &Message) -> Option<f64> {
        match self {
            Self::Operation => message.operation_ns.map(|ns| ns as f64),
            Self::Handoff => message.handoff_ns.map(|ns| ns as f64),
            Self::Response => message.response_ns.map(|ns| ns as f64),
        }
    }
}

/// Values in ascending order, each with its round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    values: Vec<f64>,
    rounds: Vec<u32>,
}

impl Sample {
    /// Orders pairs of a value and its round.
    #[must_use]
    pub fn new(mut pairs: Vec<(f64, u32)>) -> Self {
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let (values, rounds) = pairs.into_iter().unzip();
        Self { values, rounds }
    }

    /// The values in ascending order.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The round of each value.
    #[must_use]
    pub fn rounds(&self) -> &[u32] {
        &self.rounds
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The arithmetic mean, where there are values.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no sample has 2^53 values")]
    pub fn mean(&self) -> Option<f64> {
        (!self.is_empty()).then(|| self.values.iter().sum::<f64>() / self.len() as f64)
    }
}
