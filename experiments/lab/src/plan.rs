//! What a run will measure and how long that will take.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{CellPlan, ExperimentPlan, MappingPlan, PartKey};
use wire::Transport;

use crate::backend::Place;
use crate::cli::SweepOptions;
use crate::cost::{Cost, Prices};
use crate::deploy::PairKey;
use crate::driver::DriverName;
use crate::error::LabError;
use crate::experiment::Axes;
use crate::limits::Limits;
use crate::orders;
use crate::sample_size::{Spreads, Test};
use crate::sweep;

/// One visit of a cell: what becomes one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The round, from 0.
    pub round: u32,
    /// The cell's number.
    pub cell: u32,
}

/// The plan of an experiment's sweep, as its manifest section keeps it.
///
/// # Errors
/// As [`sweep::cells`].
pub fn of(
    sweeps: &[Axes],
    architecture: store::Architecture,
    limits: &Limits,
) -> Result<ExperimentPlan, LabError> {
    let cells = sweep::cells(sweeps, architecture, limits)?;
    Ok(ExperimentPlan {
        // All sweeps of an experiment are visited in the same rounds.
        rounds: sweeps.iter().map(|axes| axes.rounds).max().unwrap_or(1),
        cells,
        finished: false,
        overhead_ns: None,
    })
}

/// Every visit in the order of the seed: the cells over a limit are left out, and each probe is
/// visited once.
#[must_use]
pub fn visits(plan: &ExperimentPlan, seed: u64) -> Vec<Visit> {
    let cells = u32::try_from(plan.cells.len()).unwrap_or(u32::MAX);
    (0..plan.rounds)
        .flat_map(|round| {
            sweep::order(seed, round, cells).into_iter().map(move |cell| Visit { round, cell })
        })
        .filter(|visit| plan.cells[visit.cell as usize].visited_in(visit.round))
        .collect()
}

/// The visits that are left to do: those whose part is not there.
#[must_use]
pub fn left(
    plan: &ExperimentPlan,
    seed: u64,
    experiment: &str,
    has_part: impl Fn(&PartKey) -> bool,
) -> Vec<Visit> {
    let mut visits = visits(plan, seed);
    visits.retain(|visit| {
        !has_part(&part_key(experiment, &plan.cells[visit.cell as usize], visit.round))
    });
    visits
}

/// The part of a cell in a round.
#[must_use]
pub fn part_key(experiment: &str, cell: &CellPlan, round: u32) -> PartKey {
    let (transport, cell) = (cell.transport, cell.cell);
    PartKey { experiment: experiment.to_owned(), transport, cell, round }
}

/// About how long a visit of a cell takes: its messages at their rate, B's work where somebody
/// waits for it, and what Kinesis' poll adds to warm-up and measurement.
#[must_use]
pub fn expected(cell: &CellPlan, shard_poll_interval: Duration) -> Duration {
    let work = Duration::from_millis(cell.receiver_ms.into());
    let schedule = match cell.rate_per_s {
        Some(rate) => Duration::from_secs_f64(f64::from(cell.messages) / rate),
        None if cell.transport == Transport::SyncInvoke => {
            work * (cell.messages / cell.concurrency.max(1))
        }
        None => Duration::ZERO,
    };
    // An environment of A for each sender, and what they hand over.
    let senders = Duration::from_millis(5) * cell.concurrency.saturating_sub(1);
    let warmup_work = Duration::from_millis(orders::warmup_work_ms(cell).into());
    let warmup = match cell.rate_per_s {
        None if cell.transport == Transport::SyncInvoke => warmup_work * cell.warmup,
        _ => warmup_work,
    };
    let waits = match &cell.mapping {
        // Half an interval each for the warm-up, the start in any phase and the measured messages.
        Some(mapping) if mapping.is_polled_stream() => shard_poll_interval * 3 / 2,
        _ => Duration::ZERO,
    };
    let window = cell.mapping.as_ref().map_or(0, |mapping| mapping.batching_window_ms);
    let windows = Duration::from_millis(window.into()) * 2;
    // A fresh environment for each message: the update, the start and the message itself.
    let fresh = cell
        .fresh_side
        .map_or(Duration::ZERO, |_| (Duration::from_millis(50) + work + waits / 3) * cell.messages);
    schedule + senders + warmup + work + waits + windows + fresh + Duration::from_millis(50)
}

