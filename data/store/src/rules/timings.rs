//! The rules for the rows of messages.

use super::columns::{OF_RECEIVER, OF_SENDER, RuleColumns};
use super::finder::{Finder, all_fit, both, pairs_fit, triples_fit};
use super::*;
use crate::{CellPlan, Nullable, Outcome, PartColumns, Values};

/// The `error_code` of a message that A counted and left no line of.
const SENDER_LINE_MISSING: &str = "SenderLineMissing";

/// What the rules of a part depend on beside its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'c> {
    /// Whose clocks its stamps are from.
    pub(crate) clocks: Clocks,
    /// What was planned.
    pub(crate) cell: &'c CellPlan,
}

impl Context<'_> {
    /// The messages of the part, warm-up messages among them.
    pub(super) fn messages(&self) -> u64 {
        u64::from(self.cell.messages) + u64::from(self.cell.warmup)
    }
}

/// What breaks rules in a part.
pub(crate) fn check(
    part: &PartColumns,
    more: &RuleColumns,
    context: Context<'_>,
) -> Vec<Violation> {
    let mut finder = Finder::new(part.rows, |name: &str, row: usize| shown(part, more, name, row));
    of_service(&mut finder, part, more, context);
    of_order(&mut finder, part, more);
    of_presence(&mut finder, part, more);
    of_numbers(&mut finder, part, more, context);
    let place = |found: &Violation| RULES.iter().position(|rule| *rule == found.rule);
    finder.found.sort_by_key(place);
    finder.found
}

fn of_service<F: Fn(&str, usize) -> String>(
    finder: &mut Finder<F>,
    part: &PartColumns,
    more: &RuleColumns,
    context: Context<'_>,
) {
    if more.all(&["service_at_ns"], false) {
        return;
    }
    let PartColumns {
        put_started_at_ns: put,
        service_at_ns: service,
        received_at_ns: received,
        ..
    } = part;
    let tolerance = context.clocks.tolerance_ns();
    let early = |later: i64, sooner: i64| later < sooner.saturating_sub(tolerance);
    finder.rule(&SERVICE_AFTER_PUT, pairs_fit(service, put, early), |row| {
        both(service.get(row), put.get(row), early)
    });
    finder.rule(&SERVICE_BEFORE_RECEIVED, pairs_fit(received, service, early), |row| {
        both(received.get(row), service.get(row), early)
    });
    let has_part = |at: i64| at % MILLISECOND_NS != 0;
    finder.rule(&SERVICE_WHOLE_MS, all_fit(service, has_part), |row| {
        service.get(row).is_some_and(has_part)
    });
    finder.rule(&SERVICE_OF_DELIVERED, more.all(&["received_at_ns"], true), |row| {
        more.has("service_at_ns", row) && !more.has("received_at_ns", row)
    });
}

fn of_order<F: Fn(&str, usize) -> String>(
    finder: &mut Finder<F>,
    part: &PartColumns,
    more: &RuleColumns,
) {
    let PartColumns { intended_at_ns: intended, put_started_at_ns: put, operation_ns, .. } = part;
    let PartColumns { received_at_ns: received, done_at_ns: done, .. } = part;
    let RuleColumns { put_finished_at_ns: finished, handoff_ns: handoff, .. } = more;
    let early = |put: i64, intended: i64| put < intended.saturating_sub(MILLISECOND_NS);
    finder.rule(&PUT_AFTER_INTENDED, pairs_fit(put, intended, early), |row| {
        both(put.get(row), intended.get(row), early)
    });
    let reversed = |end: i64, start: i64| end < start;
    finder.rule(&PUT_IN_ORDER, pairs_fit(finished, put, reversed), |row| {
        both(finished.get(row), put.get(row), reversed)
    });
    let longer = |operation: u64, started: i64, finished: i64| {
        let seen = finished.saturating_sub(started).saturating_add(MILLISECOND_NS);
        operation > seen.max(0).cast_unsigned()
    };
    finder.rule(&OPERATION_WITHIN_PUT, triples_fit(operation_ns, (put, finished), longer), |row| {
        let call = put.get(row).zip(finished.get(row));
        both(operation_ns.get(row), call, |operation, (from, to)| longer(operation, from, to))
    });
    finder.rule(&DONE_AFTER_RECEIVED, pairs_fit(done, received, reversed), |row| {
        both(done.get(row), received.get(row), reversed)
    });
    let differs = |handoff: i64, put: i64, received: i64| handoff != received.wrapping_sub(put);
    finder.rule(&HANDOFF_IS_DIFFERENCE, triples_fit(handoff, (put, received), differs), |row| {
        let expected = received.get(row).zip(put.get(row));
        handoff.get(row) != expected.map(|(received, put)| received.wrapping_sub(put))
    });
}

