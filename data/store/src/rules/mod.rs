//! What can be true of the stamps and columns of a row, whatever was measured.
//!
//! The bytes of a value that breaks a rule are as they were written: the value was read, computed or
//! stamped wrongly. Reading it is therefore not an error; it is counted, and the report warns of it. `data/FORMAT.md` lists the rules.

mod columns;
mod finder;
mod invocations;
mod tally;
#[cfg(test)]
mod tests;
mod timings;

pub(crate) use columns::{Needed, RuleColumns};
pub(crate) use invocations::check as check_invocations;
pub use tally::{InvalidExample, InvalidValues};
pub(crate) use tally::{PartSummary, Tally};
pub(crate) use timings::{Context, check as check_timings};

use crate::{BackendFacts, CellPlan, PartKey, Row, read_columns};

/// A rule for valid values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Its name.
    pub id: &'static str,
    /// The data set that it is for.
    pub data_set: &'static str,
    /// The columns that it looks at.
    pub columns: &'static [&'static str],
    /// What must be true.
    pub says: &'static str,
}

/// Rows of one part that break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: &'static Rule,
    /// How many rows break it.
    pub rows: u64,
    /// The first of them, from 0.
    pub row: u64,
    /// Its values in the rule's columns.
    pub values: String,
}

/// What breaks rules among the rows of a part of a cell, measured on a backend.
#[must_use]
pub fn violations(
    backend: &BackendFacts,
    cell: &CellPlan,
    part: &PartKey,
    rows: &[Row],
) -> Vec<Violation> {
    let context = Context { clocks: Clocks::of(backend), cell };
    let columns = read_columns::of_rows(part.clone(), rows);
    check_timings(&columns, &RuleColumns::of_rows(rows), context)
}

/// Whose clocks the stamps of a run are from, as far as one is held against another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clocks {
    /// Everything runs on one machine.
    One,
    /// A, B and the service each have their own.
    Several,
}

impl Clocks {
    /// The clocks of a backend.
    pub(crate) fn of(backend: &BackendFacts) -> Self {
        if backend.name == "aws" { Self::Several } else { Self::One }
    }

    /// By how much a stamp of the service may lie outside of what A and B saw, nanoseconds.
    ///
    /// The service's stamp has whole milliseconds: cut off, it is up to 1 ms early; rounded, half of
    /// one late. On one clock, another millisecond is for a step of that clock. Amazon Time Sync
    /// keeps the clocks of AWS's machines within milliseconds of each other (Amazon EC2 User Guide,
    /// "Precision clock and time synchronization on your EC2 instance"), but neither Lambda nor the
    /// services promise a bound, so the tolerance is a hundred milliseconds: much more than clocks
    /// differ, and less than a stamp that was read wrongly is mostly off.
    pub(crate) const fn tolerance_ns(self) -> i64 {
        match self {
            Self::One => 2 * MILLISECOND_NS,
            Self::Several => 100 * MILLISECOND_NS,
        }
    }
}

pub(crate) const MILLISECOND_NS: i64 = 1_000_000;
/// No call, handoff or invocation lasts a day.
pub(crate) const DAY_NS: i64 = 86_400 * 1_000_000_000;
/// 2020-01-01T00:00:00Z, before there was this program.
pub(crate) const EARLIEST_NS: i64 = 1_577_836_800 * 1_000_000_000;
/// 2100-01-01T00:00:00Z.
pub(crate) const LATEST_NS: i64 = 4_102_444_800 * 1_000_000_000;

