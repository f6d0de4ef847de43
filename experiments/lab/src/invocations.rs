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
