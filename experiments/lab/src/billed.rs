//! What Lambda billed a run, from its REPORT lines, beside what was estimated before.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use store::{Architecture, ExperimentPlan, RunDir, Side, StoreError};

use crate::cost::{Cost, Prices};

/// What one side was billed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Billed {
    invocations: u64,
    gb_seconds: f64,
    usd: f64,
}

/// The comparison for an experiment, in words: what is estimated and what was billed, per side.
///
/// # Errors
/// When a part cannot be read.
pub fn compare(
    run: &RunDir,
    experiment: &str,
    plan: &ExperimentPlan,
    estimate: &Cost,
    prices: &Prices,
) -> Result<String, StoreError> {
    let architectures: BTreeMap<u32, Architecture> =
        plan.cells.iter().map(|cell| (cell.cell, cell.architecture)).collect();
    let mut sides = BTreeMap::from([
        (Side::Sender.name(), Billed::default()),
        (Side::Receiver.name(), Billed::default()),
    ]);
    for key in run.parts()?.iter().filter(|key| key.experiment == experiment) {
        for invocation in run.read_invocations(key)? {
            let Some(side) = sides.get_mut(invocation.side.name()) else { continue };
            #[expect(
                clippy::cast_precision_loss,
                reason = "milliseconds of a run are far below 2^52"
            )]
            let seconds = invocation.billed_ms as f64 / 1e3;
            let gb_seconds = seconds * f64::from(invocation.memory_mb) / 1024.0;
            side.invocations += 1;
            side.gb_seconds += gb_seconds;
            if let Some(architecture) = architectures.get(&key.cell) {
                side.usd += prices.lambda_usd(*architecture, gb_seconds);
            }
        }
    }
    let mut text = String::new();
    for (side, estimated) in
        [(Side::Sender, "A: Lambda GB-seconds"), (Side::Receiver, "B: Lambda GB-seconds")]
    {
        let billed = sides.get(side.name()).copied().unwrap_or_default();
        let _ = writeln!(
            text,
            "  {estimated}: estimated {:.4} USD, billed {:.4} USD ({:.1} GB-s in {} invocations)",
            estimate.usd.get(estimated).copied().unwrap_or_default(),
            billed.usd,
            billed.gb_seconds,
            billed.invocations,
        );
    }
    Ok(text)
}
