//! The messages sent to see a limit refuse them.

use crate::analysis::{Experiment, bytes};
use crate::document::markdown::{escape, table};

/// One message per limit, one byte over it.
pub(super) fn probes(experiment: &Experiment<'_>) -> String {
    let rows: Vec<Vec<String>> = experiment
        .probes()
        .map(|cell| {
            let plan = &cell.plan;
            let (limit, source) = plan.limit.as_ref().map_or_else(
                || ("–".to_owned(), String::new()),
                |limit| (bytes(limit.bytes), escape(&limit.source)),
            );
            let codes: Vec<&str> = cell.rejected_codes.keys().map(String::as_str).collect();
            let counts = cell.counts;
            let outcome = match (counts.asked, counts.rejected) {
                (0, _) => "not sent yet".to_owned(),
                (_, 0) => "**taken**".to_owned(),
                _ => format!("refused: `{}`", escape(&codes.join(", "))),
            };
            vec![
                plan.cell.to_string(),
                plan.transport.to_string(),
                if plan.limit_raised { "raised by opt-in" } else { "default" }.to_owned(),
                limit,
                bytes(plan.payload_bytes.into()),
                outcome,
                source,
            ]
        })
        .collect();
    if rows.is_empty() {
        return "No message was sent over a limit.\n".to_owned();
    }
    let header = ["cell", "transport", "limit", "the service takes", "sent", "outcome", "source"];
    table(&header, rows)
}