/// How often a cell is visited in all rounds.
#[must_use]
pub fn visits_of(cell: &CellPlan, rounds: u32) -> u32 {
    let visited = (0..rounds).filter(|round| cell.visited_in(*round)).count();
    u32::try_from(visited).unwrap_or(u32::MAX)
}

/// The plan in words, for standard output.
#[must_use]
pub fn describe(name: &str, question: &str, plan: &ExperimentPlan, poll: Duration) -> String {
    let mut text = format!("{name}: {question}\n");
    for cell in &plan.cells {
        let label = label(cell);
        let what = match &cell.limit {
            Some(limit) if cell.probe => {
                format!("once, over {} ({} bytes)", limit.name, limit.bytes)
            }
            Some(limit) => format!("not run: over {} ({} bytes)", limit.name, limit.bytes),
            None => format!(
                "{} messages and {} to warm up, about {}",
                cell.messages,
                cell.warmup,
                short(expected(cell, poll)),
            ),
        };
        let _ = writeln!(text, "  cell {:>3}  {label}  {what}", cell.cell);
    }
    let (messages, time) = messages_and_time(plan, poll);
    let _ = writeln!(
        text,
        "  {} cells, {} rounds, {messages} messages with warm-up, about {}",
        plan.cells.len(),
        plan.rounds,
        short(time)
    );
    text.push_str(&crate::needs::warning(plan).unwrap_or_default());
    text
}

/// What an experiment makes, by its kind.
fn resources(plan: &ExperimentPlan) -> BTreeMap<String, usize> {
    let visited = plan.cells.iter().filter(|cell| visits_of(cell, plan.rounds) > 0);
    let pairs: BTreeSet<PairKey> = visited.map(PairKey::of).collect();
    let over = |transport| pairs.iter().filter(|pair| pair.transport == transport).count();
    let pushed = |pair: &&PairKey| {
        pair.mapping.as_ref().is_some_and(|mapping| mapping.enhanced_fan_out == Some(true))
    };
    let counts = [
        ("roles", 2),
        ("functions", 2 * pairs.len()),
        ("log groups", 2 * pairs.len()),
        ("topics", over(Transport::Sns)),
        ("streams", over(Transport::Kinesis)),
        ("stream consumers", pairs.iter().filter(pushed).count()),
        ("queues", over(Transport::Sqs)),
        ("event source mappings", pairs.iter().filter(|pair| pair.mapping.is_some()).count()),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    counts.map(|(kind, count)| (kind.to_owned(), count)).collect()
}

fn messages_and_time(plan: &ExperimentPlan, poll: Duration) -> (u64, Duration) {
    let (mut messages, mut time) = (0, Duration::ZERO);
    for cell in &plan.cells {
        let visits = visits_of(cell, plan.rounds);
        messages += u64::from(cell.messages + cell.warmup) * u64::from(visits);
        time += expected(cell, poll) * visits;
    }
    (messages, time)
}

/// What plans come to together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// Cells, those over a limit among them.
    pub cells: usize,
    /// Messages with warm-up, in all rounds.
    pub messages: u64,
    /// Expected time of measuring, in seconds.
    pub seconds: f64,
    /// Expected cost on AWS.
    pub cost: Cost,
    /// What is made, by its kind: the most that exists at a time where experiments are added up.
    pub resources: BTreeMap<String, usize>,
}