fn of_presence<F: Fn(&str, usize) -> String>(
    finder: &mut Finder<F>,
    part: &PartColumns,
    more: &RuleColumns,
) {
    let no_error = part.error_code == Values::Same(None);
    let outcome = |row| *part.outcome.get(row);
    finder.rule(&SENDER_LINE_WHOLE, no_error && more.all(&OF_SENDER, true), |row| {
        let missing = part.error_code.get(row).as_deref() == Some(SENDER_LINE_MISSING);
        !more.row_has(&OF_SENDER, row, !missing)
    });
    let calls = more.sender_call.as_ref();
    let is_kept = calls.is_none() && part.sender_cold == Values::Same(false);
    finder.rule(&COLD_IS_FIRST_CALL, is_kept, |row| {
        let is_first = calls.is_some_and(|calls| calls.get(row) == Some(0));
        *part.sender_cold.get(row) != is_first
    });
    let is_kept = match more.deliveries {
        Values::Same(deliveries) => more.all(&OF_RECEIVER, deliveries > 0),
        Values::Each(_) => false,
    };
    finder.rule(&RECEIVER_LINE_WHOLE, is_kept, |row| {
        !more.row_has(&OF_RECEIVER, row, *more.deliveries.get(row) > 0)
    });
    let fits = |outcome: Outcome, deliveries: u32| match outcome {
        Outcome::Delivered => deliveries == 1,
        Outcome::Duplicated => deliveries >= 2,
        Outcome::Lost | Outcome::Rejected => deliveries == 0,
        Outcome::Failed => true,
    };
    let is_kept = match (&part.outcome, &more.deliveries) {
        (Values::Same(outcome), Values::Same(deliveries)) => fits(*outcome, *deliveries),
        _ => false,
    };
    finder.rule(&DELIVERIES_FIT_OUTCOME, is_kept, |row| {
        !fits(outcome(row), *more.deliveries.get(row))
    });
    let never_alone = match part.outcome {
        Values::Same(Outcome::Rejected) => false,
        Values::Same(_) => no_error && more.all(&["error_message"], false),
        Values::Each(_) => false,
    };
    finder.rule(&ERROR_FITS_OUTCOME, never_alone, |row| {
        let code = part.error_code.get(row).as_deref();
        let wrong = match outcome(row) {
            Outcome::Rejected => code.is_none(),
            Outcome::Lost => code.is_some_and(|code| code != SENDER_LINE_MISSING),
            Outcome::Delivered | Outcome::Duplicated | Outcome::Failed => false,
        };
        wrong || code.is_some() != more.has("error_message", row)
    });
}

