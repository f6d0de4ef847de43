//! Reading a run's log groups once more, after it has ended: lines that came late change the parts
//! that miss them, and nothing is run again.
//!
//! A message was lost when it was not *delivered* before the deadline. A line that could not be read
//! in time says when it was: B's stamp decides, not the moment at which its line came.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use store::{Invocation, Outcome, PartKey, Row, RunDir, Side};
use wire::{BatchId, Line, MessageId, WallNs};

use crate::backend::DEADLINE_SETTING;
use crate::collect::Collector;
use crate::deploy::{DeploymentLog, Resource};
use crate::error::LabError;
use crate::invocations::SideInvocations;
use crate::join::{self, Asked, Lines, SENDER_LINE_MISSING};

/// What reading once more has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recollected {
    /// Parts that missed lines.
    pub looked_at: usize,
    /// Rows that a late line has changed.
    pub changed: usize,
    /// Rows that still miss a line.
    pub missing: usize,
    /// REPORT lines that came late: invocations that have gained their row.
    pub reports: usize,
    /// Invocations whose REPORT line has still not come.
    pub unreported: usize,
}

/// Reads what the parts of a run miss.
///
/// # Errors
/// When the run cannot be read or written, or the service cannot be asked.
pub async fn recollect(run: &RunDir, collector: &Collector) -> Result<Recollected, LabError> {
    let manifest = run.manifest()?;
    let groups = groups(run)?;
    let deadline = manifest.backend.settings.get(DEADLINE_SETTING);
    let deadline = deadline.and_then(|text| text.strip_suffix("ms")?.parse().ok());
    let deadline = Duration::from_millis(deadline.unwrap_or_default());
    let mut all = Recollected::default();
    for key in run.parts()? {
        let rows = run.read_part(&key)?;
        let invocations = run.read_invocations(&key)?;
        if missing(&rows) == 0 && unreported(&rows, &invocations) == 0 {
            continue;
        }
        let cell = manifest.experiments.get(&key.experiment);
        let cell = cell.and_then(|plan| plan.cells.iter().find(|cell| cell.cell == key.cell));
        let (Some(cell), Some(batch)) = (cell, batch_of(&rows)) else { continue };
        all.looked_at += 1;
        let since = since(&rows, &manifest.started_at);
        let mut lines = Vec::new();
        let groups: &[String] = groups.get(key.transport.name()).map_or(&[], Vec::as_slice);
        for group in groups {
            lines.append(&mut collector.batch(group, batch, since).await?);
        }
        let (run_id, experiment) = (run.run_id(), key.experiment.as_str());
        let asked = Asked { run_id, experiment, cell, round: key.round, batch };
        let of_all = Lines::new(batch, lines.clone());
        let mut reported = Vec::new();
        for side in [Side::Sender, Side::Receiver] {
            let mut of_side = SideInvocations::of(side, &of_all, u64::from(cell.warmup));
            for group in groups.iter().filter(|group| group.ends_with(&format!("-{side}"))) {
                collector.look_for_reports(group, since, &mut of_side).await?;
            }
            reported.extend(of_side.rows(&asked));
        }
        let known = invocations.len();
        if reported.len() > known {
            all.reports += reported.len() - known;
            run.write_invocations(&key, &reported)?;
        }
        let again = join::rows(&asked, &Lines::new(batch, in_time(lines, deadline)));
        all.changed += write_better(run, &key, rows, again)?;
        let rows = run.read_part(&key)?;
        all.missing += missing(&rows);
        all.unreported += unreported(&rows, &run.read_invocations(&key)?);
    }
    // What was changed has a file of its own again, which is read in the place of what was compacted.
    for (name, _) in manifest.experiments.iter().filter(|(_, plan)| plan.finished) {
        run.compact(name)?;
    }
    Ok(all)
}

/// How many invocations that the rows name have no row of their own.
fn unreported(rows: &[Row], invocations: &[Invocation]) -> usize {
    let named = rows.iter().flat_map(|row| {
        let ids = [&row.sender_request_id, &row.receiver_request_id];
        ids.into_iter()
            .zip([Side::Sender, Side::Receiver])
            .filter_map(|(id, side)| Some((side, id.as_deref()?)))
    });
    let named: BTreeSet<(Side, &str)> = named.collect();
    let known = invocations.iter().map(|it| (it.side, it.request_id.as_str()));
    let known: BTreeSet<(Side, &str)> = known.collect();
    named.difference(&known).count()
}

