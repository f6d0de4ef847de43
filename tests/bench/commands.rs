//! What a user waits for: whole profiles, and their report, with the programs that `just` runs.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::table::Table;

/// Each profile with what a run of all experiments may take, and what its report may.
const PROFILES: [(&str, f64, f64); 2] = [("smoke", 90.0, 5.0), ("quick", 600.0, 5.0)];

/// Runs each profile and reports on it. `programs` is the folder of those that `just` builds.
pub(crate) fn run_and_report(
    programs: &Path,
    smoke: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (runs, out) = (folder.path().join("runs"), folder.path().join("report"));
    let profiles = if smoke { &PROFILES[..1] } else { &PROFILES[..] };
    for (profile, run_s, report_s) in profiles {
        let mut sweeping = Command::new(programs.join("lab"));
        sweeping.args(["run-sweep", "local", profile, "--run", profile, "--runs"]).arg(&runs);
        if smoke {
            sweeping.arg("baseline");
        }
        let took = timed(&mut sweeping)?.as_secs_f64();
        let what = if smoke { "the baseline" } else { "all experiments" };
        table.add(
            format!("`run-sweep local {profile}`, {what}"),
            format!("{took:.0} s"),
            &format!("under {run_s:.0} s"),
            took < *run_s,
        );
        let mut reporting = Command::new(programs.join("report"));
        reporting.arg(profile).arg("--runs").arg(&runs).arg("--out").arg(&out);
        let took = timed(&mut reporting)?.as_secs_f64();
        table.add(
            format!("`report {profile}`, {what}"),
            format!("{took:.1} s"),
            &format!("under {report_s:.0} s"),
            took < *report_s,
        );
    }
    Ok(())
}

fn timed(command: &mut Command) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let said = command.stdin(Stdio::null()).stdout(Stdio::null()).output()?;
    ensure!(said.status.success(), "{command:?}: {}", String::from_utf8_lossy(&said.stderr));
    Ok(begun.elapsed())
}
