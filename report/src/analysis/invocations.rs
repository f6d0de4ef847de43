//! What the invocations of one side of a cell took and cost.

use store::Invocation;

/// The side of a handoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InvokedSide {
    /// A.
    Sender,
    /// B.
    Receiver,
}

impl InvokedSide {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Sender, Self::Receiver];

    /// Its name in data.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Receiver => "receiver",
        }
    }
}

/// The invocations of one side of a cell, from their REPORT lines; warm-up ones only in the cold
/// starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvocationFigures {
    /// Invocations.
    pub invocations: u64,
    /// Messages that they handled.
    pub messages: u64,
    /// What was billed for them, milliseconds.
    pub billed_ms: u64,
    /// How long they took, nanoseconds, all together.
    pub duration_ns: u64,
    /// Memory of the function, MiB.
    pub memory_mb: u32,
    /// The most that an invocation used, MiB, where it is known.
    pub max_memory_mb: Option<u32>,
    /// Init durations of cold starts in ascending order, nanoseconds; warm-up ones too.
    pub init_ns: Vec<u64>,
}

impl InvocationFigures {
    pub(crate) fn add(&mut self, one: &Invocation) {
        if let Some(ns) = one.init_ns {
            let place = self.init_ns.partition_point(|other| *other < ns);
            self.init_ns.insert(place, ns);
        }
        self.memory_mb = one.memory_mb;
        self.max_memory_mb = self.max_memory_mb.max(one.max_memory_mb);
        if one.warmup {
            return;
        }
        self.invocations += 1;
        self.messages += u64::from(one.messages);
        self.billed_ms += one.billed_ms;
        self.duration_ns += one.duration_ns;
    }

    /// What is billed for a message, milliseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ms are 285,000 years")]
    pub fn billed_ms_per_message(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.billed_ms as f64 / self.messages as f64)
    }

    /// Invocations for a message: below 1 where an invocation takes a batch.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 invocations")]
    pub fn per_message(&self) -> Option<f64> {
        (self.messages > 0).then(|| self.invocations as f64 / self.messages as f64)
    }
}
