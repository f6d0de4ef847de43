//! A's and B's lines and the REPORT lines become the invocations of a part.

use std::collections::HashMap;

use store::{Invocation, Side};

use crate::join::{Asked, Handled, Lines};
use crate::report_line::ReportLine;

/// A REPORT line, where and when it was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// What it says.
    pub line: ReportLine,
    /// The log stream: the execution environment.
    pub env: String,
    /// When it was logged, in milliseconds since the epoch.
    pub logged_at_ms: i64,
}

/// The invocations of one side that sent or received a batch's messages, and the REPORT lines that
/// have been found for them.
#[derive(Debug)]
pub struct SideInvocations {
    side: Side,
    by_request: HashMap<String, Request>,
}

/// A request id. An asynchronous invoke that is retried keeps it, so it may have several attempts.
#[derive(Debug, Default)]
struct Request {
    attempts: Vec<Handled>,
    reports: Vec<Reported>,
}

impl SideInvocations {
    /// The invocations that the lines of a side name.
    #[must_use]
    pub fn of(side: Side, lines: &Lines, first_measured: u64) -> Self {
        let mut by_request: HashMap<String, Request> = HashMap::new();
        for (request_id, attempt) in lines.handled(side, first_measured) {
            by_request.entry(request_id).or_default().attempts.push(attempt);
        }
        Self { side, by_request }
    }

    /// Takes in a REPORT line; those of other invocations, and those seen before, are left out.
    pub fn add(&mut self, reported: Reported) {
        if let Some(request) = self.by_request.get_mut(&reported.line.request_id)
            && !request.reports.contains(&reported)
        {
            request.reports.push(reported);
        }
    }

    /// How many REPORT lines have not come.
    #[must_use]
    pub fn missing(&self) -> usize {
        self.by_request.values().map(Request::missing).sum()
    }

    /// The earliest that a missing REPORT line can have been logged, in nanoseconds since the
    /// epoch on the side's wall clock: after the last that its invocation said of itself.
    #[must_use]
    pub fn missing_since_ns(&self) -> Option<i64> {
        let missing = self.by_request.values().filter(|request| request.missing() > 0);
        missing.flat_map(|request| &request.attempts).map(|attempt| attempt.last_ns).min()
    }

