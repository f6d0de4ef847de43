//! The warnings in words, each with what to do.

use std::collections::BTreeMap;

use store::{InvalidExample, InvalidValues};

use super::markdown::{escape, table};
use super::numbers::{count, percent};
use super::{duration, tables};
use crate::analysis::{Affected, DataWarning, Experiment, FEW_ROUNDS, RATE_KEPT, RunData};

/// More cells than these are counted, not listed.
const LISTED: usize = 4;

pub(crate) fn section(run: &RunData, warnings: &[DataWarning]) -> String {
    if warnings.is_empty() {
        return "## Data quality\n\nNothing to report: every planned message has its row and \
                arrived once, intact and after it was sent.\n\n"
            .to_owned();
    }
    let names = Names { experiments: Experiment::all(run) };
    let rows = warnings.iter().map(|warning| {
        let (what, to_do) = names.words(warning);
        // The words are ours, the codes and names in them are not.
        vec![escape(&what), to_do]
    });
    format!("## Data quality\n\n{}\n", table(&["what the data show", "what to do"], rows))
}

struct Names<'a> {
    experiments: Vec<Experiment<'a>>,
}

impl Names<'_> {
    /// A cell with its number and what tells it apart.
    fn cell(&self, experiment: &str, number: u32) -> String {
        let of = self.experiments.iter().find(|one| one.name == experiment);
        let cell = of.and_then(|one| {
            let cell = one.cells().iter().find(|cell| cell.plan.cell == number)?;
            Some(tables::label(one, &cell.plan))
        });
        format!("cell {number} ({})", cell.unwrap_or_default())
    }

    /// The first cells with what is said of each, and how many more there are.
    fn list<T>(&self, experiment: &str, cells: &[T], of: impl Fn(&T) -> (u32, String)) -> String {
        let mut listed: Vec<String> = cells
            .iter()
            .take(LISTED)
            .map(|cell| {
                let (number, said) = of(cell);
                let said = if said.is_empty() { said } else { format!(": {said}") };
                format!("{}{said}", self.cell(experiment, number))
            })
            .collect();
        if cells.len() > LISTED {
            listed.push(format!("and {} more", cells.len() - LISTED));
        }
        listed.join("; ")
    }

    fn affected(&self, affected: &Affected, what: &str) -> String {
        let Affected { experiment, cells } = affected;
        let (found, of) = affected.total();
        let each = self
            .list(experiment, cells, |cell| (cell.cell, format!("{} of {}", cell.count, cell.of)));
        format!("{experiment}: {found} of {of} messages {what}. {each}")
    }

    fn words(&self, warning: &DataWarning) -> (String, String) {
        let (what, to_do): (String, String) = match warning {
            DataWarning::MissingParts { missing, planned, experiments } => (
                format!(
                    "unfinished run: {missing} of {planned} parts are missing ({})",
                    experiments.join(", ")
                ),
                "go on with the same command and run name; the figures rest on the parts there are"
                    .into(),
            ),
            DataWarning::InvalidValues(found) => self.of_rules(found),
            DataWarning::DelayInjected { settings } => {
                let settings: Vec<String> =
                    settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                (
                    format!("deliveries were delayed on purpose: {}", settings.join(", ")),
                    "use this run to check the instrument, not to compare transports".into(),
                )
            }
            DataWarning::ClockMoved { bound } => {
                #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
                let [low, high] =
                    [bound.at_least_ns, bound.at_most_ns].map(|ns| duration(ns as f64));
                (
                    format!(
                        "a clock was set during the run: B's is ahead by at least {low} and at \
                         most {high}, which cannot both be"
                    ),
                    "do not trust the handoffs; run again with the clock left alone".into(),
                )
            }
            DataWarning::FewRounds { experiment, rounds } => (
                format!("{experiment}: {rounds} rounds only, so intervals are too narrow"),
                format!("measure at least {FEW_ROUNDS} rounds (profile quick or full)"),
            ),
            DataWarning::SourceNotCommitted => (
                "the source had uncommitted changes, or no commit".into(),
                "commit and run again before quoting a figure".into(),
            ),
            DataWarning::RateNotAchieved { .. }
            | DataWarning::PiledUp { .. }
            | DataWarning::SenderLate { .. }
            | DataWarning::NotSteady { .. }
            | DataWarning::MachineShared { .. }
            | DataWarning::ManyColdStarts(_)
            | DataWarning::ReportsMissing { .. } => self.of_schedule(warning),
            _ => self.of_outcomes(warning),
        };
        (what, to_do)
    }

    /// Rows that break a rule for valid values.
    fn of_rules(&self, found: &InvalidValues) -> (String, String) {
        let InvalidValues { experiment, rule, rows, of, example } = found;
        let InvalidExample { part, row, values } = example;
        let what = format!(
            "{experiment}: {rows} of {of} rows of {} break the rule {}: {}. For example {}, round {}, \
             row {row}: {values}",
            rule.data_set,
            rule.id,
            rule.says.replace('`', ""),
            self.cell(experiment, part.cell),
            part.round
        );
        let columns = rule.columns.join(", ");
        let to_do = format!(
            "do not use the figures of this experiment that rest on these columns: {columns}; find \
             what stamps or reads them wrongly (data/FORMAT.md, Rules for valid values), and measure \
             again"
        );
        (what, to_do)
    }

    fn of_outcomes(&self, warning: &DataWarning) -> (String, String) {
        let (what, to_do) = match warning {
            DataWarning::PayloadErrors(cells) => (
                self.affected(cells, "arrived with another length or checksum"),
                "do not trust this run: find what changes payloads on the way",
            ),
            DataWarning::NegativeHandoffs(cells) => (
                self.affected(cells, "arrived before they were sent, by the two clocks"),
                "compare handoffs of this size with the bound on the clocks (What was run); they \
                 are kept in the figures, and a logarithmic axis shows them at its edge",
            ),
            DataWarning::Lost(cells) => (
                self.affected(cells, "were lost"),
                "look for the message ids in B's log and in the transport's dead letters; lost \
                 messages have no handoff, so its percentiles are too low",
            ),
            DataWarning::Failed { affected, codes } => (
                format!("{} ({})", self.affected(affected, "made B raise an error"), list(codes)),
                "read error_message in the rows and B's log",
            ),
            DataWarning::Throttled { affected, codes } => (
                format!("{} ({})", self.affected(affected, "were throttled"), list(codes)),
                "lower the rate or the number of senders, or raise the limit that the code names; \
                 refused messages are in no percentile",
            ),
            DataWarning::Rejected { affected, codes } => (
                format!("{} ({})", self.affected(affected, "were refused"), list(codes)),
                "read error_message in the rows; refused messages are in no percentile",
            ),
            DataWarning::LimitNotEnforced(cells) => (
                self.affected(cells, "over a limit were taken: this backend does not enforce it"),
                "take the limit from its source, not from this run",
            ),
            DataWarning::Duplicated(cells) => (
                self.affected(cells, "arrived more than once"),
                "nothing, where the transport promises at least once; the first delivery is shown",
            ),
            _ => (String::new(), ""),
        };
        (what, to_do.to_owned())
    }

    fn of_schedule(&self, warning: &DataWarning) -> (String, String) {
        match warning {
            DataWarning::RateNotAchieved { experiment, cells } => (
                format!(
                    "{experiment}: fewer than {} of the messages asked for in a second were sent. {}",
                    percent(RATE_KEPT),
                    self.list(experiment, cells, |(cell, asked, achieved)| {
                        (*cell, format!("{}/s of {}/s", count(*achieved), count(*asked)))
                    })
                ),
                "read these cells as what is sustained, not as what the rate costs; give A more \
                 senders to tell A's own limit from the service's"
                    .into(),
            ),
            DataWarning::PiledUp { experiment, cells } => (
                format!(
                    "{experiment}: messages arrived more slowly than they were put, and piled up. {}",
                    self.list(experiment, cells, |(cell, asked, arrived)| {
                        (*cell, format!("{}/s of {}/s", count(*arrived), count(*asked)))
                    })
                ),
                "read their rate of arrival as what is sustained; their handoffs and responses grow \
                 for as long as a visit lasts, and say nothing of a rate that is sustained"
                    .into(),
            ),
            DataWarning::SenderLate { experiment, cells } => (
                format!(
                    "{experiment}: A sent later than the schedule asked, in the median by {}",
                    self.list(experiment, cells, |(cell, late)| (*cell, duration(*late)))
                ),
                "read the response, which counts from the time at which a message was due, not the \
                 handoff"
                    .into(),
            ),
            DataWarning::NotSteady { experiment, cells, looked_at } => (
                format!(
                    "{experiment}: the handoff of {} of {looked_at} cells drifts over the rounds. {}",
                    cells.len(),
                    self.list(experiment, cells, |(cell, drift)| (*cell, format!("{} in all", percent(*drift))))
                ),
                "see its steady-state table; chance makes one in a hundred steady cells drift; run \
                 longer or more rounds, and leave the machine alone"
                    .into(),
            ),
            DataWarning::MachineShared { experiment, cells, cores } => (
                format!(
                    "{experiment}: in {} cells more senders than the machine's {cores} processors, \
                     which senders, receivers and services share here",
                    cells.len()
                ),
                "read these cells as the competition for this machine's processors; at AWS each \
                 environment brings its own"
                    .into(),
            ),
            DataWarning::ManyColdStarts(cells) => (
                self.affected(
                    cells,
                    "met a cold start that the cell does not ask for, and are left out",
                ),
                "excluded from all figures except response and cold starts; the figures with them \
                 stand beside those without; warm up with more messages"
                    .into(),
            ),
            DataWarning::ReportsMissing { side, affected } => (
                self.affected(affected, &format!("have no REPORT line of the {side}")),
                "the billed durations, and so the cost, rest on the lines there are".into(),
            ),
            _ => (String::new(), String::new()),
        }
    }
}

fn list(codes: &BTreeMap<String, u64>) -> String {
    codes.iter().map(|(code, count)| format!("{code}: {count}")).collect::<Vec<_>>().join(", ")
}
