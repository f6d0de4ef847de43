//! `compare`: two runs against each other.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use report::analysis::{Measure, RunData};
use report::compare::{Margin, compare, document};
use report::{ReportError, program};

const EXAMPLES: &str = "\
Examples:
  compare before after                         the second run against the first: the handoff
  compare before after --measure handoff,operation --out /tmp/c
  compare before after --margin 5%             equivalent: within 5 %, not within 10 %
  compare /mnt/runs/before data/runs/after     runs by their folders

Exit codes: 0 the comparison is written, its summary and path are on stdout, whatever the verdicts;
1 it could not be made (why is on stderr, and what was there before stays); 2 the arguments or the
runs' files are not in order, or the runs have no cell in common.";

/// Compares two runs cell by cell: COMPARISON.md and figures.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The run to compare with: its name below --runs, or its folder
    first: String,
    /// The run that is judged: faster or slower than the first
    second: String,
    /// What is compared; verdicts are corrected for all measures given
    #[arg(long, value_enum, value_delimiter = ',', default_value = "handoff")]
    measure: Vec<MeasureName>,
    /// How far apart medians may be to count as equivalent, either way
    #[arg(long, value_name = "PERCENT", default_value = "10%")]
    margin: Margin,
    /// The folder of runs
    #[arg(long, default_value = "data/runs")]
    runs: PathBuf,
    /// Where the comparison goes; a comparison that is there is replaced
    #[arg(long, default_value = "report/compare")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MeasureName {
    /// From A's call to B's handler
    Handoff,
    /// How long A's call takes
    Operation,
    /// From the intended time to B's handler
    Response,
}

impl MeasureName {
    const fn measure(self) -> Measure {
        match self {
            Self::Handoff => Measure::Handoff,
            Self::Operation => Measure::Operation,
            Self::Response => Measure::Response,
        }
    }
}

fn main() -> ExitCode {
    program::end(make(&Arguments::parse()))
}

fn make(arguments: &Arguments) -> Result<String, ReportError> {
    // Both are looked up before either is read, which may take a while.
    let run = |word: &str| program::run(word, &arguments.runs);
    let [first, second] = [run(&arguments.first)?, run(&arguments.second)?];
    let (first, second) = (RunData::read(&first)?, RunData::read(&second)?);
    let mut measures: Vec<Measure> = Vec::new();
    for name in &arguments.measure {
        if !measures.contains(&name.measure()) {
            measures.push(name.measure());
        }
    }
    let document = document(&compare(&first, &second, &measures, arguments.margin)?)?;
    let path = report::write_comparison(&document, &arguments.out)?;
    Ok(format!("{}{}\n", document.summary, path.display()))
}