    /// A row for each REPORT line, in the order of time.
    #[must_use]
    pub fn rows(self, asked: &Asked<'_>) -> Vec<Invocation> {
        let mut rows = Vec::new();
        for (request_id, mut request) in self.by_request {
            request.attempts.sort_by_key(|attempt| attempt.last_ns);
            request.reports.sort_by_key(|reported| reported.logged_at_ms);
            let warmup = request.attempts.iter().all(|attempt| attempt.warmup);
            for Reported { line, env, logged_at_ms } in request.reports {
                // In the order of time an environment's attempts and its REPORT lines agree. An
                // attempt that ended before B said anything has brought no message.
                let attempt = request.attempts.iter().position(|attempt| attempt.env == env);
                let attempt = attempt.map(|place| request.attempts.remove(place));
                let row = Invocation {
                    run_id: asked.run_id.to_string(),
                    experiment: asked.experiment.to_owned(),
                    cell: asked.cell.cell,
                    round: asked.round,
                    transport: asked.cell.transport,
                    side: self.side,
                    request_id: request_id.clone(),
                    env,
                    warmup: attempt.as_ref().map_or(warmup, |attempt| attempt.warmup),
                    messages: attempt.map_or(0, |attempt| attempt.messages),
                    duration_ns: line.duration.0,
                    billed_ms: line.billed_ms,
                    init_ns: line.init.map(|init| init.0),
                    memory_mb: line.memory_mb,
                    max_memory_mb: line.max_memory_mb,
                };
                rows.push((logged_at_ms, row));
            }
        }
        rows.sort_by(|(at, a), (other, b)| (at, &a.request_id).cmp(&(other, &b.request_id)));
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl Request {
    fn missing(&self) -> usize {
        self.attempts.len().saturating_sub(self.reports.len())
    }
}

#[cfg(test)]
mod tests {
    use store::{CellPlan, RunId};
    use wire::{BatchId, DurationNs, Line, MessageId};

    use super::*;

    const BATCH: BatchId = BatchId::new(1);

    fn received(seq: u64, request_id: &str, env: &str, at: i64) -> Line {
        let line = serde_json::json!({
            "handoff": "received", "batch": BATCH, "message_id": MessageId { batch: BATCH, seq },
            "receiver_env": env, "receiver_cold": false, "receiver_request_id": request_id,
            "received_at_ns": at, "batch_size": 1, "batch_index": 0, "done_at_ns": at + 5,
            "payload_ok": true,
        });
        serde_json::from_value(line).unwrap()
    }

    fn report(request_id: &str, env: &str, logged_at_ms: i64) -> Reported {
        let line = ReportLine {
            request_id: request_id.into(),
            duration: DurationNs(10),
            billed_ms: 1,
            init: None,
            memory_mb: 128,
            max_memory_mb: None,
        };
        Reported { line, env: env.into(), logged_at_ms }
    }

    /// Messages 0 and 1 are to warm up. Invocation `p` brings 1 and 2; `q` brings 0, fails, and
    /// is tried again in another environment.
    fn sides() -> SideInvocations {
        let lines = [
            received(1, "p", "b1", 100),
            received(2, "p", "b1", 100),
            received(0, "q", "b1", 200),
            received(0, "q", "b2", 900),
        ];
        SideInvocations::of(Side::Receiver, &Lines::new(BATCH, lines), 2)
    }

    fn rows(invocations: SideInvocations) -> Vec<(String, String, u32, bool)> {
        let cell = CellPlan {
            cell: 0,
            transport: wire::Transport::AsyncInvoke,
            payload_bytes: 1024,
            concurrency: 1,
            receiver_ms: 0,
            memory_mb: 128,
            architecture: store::Architecture::X86_64,
            arrival: store::Arrival::Closed,
            rate_per_s: None,
            messages: 1,
            warmup: 2,
            mapping: None,
            limit_raised: false,
            fresh_side: None,
            limit: None,
            probe: false,
        };
        let run_id = RunId::new("r").unwrap();
        let asked = Asked { run_id: &run_id, experiment: "e", cell: &cell, round: 0, batch: BATCH };
        let rows = invocations.rows(&asked).into_iter();
        rows.map(|row| (row.request_id, row.env, row.messages, row.warmup)).collect()
    }

    #[test]
    fn every_attempt_has_its_row_and_its_messages() {
        let mut invocations = sides();
        assert_eq!((invocations.missing(), invocations.missing_since_ns()), (3, Some(105)));
        for reported in [report("q", "b2", 4), report("p", "b1", 1), report("q", "b1", 2)] {
            invocations.add(reported);
        }
        assert_eq!((invocations.missing(), invocations.missing_since_ns()), (0, None));
        let row = |id: &str, env: &str, messages, warmup| (id.into(), env.into(), messages, warmup);
        assert_eq!(
            rows(invocations),
            [row("p", "b1", 2, false), row("q", "b1", 1, true), row("q", "b2", 1, true)]
        );
    }

    #[test]
    fn what_is_read_again_and_what_is_of_others_counts_for_nothing() {
        let mut invocations = sides();
        invocations.add(report("of another visit", "b1", 1));
        invocations.add(report("p", "b1", 1));
        invocations.add(report("p", "b1", 1));
        assert_eq!((invocations.missing(), invocations.missing_since_ns()), (2, Some(205)));
        assert_eq!(rows(invocations).len(), 1);
    }

    #[test]
    fn an_attempt_that_ended_before_it_said_anything_has_a_row_without_messages() {
        let mut invocations = sides();
        for (env, at) in [("crashed", 1), ("b1", 2), ("b2", 4)] {
            invocations.add(report("q", env, at));
        }
        let messages: Vec<_> = rows(invocations).into_iter().map(|row| (row.1, row.2)).collect();
        assert_eq!(messages, [("crashed".into(), 0), ("b1".into(), 1), ("b2".into(), 1)]);
    }
}
