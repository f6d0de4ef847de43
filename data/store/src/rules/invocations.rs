//! The rules for the rows of invocations.

use super::finder::{Finder, both};
use super::*;
use crate::InvocationColumns;

/// What breaks rules among the invocations of a part.
pub(crate) fn check(columns: &InvocationColumns, context: Context<'_>) -> Vec<Violation> {
    let InvocationColumns { messages, duration_ns, billed_ms, init_ns, .. } = columns;
    let InvocationColumns { memory_mb, max_memory_mb, .. } = columns;
    let shown = |name: &str, row: usize| {
        let value = match name {
            "messages" => messages.get(row).map(u64::from),
            "duration_ns" => duration_ns.get(row),
            "billed_ms" => billed_ms.get(row),
            "init_ns" => init_ns.get(row),
            "memory_mb" => memory_mb.get(row).map(u64::from),
            "max_memory_mb" => max_memory_mb.get(row).map(u64::from),
            _ => None,
        };
        value.map_or_else(|| "null".to_owned(), |value| value.to_string())
    };
    let mut finder = Finder::new(columns.side.len(), shown);
    finder.rule(&BILLED_COVERS_DURATION, false, |row| {
        let millisecond = MILLISECOND_NS.cast_unsigned();
        both(billed_ms.get(row), duration_ns.get(row), |billed, ns| billed < ns / millisecond)
    });
    finder.rule(&INVOCATION_PLAUSIBLE, false, |row| {
        let long = |ns: u64| ns >= DAY_NS.cast_unsigned();
        duration_ns.get(row).is_some_and(long) || init_ns.get(row).is_some_and(long)
    });
    finder.rule(&MEMORY_PLAUSIBLE, false, |row| {
        both(max_memory_mb.get(row), memory_mb.get(row), |most, has| {
            most == 0 || u64::from(most) > 2 * u64::from(has)
        })
    });
    finder.rule(&MESSAGES_IN_PART, false, |row| {
        messages.get(row).is_some_and(|messages| u64::from(messages) > context.messages())
    });
    finder.found
}
