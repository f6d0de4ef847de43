//! The instruction set that a function was built for.

use crate::unknown_name::named;

/// The instruction set that a function was built for, as Lambda names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm (Graviton).
    Arm64,
}

impl Architecture {
    /// Every architecture.
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Arm64];

    /// The name used in data, options and documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

named!(Architecture, "architecture", "x86_64, arm64");