/// The run's log groups that are still there, by the transport in their names.
fn groups(run: &RunDir) -> Result<BTreeMap<&'static str, Vec<String>>, LabError> {
    let deployment = DeploymentLog::read(run.path())?;
    let mut groups: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for resource in deployment.into_iter().flat_map(|deployment| deployment.resources) {
        let Resource::LogGroup { name } = resource else { continue };
        let of = |transport: &wire::Transport| {
            ["sender", "receiver"]
                .iter()
                .any(|side| name.ends_with(&format!("-{transport}-{side}")))
        };
        // `async-invoke` ends in no other transport's name.
        if let Some(transport) = wire::Transport::ALL.iter().find(|transport| of(transport)) {
            groups.entry(transport.name()).or_default().push(name);
        }
    }
    if groups.is_empty() {
        return Err(LabError::Usage(format!(
            "{} lists no log groups: they are read before `just teardown`, or as long as they are kept",
            run.path().display()
        )));
    }
    Ok(groups)
}

fn missing(rows: &[Row]) -> usize {
    rows.iter().filter(|row| misses_a_line(row)).count()
}

fn misses_a_line(row: &Row) -> bool {
    row.outcome == Outcome::Lost || row.error_code.as_deref() == Some(SENDER_LINE_MISSING)
}

fn batch_of(rows: &[Row]) -> Option<BatchId> {
    rows.first().and_then(|row| row.message_id.parse::<MessageId>().ok()).map(|id| id.batch)
}

/// When the first of the rows was sent, or the run's beginning where no line of A came.
fn since(rows: &[Row], started_at: &str) -> WallNs {
    let first = rows.iter().filter_map(|row| row.put_started_at_ns).min();
    let begun = || started_at.parse::<jiff::Timestamp>().map_or(0, |at| at.as_nanosecond());
    WallNs(first.unwrap_or_else(|| i64::try_from(begun()).unwrap_or(0)))
}

/// Without the deliveries that came after the deadline.
fn in_time(lines: Vec<Line>, deadline: Duration) -> Vec<Line> {
    let last_put = lines.iter().filter_map(|line| match line {
        Line::Sent(line) => Some(line.put_finished_at_ns.0),
        Line::Received(_) => None,
    });
    let Some(last_put) = last_put.max() else { return lines };
    let end = last_put.saturating_add(i64::try_from(deadline.as_nanos()).unwrap_or(i64::MAX));
    let is_in_time = |line: &Line| match line {
        Line::Sent(_) => true,
        Line::Received(line) => line.context.received_at_ns.0 <= end,
    };
    lines.into_iter().filter(is_in_time).collect()
}

/// Takes each row that missed a line and misses none any more, or at least has gained A's; gives how
/// many have changed.
fn write_better(
    run: &RunDir,
    key: &PartKey,
    mut rows: Vec<Row>,
    again: Vec<Row>,
) -> Result<usize, LabError> {
    let mut changed = 0;
    for (row, again) in rows.iter_mut().zip(again) {
        let gained = again.outcome != Outcome::Lost && row.outcome == Outcome::Lost
            || again.error_code.as_deref() != Some(SENDER_LINE_MISSING)
                && row.error_code.as_deref() == Some(SENDER_LINE_MISSING);
        if misses_a_line(row) && gained && row.message_id == again.message_id {
            *row = again;
            changed += 1;
        }
    }
    if changed > 0 {
        run.write_part(key, &rows)?;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(seq: u64, at: i64) -> Line {
        let batch = BatchId::new(1);
        let line = serde_json::json!({
            "handoff": "received", "batch": batch, "message_id": MessageId { batch, seq },
            "receiver_env": "b", "receiver_cold": false, "receiver_request_id": "q",
            "received_at_ns": at, "batch_size": 1, "batch_index": 0, "done_at_ns": at + 5,
            "payload_ok": true,
        });
        serde_json::from_value(line).unwrap()
    }

    fn sent(seq: u64, at: i64) -> Line {
        let batch = BatchId::new(1);
        let line = serde_json::json!({
            "handoff": "sent", "batch": batch, "message_id": MessageId { batch, seq },
            "warmup": false, "sender_env": "a", "sender_call": 1, "sender_cold": false, "sender_request_id": "p",
            "intended_at_ns": at, "put_started_at_ns": at, "put_finished_at_ns": at,
            "operation_ns": 1, "put": "accepted",
        });
        serde_json::from_value(line).unwrap()
    }

    #[test]
    fn a_late_line_is_judged_by_when_its_message_came() {
        let deadline = Duration::from_nanos(100);
        let lines = vec![sent(0, 1_000), received(0, 1_100), received(1, 1_101)];
        assert_eq!(in_time(lines, deadline), [sent(0, 1_000), received(0, 1_100)]);
        let without_a = vec![received(0, 5)];
        assert_eq!(in_time(without_a.clone(), deadline), without_a);
    }
}
