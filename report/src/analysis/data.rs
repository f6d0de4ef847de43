//! A run's rows, reduced to what figures need.

use std::collections::BTreeMap;

use store::{CellPlan, Manifest, Outcome, PartKey, Row, RunDir, StoreError};

use super::{Measure, Sample};

/// One message that A was asked to send. Durations are nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The round.
    pub round: u32,
    /// Sent to warm up.
    pub warmup: bool,
    /// A's invocation was its environment's first.
    pub sender_cold: bool,
    /// B's invocation was its environment's first.
    pub receiver_cold: bool,
    /// How long A's call took; none where the service refused it.
    pub operation_ns: Option<u64>,
    /// From A's call to B's handler.
    pub handoff_ns: Option<i64>,
    /// From the intended time to B's handler.
    pub response_ns: Option<i64>,
    /// From the end of B's work to the end of A's call; for the bound on the clocks.
    pub back_ns: Option<i64>,
    /// Whether the payload arrived as it was made.
    pub payload_ok: Option<bool>,
    /// What became of it.
    pub outcome: Outcome,
    /// The error's code.
    pub error_code: Option<String>,
}

impl Message {
    fn of(row: Row) -> Self {
        let minus = |to: Option<i64>, from: Option<i64>| Some(to?.saturating_sub(from?));
        Self {
            round: row.round,
            warmup: row.warmup,
            sender_cold: row.sender_cold == Some(true),
            receiver_cold: row.receiver_cold == Some(true),
            operation_ns: row.operation_ns.filter(|_| row.outcome != Outcome::Rejected),
            handoff_ns: row.handoff_ns,
            response_ns: minus(row.received_at_ns, row.intended_at_ns),
            back_ns: minus(row.put_finished_at_ns, row.done_at_ns),
            payload_ok: row.payload_ok,
            outcome: row.outcome,
            error_code: row.error_code,
        }
    }

    /// Whether an environment's first invocation served it, at either end.
    #[must_use]
    pub fn cold(&self) -> bool {
        self.sender_cold || self.receiver_cold
    }

    /// Whether figures rest on it: no warm-up message and no cold start.
    #[must_use]
    pub fn measured(&self) -> bool {
        !self.warmup && !self.cold()
    }
}

/// A cell with its messages.
#[derive(Clone, Debug)]
pub struct CellData {
    /// The experiment.
    pub experiment: String,
    /// Its plan.
    pub plan: CellPlan,
    /// Its messages of all rounds, warm-up ones too.
    pub messages: Vec<Message>,
}

impl CellData {
    /// The values of a measure on which figures rest.
    #[must_use]
    pub fn sample(&self, measure: Measure) -> Sample {
        self.sample_of(measure, Message::measured)
    }

    /// The values of a measure in messages of a kind.
    pub fn sample_of(&self, measure: Measure, kind: impl Fn(&Message) -> bool) -> Sample {
        let messages = self.messages.iter().filter(|message| kind(message));
        Sample::new(messages.filter_map(|m| Some((measure.of(m)?, m.round))).collect())
    }
}

/// A run: its manifest and the messages of each cell.
#[derive(Clone, Debug)]
pub struct RunData {
    /// What the run was.
    pub manifest: Manifest,
    /// Every cell of the plan in order, also those without messages.
    pub cells: Vec<CellData>,
    /// Parts that the manifest plans and that are not there.
    pub missing: Vec<PartKey>,
    /// Parts that are there.
    pub parts: usize,
    /// Rows of all parts.
    pub rows: u64,
}

impl RunData {
    /// Reads and checks a run.
    ///
    /// # Errors
    /// Whatever the store finds wrong with its files.
    pub fn read(run: &RunDir) -> Result<Self, StoreError> {
        let manifest = run.manifest()?;
        let mut messages: BTreeMap<(String, u32), Vec<Message>> = BTreeMap::new();
        let checked = run.check_each(|key, rows| {
            let cell = messages.entry((key.experiment.clone(), key.cell)).or_default();
            cell.extend(rows.into_iter().map(Message::of));
        })?;
        let mut cells = Vec::new();
        for (experiment, plan) in &manifest.experiments {
            for cell in &plan.cells {
                let messages =
                    messages.remove(&(experiment.clone(), cell.cell)).unwrap_or_default();
                let (experiment, plan) = (experiment.clone(), cell.clone());
                cells.push(CellData { experiment, plan, messages });
            }
        }
        let (missing, parts, rows) = (checked.missing, checked.parts.len(), checked.rows);
        Ok(Self { manifest, cells, missing, parts, rows })
    }
}
