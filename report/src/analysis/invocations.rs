//! What the invocations of one side of a cell took and cost.

use store::{InvocationColumns, Side};

/// Invocations with what was billed for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Billed {
    /// Invocations.
    pub invocations: u64,
    /// Messages that they sent or received.
    pub messages: u64,
    /// What was billed for them, milliseconds.
    pub billed_ms: u64,
}

impl std::ops::AddAssign for Billed {
    fn add_assign(&mut self, more: Self) {
        self.invocations += more.invocations;
        self.messages += more.messages;
        self.billed_ms += more.billed_ms;
    }
}

/// The invocations of one side of a cell, from their REPORT lines; those of warm-up messages are in
/// the cold starts and in `all` only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InvocationFigures {
    /// Invocations.
    pub invocations: u64,
    /// Messages that they sent or received.
    pub messages: u64,
    /// What was billed for them, milliseconds.
    pub billed_ms: u64,
    /// All of them, those of warm-up messages too: what the experiment is charged for.
    pub all: Billed,
    /// How long they took, nanoseconds, all together.
    pub duration_ns: u64,
    /// Memory of the function, MiB.
    pub memory_mb: u32,
    /// The most that an environment used, MiB, where it is known.
    pub max_memory_mb: Option<u32>,
    /// Init durations of cold starts, nanoseconds, in ascending order once all are in; warm-up ones
    /// too.
    pub init_ns: Vec<u64>,
}

impl InvocationFigures {
    /// The invocations of a side in one part; none where there were none.
    pub(crate) fn of(columns: &InvocationColumns, side: Side) -> Option<Self> {
        let mut figures = Self::default();
        let mut any = false;
        for row in (0..columns.side.len()).filter(|row| columns.side[*row] == side) {
            any = true;
            figures.init_ns.extend(columns.init_ns.get(row));
            figures.max_memory_mb = figures.max_memory_mb.max(columns.max_memory_mb.get(row));
            figures.memory_mb = figures.memory_mb.max(columns.memory_mb.get(row).unwrap_or(0));
            let billed = Billed {
                invocations: 1,
                messages: u64::from(columns.messages.get(row).unwrap_or(0)),
                billed_ms: columns.billed_ms.get(row).unwrap_or(0),
            };
            figures.all += billed;
            if columns.warmup[row] {
                continue;
            }
            figures.invocations += 1;
            figures.messages += billed.messages;
            figures.billed_ms += billed.billed_ms;
            figures.duration_ns += columns.duration_ns.get(row).unwrap_or(0);
        }
        any.then_some(figures)
    }

    pub(crate) fn add(&mut self, mut more: Self) {
        self.invocations += more.invocations;
        self.messages += more.messages;
        self.billed_ms += more.billed_ms;
        self.all += more.all;
        self.duration_ns += more.duration_ns;
        self.memory_mb = self.memory_mb.max(more.memory_mb);
        self.max_memory_mb = self.max_memory_mb.max(more.max_memory_mb);
        self.init_ns.append(&mut more.init_ns);
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

#[cfg(test)]
mod tests {
    use super::*;
    use store::Nullable;

    #[test]
    fn warm_up_is_in_what_is_charged_and_in_cold_starts_only_and_the_other_side_in_nothing() {
        let columns = InvocationColumns {
            side: vec![Side::Receiver, Side::Sender, Side::Receiver, Side::Receiver],
            warmup: vec![true, false, false, false],
            messages: Nullable::all(vec![5, 9, 10, 30]),
            duration_ns: Nullable::all(vec![1, 2, 3_000_000, 4_000_000]),
            billed_ms: Nullable::all(vec![50, 7, 4, 8]),
            init_ns: [Some(40), None, None, None].into_iter().collect(),
            memory_mb: Nullable::all(vec![512; 4]),
            max_memory_mb: [None, None, Some(30), Some(31)].into_iter().collect(),
        };
        let mut of_receiver = InvocationFigures::of(&columns, Side::Receiver).unwrap();
        assert_eq!((of_receiver.invocations, of_receiver.messages), (2, 40));
        let all = Billed { invocations: 3, messages: 45, billed_ms: 62 };
        assert_eq!(of_receiver.all, all);
        assert_eq!(of_receiver.init_ns, [40]);
        assert_eq!(of_receiver.max_memory_mb, Some(31));
        assert_eq!(of_receiver.billed_ms_per_message(), Some(0.3));
        assert_eq!(of_receiver.per_message(), Some(0.05));
        of_receiver.add(InvocationFigures::of(&columns, Side::Sender).unwrap());
        assert_eq!(of_receiver.billed_ms, 19);
        assert_eq!(InvocationFigures::of(&InvocationColumns::default(), Side::Sender), None);
    }
}
