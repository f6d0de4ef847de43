//! When messages are sent.

use crate::unknown_name::named;

/// When messages are sent: closed loop, or open loop at a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arrival {
    /// Each message as soon as the call for the one before it has returned.
    Closed,
    /// At a rate, evenly spaced, whatever became of the messages before.
    Constant,
    /// At a rate, with exponentially distributed gaps, whatever became of the messages before.
    Poisson,
}

impl Arrival {
    /// Every kind of arrival.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Constant, Self::Poisson];

    /// The name used in data, options and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Constant => "constant",
            Self::Poisson => "poisson",
        }
    }
}

named!(Arrival, "arrival", "closed, constant, poisson");
