//! What was run, and where.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::markdown::{escape, table};
use crate::analysis::{ClockBound, RunData};
use crate::document::duration;

/// What to keep in mind of a place that is not AWS.
pub(crate) fn banner(run: &RunData) -> String {
    let backend = &run.manifest.backend;
    let product = format!("{} {}", escape(&backend.product), escape(&backend.version));
    let mut text = match (backend.name.as_str(), backend.product.as_str()) {
        ("aws", _) => return String::new(),
        ("local", _) | (_, "local-cloud") => format!(
            "> **Not AWS.** This run measures this machine and these mechanisms, not AWS: {product}, \
             which runs the real function binaries behind the real wire protocols and adds no delay \
             that a mechanism does not cause: the internal queue of asynchronous invokes, SNS \
             delivery through that queue, the event source mapping's poll of each Kinesis shard.\n"
        ),
        (place, _) => format!(
            "> **Not AWS.** This run measures an emulator on this machine ({}: {product}), not AWS, \
             whose mechanisms are its own.{}\n",
            escape(place),
            gaps(run)
        ),
    };
    if !backend.settings.is_empty() {
        let settings: Vec<String> = backend
            .settings
            .iter()
            .map(|(name, value)| format!("`{}` = {}", escape(name), escape(value)))
            .collect();
        let _ = writeln!(text, "> Its settings: {}.", settings.join(", "));
    }
    text.push('\n');
    text
}

/// What the run itself shows of what the emulator does otherwise than AWS.
fn gaps(run: &RunData) -> String {
    let mut text = String::new();
    let taken = run.cells.iter().filter(|cell| cell.plan.probe && cell.counts.delivered > 0);
    let limits: BTreeSet<&str> = taken
        .filter_map(|cell| cell.plan.limit.as_ref())
        .map(|limit| limit.name.as_str())
        .collect();
    let changed = run.cells.iter().filter(|cell| cell.counts.payload_errors > 0);
    let changed: BTreeSet<&str> = changed.map(|cell| cell.plan.transport.name()).collect();
    for (what, which) in [
        ("Limits that it does not enforce", limits),
        ("Payloads that it changes on the way", changed),
    ] {
        if !which.is_empty() {
            let which: Vec<String> = which.into_iter().map(escape).collect();
            let _ = write!(text, " {what}: {}.", which.join(", "));
        }
    }
    text
}

/// The manifest in short.
pub(crate) fn what_was_run(run: &RunData) -> String {
    let manifest = &run.manifest;
    let host = &manifest.host;
    let commit = match &manifest.git {
        Some(git) if git.clean => format!("`{}`", escape(&git.commit)),
        Some(git) => format!("`{}` with uncommitted changes", escape(&git.commit)),
        None => "not built from a checkout".to_owned(),
    };
    let finished = manifest.finished_at.as_deref().unwrap_or("not finished");
    let backend = &manifest.backend;
    let gib = manifest.host.memory_bytes >> 30;
    let mut rows = vec![
        ("run", format!("`{}`, profile {}", manifest.run_id, escape(&manifest.profile))),
        (
            "place",
            format!(
                "{} ({} {}), {}",
                escape(&backend.name),
                escape(&backend.product),
                escape(&backend.version),
                escape(&manifest.region)
            ),
        ),
        ("when", format!("{} to {}", escape(&manifest.started_at), escape(finished))),
        ("functions", format!("{}, {} MiB", manifest.architecture, manifest.memory_mb)),
        ("source", commit),
        ("seed", manifest.seed.to_string()),
        (
            "machine of the lab",
            format!(
                "{}, {} cores, {gib} GiB, {} {}",
                escape(&host.cpu_model),
                host.cores,
                escape(&host.os),
                escape(&host.kernel)
            ),
        ),
        ("data", format!("{} rows in {} parts", run.rows, run.parts)),
    ];
    for (name, plan) in &manifest.experiments {
        let messages: u64 = plan.cells.iter().map(|cell| u64::from(cell.messages)).sum();
        let warmup: u64 = plan.cells.iter().map(|cell| u64::from(cell.warmup)).sum();
        let overhead = plan.overhead_ns.map_or(String::new(), |ns| {
            #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
            let ns = ns as f64;
            format!("; {} beside the messages", duration(ns))
        });
        let text = format!(
            "{} cells x {} rounds, {messages} measured messages a round, {warmup} to warm \
             up{overhead}",
            plan.cells.len(),
            plan.rounds,
        );
        rows.push(("experiment", format!("{}: {text}", escape(name))));
    }
    if let Some(clock) = ClockBound::of(run) {
        #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
        let [low, high] = [clock.at_least_ns, clock.at_most_ns].map(|ns| duration(ns as f64));
        let text = format!(
            "B's is ahead of A's by {low} to {high}, from the four stamps of each \
                            synchronous call"
        );
        rows.push(("clocks", text));
    }
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    format!("## What was run\n\n{}\n", table(&["", ""], rows))
}