macro_rules! rules {
    ($($name:ident = $id:literal in $data_set:literal $columns:expr, $says:literal;)*) => {
        $(pub(crate) static $name: Rule =
            Rule { id: $id, data_set: $data_set, columns: &$columns, says: $says };)*

        /// Every rule, in the order of `data/FORMAT.md`, the gravest first.
        pub static RULES: [&Rule; [$($id),*].len()] = [$(&$name),*];
    };
}
rules! {
    SERVICE_AFTER_PUT = "service-after-put" in "timings" ["put_started_at_ns", "service_at_ns"],
        "the service has a message at the earliest when its put begins: `service_at_ns >= put_started_at_ns`, less 2 ms on one clock (`local`, `container`) and 100 ms on several (`aws`)";
    SERVICE_BEFORE_RECEIVED = "service-before-received" in "timings" ["service_at_ns", "received_at_ns"],
        "the service has a message at the latest when B receives it: `service_at_ns <= received_at_ns`, with the same tolerance";
    SERVICE_WHOLE_MS = "service-whole-ms" in "timings" ["service_at_ns"],
        "services stamp in milliseconds: `service_at_ns` is a multiple of 1,000,000";
    SERVICE_OF_DELIVERED = "service-of-delivered" in "timings" ["service_at_ns", "received_at_ns"],
        "B reads the service's stamp from what is delivered: none without `received_at_ns`";
    PUT_AFTER_INTENDED = "put-after-intended" in "timings" ["intended_at_ns", "put_started_at_ns"],
        "nothing is sent before it is due: `put_started_at_ns >= intended_at_ns`, less 1 ms";
    PUT_IN_ORDER = "put-in-order" in "timings" ["put_started_at_ns", "put_finished_at_ns"],
        "a call ends after it began: `put_finished_at_ns >= put_started_at_ns`";
    OPERATION_WITHIN_PUT = "operation-within-put" in "timings" ["operation_ns", "put_started_at_ns", "put_finished_at_ns"],
        "both clocks of A saw the same call: `operation_ns <= put_finished_at_ns - put_started_at_ns`, and 1 ms";
    DONE_AFTER_RECEIVED = "done-after-received" in "timings" ["received_at_ns", "done_at_ns"],
        "B's work ends after it began: `done_at_ns >= received_at_ns`";
    HANDOFF_IS_DIFFERENCE = "handoff-is-difference" in "timings" ["handoff_ns", "received_at_ns", "put_started_at_ns"],
        "`handoff_ns = received_at_ns - put_started_at_ns`, and null where one of them is";
    DELIVERIES_FIT_OUTCOME = "deliveries-fit-outcome" in "timings" ["outcome", "deliveries"],
        "`deliveries` is 1 where `delivered`, 2 or more where `duplicated`, 0 where `lost` or `rejected`";
    SENDER_LINE_WHOLE = "sender-line-whole" in "timings" ["sender_env", "sender_cold", "sender_call", "sender_request_id", "intended_at_ns", "put_started_at_ns", "put_finished_at_ns", "operation_ns", "error_code"],
        "A's columns come from one line: all are there, or all are null and `error_code` is `SenderLineMissing`";
    COLD_IS_FIRST_CALL = "cold-is-first-call" in "timings" ["sender_cold", "sender_call"],
        "a call of A is cold where it is the first of its environment: `sender_cold` is true exactly where `sender_call` is 0";
    RECEIVER_LINE_WHOLE = "receiver-line-whole" in "timings" ["receiver_env", "receiver_cold", "receiver_request_id", "received_at_ns", "done_at_ns", "batch_size", "batch_index", "payload_ok", "deliveries"],
        "B's columns come from one line: all are there where `deliveries` is not 0, and null where it is";
    ERROR_FITS_OUTCOME = "error-fits-outcome" in "timings" ["outcome", "error_code", "error_message"],
        "`error_code` and `error_message` are both there or both null; they are there where `rejected`, and where `lost` only if A left no line";
    BATCH_PLACE = "batch-place" in "timings" ["batch_index", "batch_size"],
        "a message has its place in its batch: `batch_index < batch_size`";
    SEQ_IN_PART = "seq-in-part" in "timings" ["seq"],
        "messages are numbered from 0: `seq` is below the cell's `messages + warmup`";
    WARMUP_FIRST = "warmup-first" in "timings" ["message_id", "warmup"],
        "warm-up messages come first: in the order of `message_id`, `warmup` for as many as the cell's `warmup`, and for no others";
    INSTANT_PLAUSIBLE = "instant-plausible" in "timings" ["intended_at_ns", "put_started_at_ns", "put_finished_at_ns", "service_at_ns", "received_at_ns", "done_at_ns"],
        "instants lie between 2020-01-01 and 2100-01-01, UTC";
    DURATION_PLAUSIBLE = "duration-plausible" in "timings" ["operation_ns", "handoff_ns"],
        "durations are below a day, a negative handoff's size too";
    BILLED_COVERS_DURATION = "billed-covers-duration" in "invocations" ["billed_ms", "duration_ns"],
        "what ran is billed: `billed_ms` is at least the whole milliseconds of `duration_ns`";
    INVOCATION_PLAUSIBLE = "invocation-plausible" in "invocations" ["duration_ns", "init_ns"],
        "an invocation and its initialisation last less than a day";
    MEMORY_PLAUSIBLE = "memory-plausible" in "invocations" ["max_memory_mb", "memory_mb"],
        "an environment uses some memory, and at most twice what it has: `1 <= max_memory_mb <= 2 * memory_mb`";
    MESSAGES_IN_PART = "messages-in-part" in "invocations" ["messages"],
        "an invocation has at most the messages of its part: `messages` is at most the cell's `messages + warmup`";
}
