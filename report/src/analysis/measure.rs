//! What is measured of a message.

/// What is measured of a message, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// How long A's call took: the put. A's monotonic clock.
    Operation,
    /// From A's call to B's handler. Two clocks.
    Handoff,
    /// From the intended time to B's handler. Two clocks.
    Response,
    /// From A's call to the service's own stamp, where the service has one. Two clocks.
    Service,
    /// From the service's own stamp, or where there is none from A's call, to B's handler. Two
    /// clocks.
    Delivery,
    /// From B's handler to the end of B's work. B's clock.
    Receiver,
    /// From the end of B's work to the end of A's call, where that waits for B: over `sync-invoke`.
    /// Two clocks.
    WayBack,
    /// From the intended time to A's call: how late A was. A's clock.
    Lateness,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 8] = [
        Self::Operation,
        Self::Handoff,
        Self::Response,
        Self::Service,
        Self::Delivery,
        Self::Receiver,
        Self::WayBack,
        Self::Lateness,
    ];

    /// Those that tables show of every cell.
    pub const MAIN: [Self; 3] = [Self::Operation, Self::Handoff, Self::Response];

    /// The stages of a message's way: `Service`, `Delivery`, `Receiver` and `WayBack` follow each
    /// other; `Operation` runs beside them.
    pub const STAGES: [Self; 5] =
        [Self::Operation, Self::Service, Self::Delivery, Self::Receiver, Self::WayBack];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation duration",
            Self::Handoff => "handoff",
            Self::Response => "response",
            Self::Service => "put to service",
            Self::Delivery => "delivery",
            Self::Receiver => "receiver",
            Self::WayBack => "way back",
            Self::Lateness => "lateness of A",
        }
    }

    /// Whether tables show it of every cell.
    #[must_use]
    pub fn is_main(self) -> bool {
        Self::MAIN.contains(&self)
    }

    pub(crate) const fn place(self) -> usize {
        self as usize
    }
}
