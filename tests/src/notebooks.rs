//! Notebooks that ask for every figure and table, for tests of what fills them in.

use std::path::Path;

use crate::synthetic_run::EXPERIMENTS;

/// Tables of every experiment.
const TABLES: [&str; 8] =
    ["claims", "figures", "stages", "outcomes", "rates", "steady-state", "cost", "limits"];

/// The figures and the tables of one.
const fn own(experiment: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match experiment.as_bytes() {
        b"baseline" => (
            &[
                "operation-duration",
                "handoff",
                "handoff-distribution",
                "kinesis-handoff",
                "stages",
                "cost",
            ],
            &["waiting", "cold-starts", "cost-by-rate"],
        ),
        b"receiver-duration" => {
            (&["receiver-slope", "receiver-handoff"], &["slopes", "waiting-cost"])
        }
        b"payload-size" => (&["payload-handoff", "payload-operation"], &["probes"]),
        b"concurrency" => {
            (&["concurrency-handoff", "throughput", "heat-map", "open-loop"], &["sustained"])
        }
        b"cold-start" => (&["cold"], &["cold-starts", "init"]),
        b"kinesis-tuning" => (&["kinesis-tuning"], &["poll-share"]),
        _ => (&[], &[]),
    }
}

/// Writes a notebook for each experiment into a folder.
///
/// # Errors
/// When they cannot be written.
pub fn write(folder: &Path) -> std::io::Result<()> {
    for experiment in EXPERIMENTS {
        let (figures, tables) = own(experiment);
        let mut text = format!("# The experiment {experiment}\n");
        let figures = figures.iter().map(|name| ("figure", *name));
        let tables = tables.iter().chain(&TABLES).map(|name| ("table", *name));
        for (kind, name) in figures.chain(tables) {
            text.push_str(&format!("\n## {kind} {name}\n\n<!-- {kind}: {name} -->\n"));
        }
        std::fs::create_dir_all(folder.join(experiment))?;
        std::fs::write(folder.join(experiment).join("NOTEBOOK.md"), text)?;
    }
    Ok(())
}
