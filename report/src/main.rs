//! `report`: makes the report of a run.

mod reduction;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use report::analysis::{Margin, RunData};
use report::{ReportError, program, reference};
use store::RunDir;

const EXAMPLES: &str = "\
Examples:
  report                                  the newest run of data/runs into report/latest
  report 20261123T201500Z-quick-346b3b2   a run by its name
  report /mnt/runs/example --out /tmp/r   a run by its folder, into another folder
  report --prices eu-central-1.toml       the newest run, its cost by other prices

Exit codes: 0 the report is written, its path is on stdout; 1 it could not be made (why is on
stderr, and what was there before stays); 2 the arguments or the run's files are not in order.";

/// Makes the report of a run: REPORT.md and figures.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The run: its name below --runs, or its folder; the newest one where it is left out
    run: Option<String>,
    /// The folder of runs
    #[arg(long, default_value = "data/runs")]
    runs: PathBuf,
    /// Where the report goes; a report that is there is replaced
    #[arg(long, default_value = "report/latest")]
    out: PathBuf,
    /// The experiments' folder, with a NOTEBOOK.md in each
    #[arg(long, default_value = "experiments")]
    notebooks: PathBuf,
    /// A file of prices, of the form of data/reference/aws_prices.toml, instead of that one
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// By how much transports of different tiers of the answer differ at least
    #[arg(long, value_name = "PERCENT", default_value = "10%")]
    margin: Margin,
    /// Read, check and reduce the run only, and say as JSON what that took; `just bench` calls it
    #[arg(long, hide = true)]
    reduce: bool,
}

fn main() -> ExitCode {
    program::end(make(&Arguments::parse()))
}

fn make(arguments: &Arguments) -> Result<String, ReportError> {
    let run = match arguments.run.as_deref() {
        None => RunDir::newest(&arguments.runs)?,
        Some(run) => program::run(run, &arguments.runs)?,
    };
    if arguments.reduce {
        return Ok(reduction::timed(&run)?);
    }
    let data = RunData::read(&run)?;
    let prices = match &arguments.prices {
        Some(path) => reference::prices_of_file(path)?,
        None => reference::prices()?,
    };
    let document =
        report::document::report(&data, &arguments.notebooks, &prices, arguments.margin)?;
    let path = report::write(&document, &arguments.out)?;
    Ok(format!("{}\n", path.display()))
}