fn of_numbers<F: Fn(&str, usize) -> String>(
    finder: &mut Finder<F>,
    part: &PartColumns,
    more: &RuleColumns,
    context: Context<'_>,
) {
    let batch = more.batch.as_ref();
    finder.rule(&BATCH_PLACE, batch.is_none(), |row| {
        batch.is_some_and(|(index, size)| both(index.get(row), size.get(row), |i, n| i >= n))
    });
    let (messages, seq) = (context.messages(), more.seq.as_ref());
    let is_kept = seq.is_none() && part.rows as u64 <= messages;
    finder.rule(&SEQ_IN_PART, is_kept, |row| {
        seq.is_some_and(|seq| seq.get(row).is_none_or(|seq| seq >= messages))
    });
    let CellPlan { warmup, messages, .. } = *context.cell;
    let is_kept = part.warmup == Values::Same(false) && warmup == 0
        || part.warmup == Values::Same(true) && messages == 0;
    finder.rule(&WARMUP_FIRST, is_kept, |row| {
        *part.warmup.get(row) != (place(more, row) < u64::from(warmup))
    });
    let instants = [
        &part.intended_at_ns,
        &part.put_started_at_ns,
        &more.put_finished_at_ns,
        &part.received_at_ns,
        &part.done_at_ns,
    ];
    let strange = |at: i64| !(EARLIEST_NS..LATEST_NS).contains(&at);
    let no_service = more.all(&["service_at_ns"], false);
    let are_kept = instants.iter().all(|column| all_fit(column, strange))
        && (no_service || all_fit(&part.service_at_ns, strange));
    finder.rule(&INSTANT_PLAUSIBLE, are_kept, |row| {
        let is_strange = |column: &Nullable<i64>| column.get(row).is_some_and(strange);
        instants.into_iter().any(is_strange) || is_strange(&part.service_at_ns)
    });
    let long = |ns: u64| ns >= DAY_NS.cast_unsigned();
    let far = |ns: i64| long(ns.unsigned_abs());
    let are_kept = all_fit(&part.operation_ns, long) && all_fit(&more.handoff_ns, far);
    finder.rule(&DURATION_PLAUSIBLE, are_kept, |row| {
        part.operation_ns.get(row).is_some_and(long) || more.handoff_ns.get(row).is_some_and(far)
    });
}

/// The place of a row in the order of message ids.
fn place(more: &RuleColumns, row: usize) -> u64 {
    more.places.as_ref().map_or(row as u64, |places| places[row])
}

/// A value for people: as it is, or whether there is one.
fn shown(part: &PartColumns, more: &RuleColumns, name: &str, row: usize) -> String {
    fn number<T: Copy + Default + ToString>(column: &Nullable<T>, row: usize) -> String {
        column.get(row).map_or_else(|| "null".to_owned(), |value| value.to_string())
    }
    match name {
        "intended_at_ns" => number(&part.intended_at_ns, row),
        "put_started_at_ns" => number(&part.put_started_at_ns, row),
        "put_finished_at_ns" => number(&more.put_finished_at_ns, row),
        "operation_ns" => number(&part.operation_ns, row),
        "service_at_ns" => number(&part.service_at_ns, row),
        "received_at_ns" => number(&part.received_at_ns, row),
        "done_at_ns" => number(&part.done_at_ns, row),
        "handoff_ns" => number(&more.handoff_ns, row),
        "sender_cold" => part.sender_cold.get(row).to_string(),
        "sender_call" if more.sender_call.is_some() => {
            more.sender_call.as_ref().map_or_else(String::new, |calls| number(calls, row))
        }
        "deliveries" => more.deliveries.get(row).to_string(),
        "outcome" => part.outcome.get(row).to_string(),
        "warmup" => part.warmup.get(row).to_string(),
        "error_code" => part.error_code.get(row).clone().unwrap_or_else(|| "null".to_owned()),
        "seq" => more.seq.as_ref().map_or_else(|| row.to_string(), |seq| number(seq, row)),
        "message_id" => format!("the one after {} others", place(more, row)),
        "batch_index" | "batch_size" if more.batch.is_some() => {
            let (index, size) = more.batch.clone().unwrap_or_default();
            number(if name == "batch_index" { &index } else { &size }, row)
        }
        _ if more.has(name, row) => "there".to_owned(),
        _ => "null".to_owned(),
    }
}
