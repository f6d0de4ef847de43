//! The warnings in words, each with what to do.

use super::duration;
use super::markdown::{escape, table};
use crate::analysis::{Counts, DataWarning, FEW_ROUNDS};

pub(crate) fn section(warnings: &[DataWarning]) -> String {
    if warnings.is_empty() {
        return "## Data quality\n\nNothing to report: every planned message has its row and \
                arrived once, intact and after it was sent.\n\n"
            .to_owned();
    }
    let rows = warnings.iter().map(|warning| {
        let (what, to_do) = words(warning);
        vec![what, to_do]
    });
    format!("## Data quality\n\n{}\n", table(&["what the data show", "what to do"], rows))
}

fn words(warning: &DataWarning) -> (String, String) {
    let of = |part: u64, counts: &Counts| format!("{part} of {} messages", counts.asked);
    let (what, to_do) = match warning {
        DataWarning::MissingParts { missing, planned, experiments } => (
            format!("**unfinished run**: {missing} of {planned} parts are missing ({})", experiments.join(", ")),
            "go on with the same command and run name; figures below rest on the parts there are"
                .to_owned(),
        ),
        DataWarning::FewRounds { experiment, rounds } => (
            format!("{experiment}: {rounds} rounds only, so intervals are too narrow"),
            format!("measure at least {FEW_ROUNDS} rounds (profile quick or full)"),
        ),
        DataWarning::SourceNotCommitted => (
            "the source had uncommitted changes, or no commit".to_owned(),
            "commit and run again before quoting a figure".to_owned(),
        ),
        DataWarning::Lost { cell, counts } => (
            format!("{cell}: {} lost", of(counts.lost, counts)),
            "look for the message ids in B's log and in the transport's dead letters; lost messages \
             have no handoff, so its percentiles are too low"
                .to_owned(),
        ),
        DataWarning::Duplicated { cell, counts } => (
            format!("{cell}: {} delivered more than once", of(counts.duplicated, counts)),
            "nothing, where the transport promises at least once; the first delivery is shown"
                .to_owned(),
        ),
        DataWarning::Rejected { cell, counts, codes } => {
            let codes: Vec<String> = codes.iter().map(|(code, n)| format!("{code}: {n}")).collect();
            (
                format!("{cell}: {} refused ({})", of(counts.rejected, counts), codes.join(", ")),
                "lower the rate or raise the limit that the code names; refused messages are in no \
                 percentile"
                    .to_owned(),
            )
        }
        DataWarning::Failed { cell, counts } => (
            format!("{cell}: B raised an error on {}", of(counts.failed, counts)),
            "read error_message in the rows and B's log".to_owned(),
        ),
        DataWarning::NegativeHandoffs { cell, counts } => (
            format!("{cell}: {} arrived before they were sent", of(counts.negative_handoffs, counts)),
            "compare handoffs of this size with the bound on the clocks above; they are kept in the \
             figures, and a logarithmic axis shows them at its edge"
                .to_owned(),
        ),
        DataWarning::PayloadErrors { cell, counts } => (
            format!("{cell}: {} arrived with another length or checksum", of(counts.payload_errors, counts)),
            "do not trust this run: find what changes payloads on the way".to_owned(),
        ),
        DataWarning::ClockMoved { bound } => {
            #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
            let [low, high] = [bound.at_least_ns, bound.at_most_ns].map(|ns| duration(ns as f64));
            (
                format!("a clock was set during the run: B's is ahead by at least {low} and at most {high}"),
                "do not trust the handoffs; run again with the clock left alone".to_owned(),
            )
        }
        DataWarning::ManyColdStarts { cell, counts } => (
            format!("{cell}: {} met a cold start", of(counts.cold, counts)),
            "they are in no figure but their own table; warm up with more messages".to_owned(),
        ),
    };
    // The words above are ours, the codes and names in them are not.
    (escape(&what), to_do)
}