impl Total {
    /// What one experiment's plan comes to.
    #[must_use]
    pub fn of(
        plan: &ExperimentPlan,
        place: Place,
        options: &SweepOptions,
        prices: &Prices,
    ) -> Self {
        let (messages, time) = messages_and_time(plan, options.shard_poll_interval());
        let visits: u32 = plan.cells.iter().map(|cell| visits_of(cell, plan.rounds)).sum();
        let time = time + place.visit_overhead() * visits;
        let mut cost = Cost::of(plan, time, prices);
        let (cells, mut resources) = (plan.cells.len(), resources(plan));
        if options.driver == DriverName::StepFunctions {
            cost.add_state_machine(plan, prices);
            *resources.entry("roles".to_owned()).or_default() += 1;
            resources.insert("state machines".to_owned(), 1);
        }
        Self { cells, messages, seconds: time.as_secs_f64(), cost, resources }
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.cells += other.cells;
        self.messages += other.messages;
        self.seconds += other.seconds;
        self.cost.add(&other.cost);
        for (kind, count) in &other.resources {
            let most = self.resources.entry(kind.clone()).or_default();
            *most = (*most).max(*count);
        }
    }

    /// One line of JSON.
    #[must_use]
    pub fn to_line(&self) -> String {
        // A struct of numbers; its keys are text.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }

    /// Reads [`Total::to_line`] back.
    ///
    /// # Errors
    /// [`LabError::Backend`] when an experiment of another build has written it.
    pub fn from_line(line: &str) -> Result<Self, LabError> {
        serde_json::from_str(line).map_err(|e| {
            let advice = "`cargo build --workspace` makes all programs alike";
            LabError::Backend(format!("cannot read an experiment's plan: {e}; {advice}"))
        })
    }

    /// What is made, in words.
    #[must_use]
    pub fn resources_in_words(&self) -> String {
        let kinds: Vec<String> =
            self.resources.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        kinds.join(", ")
    }

    /// In words, for standard output.
    #[must_use]
    pub fn describe(&self, experiments: usize) -> String {
        format!(
            "all {experiments} experiments: {} cells, {} messages with warm-up, about {} of \
             measuring and some seconds for each experiment to deploy and tear down\n  at a time: {}\n{}",
            self.cells,
            self.messages,
            short(Duration::from_secs_f64(self.seconds)),
            self.resources_in_words(),
            self.cost.describe()
        )
    }
}

/// Which shift of a median two runs of this plan tell apart, in words.
#[must_use]
pub fn sample_size(plan: &ExperimentPlan, spreads: &Spreads) -> String {
    let cells: Vec<&CellPlan> = plan.cells.iter().filter(|cell| cell.limit.is_none()).collect();
    let test = Test::of_cells(cells.len());
    let polled = |cell: &CellPlan| cell.mapping.as_ref().is_some_and(MappingPlan::is_polled_stream);
    // What each cell finds, and what it would need to find 10 %.
    let mut each: Vec<(Option<f64>, Option<u32>, u32)> = cells
        .iter()
        .map(|cell| {
            let spread = spreads.of_cell(polled(cell));
            let shift = test.smallest_shift(plan.rounds, cell.messages, spread);
            (shift, test.rounds_needed(0.1, cell.messages, spread), cell.messages)
        })
        .collect();
    // What finds nothing comes last.
    each.sort_by(|one, other| {
        let place = |shift: Option<f64>| shift.unwrap_or(f64::INFINITY);
        place(one.0).total_cmp(&place(other.0))
    });
    let (Some(best), Some(worst)) = (each.first(), each.last()) else { return String::new() };
    let range = |best: String, worst: String| {
        if best == worst { best } else { format!("{best} (best cell) to {worst} (worst)") }
    };
    let percent = |shift: Option<f64>| {
        shift.map_or("no size".to_owned(), |shift| format!("{:.0} %", 100.0 * shift))
    };
    let rounds = |(_, rounds, messages): &(Option<f64>, Option<u32>, u32)| match rounds {
        Some(rounds) => {
            let all = u64::from(*rounds) * u64::from(*messages);
            format!("{rounds} rounds of {messages} messages, {all} in all")
        }
        None => "more rounds than can be counted".to_owned(),
    };
    format!(
        "  sample size: between two runs of this plan, a shift of a cell's median of {} is found\n    \
         with 80 % power at 5 % over {} cells (Bonferroni). 10 % takes {}.\n    Taken for granted: \
         ln(latency) spreads by {} within a round ({} where a shard is polled) and {}\n    between \
         rounds, as in data/runs/example's baseline; --sigma-within, --sigma-polled, --sigma-between.\n",
        range(percent(best.0), percent(worst.0)),
        cells.len(),
        range(rounds(best), rounds(worst)),
        spreads.sigma_within,
        spreads.sigma_polled,
        spreads.sigma_between,
    )
}

/// A cell in a few words.
#[must_use]
pub fn label(cell: &CellPlan) -> String {
    let rate = cell.rate_per_s.map_or(String::new(), |rate| format!(" at {rate}/s"));
    let mut label = format!(
        "{:<12}  {} B  {} sender{}  receiver {} ms  {} MiB  {}{rate}",
        cell.transport.name(),
        cell.payload_bytes,
        cell.concurrency,
        if cell.concurrency == 1 { "" } else { "s" },
        cell.receiver_ms,
        cell.memory_mb,
        cell.arrival.name(),
    );
    if let Some(MappingPlan {
        shards,
        batch_size,
        batching_window_ms,
        parallelization_factor,
        enhanced_fan_out,
    }) = &cell.mapping
    {
        let mut add = |name: &str, value: Option<u32>| {
            if let Some(value) = value {
                let _ = write!(label, "  {name} {value}");
            }
        };
        add("shards", *shards);
        add("batch", Some(*batch_size));
        add("window ms", (*batching_window_ms > 0).then_some(*batching_window_ms));
        add("parallel", *parallelization_factor);
        if cell.mapping.as_ref().is_some_and(MappingPlan::is_on_demand) {
            label.push_str("  on demand");
        }
        if *enhanced_fan_out == Some(true) {
            label.push_str("  enhanced fan-out");
        }
    }
    if cell.limit_raised {
        label.push_str("  limit raised");
    }
    if let Some(side) = cell.fresh_side {
        let _ = write!(label, "  fresh {side}");
    }
    label
}

/// A duration for people.
#[must_use]
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..=9 => format!("{:.1} s", duration.as_secs_f64()),
        10..=99 => format!("{seconds} s"),
        100..=5_999 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Profile;
    use std::collections::HashSet;
    use std::path::Path;

