//! What became of a message.

use crate::unknown_name::named;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It arrived once.
    Delivered,
    /// It arrived more than once; the first delivery is kept, the others are counted.
    Duplicated,
    /// The service took it and it never arrived.
    Lost,
    /// The service refused it, or the call did not get through.
    Rejected,
    /// It arrived and B raised an error.
    Failed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 5] =
        [Self::Delivered, Self::Duplicated, Self::Lost, Self::Rejected, Self::Failed];

    /// The name used in data, options and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Duplicated => "duplicated",
            Self::Lost => "lost",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

named!(Outcome, "outcome", "delivered, duplicated, lost, rejected, failed");
