//! One of the two functions of a pair.

use crate::unknown_name::named;

/// One of the two functions of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Lambda A.
    Sender,
    /// Lambda B.
    Receiver,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sender, Self::Receiver];

    /// The name used in data, options and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
        }
    }
}

named!(Side, "side", "sender, receiver");