    fn plan() -> ExperimentPlan {
        let limits = Limits::parse(
            "[sns]\npayload_bytes_max = 2000\nsource = \"s\"",
            Path::new("limits.toml"),
        )
        .unwrap();
        let axes = Axes {
            payload_bytes: vec![1024, 4096],
            concurrency: vec![1, 8],
            ..Axes::of(Profile::Smoke)
        };
        of(&[axes], store::Architecture::X86_64, &limits).unwrap()
    }

    #[test]
    fn what_is_left_is_what_has_no_part() {
        let plan = plan();
        let all = visits(&plan, 9);
        // 20 cells, 2 of them over SNS' limit, 2 rounds.
        assert_eq!(all.len(), 18 * 2);
        let done: HashSet<PartKey> = all[..20]
            .iter()
            .map(|visit| part_key("e", &plan.cells[visit.cell as usize], visit.round))
            .collect();
        assert_eq!(left(&plan, 9, "e", |key| done.contains(key)), all[20..]);
        assert_eq!(left(&plan, 9, "other", |key| done.contains(key)), all);
        assert_eq!(left(&plan, 9, "e", |_| true), []);
    }

    #[test]
    fn a_round_is_finished_before_the_next_begins() {
        let rounds: Vec<u32> = visits(&plan(), 9).iter().map(|visit| visit.round).collect();
        assert!(rounds.is_sorted());
    }

    #[test]
    fn a_plan_names_messages_limits_and_time() {
        let text = describe("e", "why?", &plan(), Duration::from_secs(1));
        assert!(text.starts_with("e: why?\n"), "{text}");
        assert!(text.contains("not run: over sns.payload_bytes_max (2000 bytes)"), "{text}");
        assert!(text.contains("20 cells, 2 rounds, 1098 messages with warm-up"), "{text}");
    }
}
