//! The same sweeps with the same functions and the same seed on local-cloud and on the emulator that
//! the backend `container` runs, as it is shipped and with TCP_NODELAY on its Lambda Runtime API
//! (`just container-image` makes both): side by side, in turn, on one machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use lab::backend::{Backend, Place};
use lab::cli::SweepOptions;
use lab::deploy::{Artifacts, Deployer, DeploymentLog, PairKey, Tags};
use lab::limits::Limits;
use lab::run::World;
use lab::{Axes, Experiment, Load, Profile, Transport};
use store::{Arrival, Outcome, Row, RunId};

use crate::sweeps::{Sweeps, closed, median_ms, messages_per_s};
use crate::table::Table;

/// How often each place is measured, in turn, so that a drift of the machine falls on all alike.
const PASSES: usize = 2;
/// Measured messages of a cell and pass, few: the emulator delivers some 20 of them a second.
const ONE_SENDER: u32 = 200;
/// As above, with eight senders that send as fast as they can: what a slow place does in twenty
/// seconds.
const EIGHT_SENDERS: u32 = 8_000;
/// Before them, so that as many environments of B run as are needed.
const EIGHT_WARM_UP: u32 = 400;
/// As above, with eight senders that send as often as every place can deliver.
const AT_A_RATE: u32 = 400;
const RATE_PER_S: f64 = 100.0;
/// How often everything is deployed and torn down.
const DEPLOYMENTS: usize = 3;

static SIDE_BY_SIDE: Experiment = Experiment {
    name: "side-by-side",
    question: "How long does what is measured take on one stand-in for AWS and on another?",
    hypothesis: "On local-cloud at most a fifth of the handoff, and fifteen times the messages.",
    sweeps: |profile| {
        let at_a_rate = closed(profile, 8, AT_A_RATE);
        vec![
            closed(profile, 1, ONE_SENDER),
            Axes { warmup: EIGHT_WARM_UP, ..closed(profile, 8, EIGHT_SENDERS) },
            Axes { load: vec![Load::Poisson(RATE_PER_S)], ..at_a_rate },
        ]
    },
};

/// An emulator that is measured.
struct Candidate {
    /// For the table.
    name: &'static str,
    /// For the names of runs.
    slug: &'static str,
    place: Place,
    image: Option<&'static str>,
}

/// local-cloud first: what is aimed at is said of it.
const CANDIDATES: [Candidate; 3] = [
    Candidate { name: "local-cloud", slug: "local-cloud", place: Place::Local, image: None },
    Candidate {
        name: "MiniStack as shipped",
        slug: "ministack",
        place: Place::Container,
        image: Some("ministackorg/ministack:1.5.33"),
    },
    Candidate {
        name: "MiniStack with TCP_NODELAY",
        slug: "ministack-nodelay",
        place: Place::Container,
        image: Some("ministackorg/ministack:1.5.33-nodelay"),
    },
];

impl Candidate {
    /// The functions are the static ones everywhere, of the profile of the programs: only they run
    /// in any image.
    fn options(&self, world: &World) -> SweepOptions {
        let built = Place::Container.functions(&world.programs, &SweepOptions::default());
        let profile = world.programs.file_name().unwrap_or_default();
        let functions = built.with_file_name(profile);
        SweepOptions {
            image: self.image.map(str::to_owned),
            functions: Some(functions),
            ..SweepOptions::default()
        }
    }
}

/// How the senders send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sending {
    /// One, the next message when the call for the one before has returned.
    One,
    /// Eight in the same way: as many messages as go through.
    Eight,
    /// Eight at a rate that every place sustains: no queue grows before B.
    EightAtARate,
}

impl Sending {
    const ALL: [Self; 3] = [Self::One, Self::Eight, Self::EightAtARate];

    fn of(row: &Row) -> Self {
        match (row.concurrency, row.arrival) {
            (1, _) => Self::One,
            (_, Arrival::Closed) => Self::Eight,
            _ => Self::EightAtARate,
        }
    }

    fn words(self) -> String {
        match self {
            Self::One => "senders 1".to_owned(),
            Self::Eight => "senders 8".to_owned(),
            Self::EightAtARate => format!("senders 8 at {RATE_PER_S}/s"),
        }
    }
}

/// Whether something is aimed at: over a polled transport, the mechanism that is modelled decides,
/// not how fast it is done.
fn has_aim(transport: Transport) -> bool {
    matches!(transport, Transport::SyncInvoke | Transport::AsyncInvoke | Transport::Sns)
}

/// What distinguishes the figures of a place.
type Key = (Sending, Transport);

/// Handoff, operation duration and throughput, and the time to deploy and to tear down. Where the
/// emulator cannot be started there is nothing to compare: that is said, or fails where the figures
/// are `required`.
pub(crate) async fn side_by_side(
    sweeps: &Sweeps<'_>,
    required: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    for candidate in CANDIDATES.iter().filter(|candidate| candidate.image.is_some()) {
        let options = candidate.options(sweeps.world());
        match Backend::start(candidate.place, &options, &sweeps.world().programs).await {
            Ok(backend) => backend.stop().await,
            Err(e) if required => return Err(e).context(candidate.name),
            Err(e) => {
                lab::progress::line(&format!("skipped, {} is not here: {e}", candidate.name));
                return Ok(());
            }
        }
    }
    let mut rows: [BTreeMap<Key, Vec<Vec<Row>>>; 3] = Default::default();
    for pass in 0..passes(sweeps) {
        for (candidate, rows) in CANDIDATES.iter().zip(&mut rows) {
            let run = format!("{}-{pass}", candidate.slug);
            let options = candidate.options(sweeps.world());
            let of_pass = sweeps.rows_in(candidate.place, &SIDE_BY_SIDE, &run, options).await?;
            for (transport, of_pass) in of_pass {
                for sending in Sending::ALL {
                    let of_cell = of_pass.iter().filter(|row| Sending::of(row) == sending).cloned();
                    rows.entry((sending, transport)).or_default().push(of_cell.collect());
                }
            }
        }
    }
    compare(&rows, table)?;
    deployments(sweeps, table).await
}

fn passes(sweeps: &Sweeps<'_>) -> usize {
    if sweeps.smoke() { 1 } else { PASSES }
}

fn compare(rows: &[BTreeMap<Key, Vec<Vec<Row>>>; 3], table: &mut Table) -> anyhow::Result<()> {
    let [ours, ..] = rows;
    let mut missing = [0_usize; 3];
    for (measure, value) in
        [("handoff", handoff_ns as fn(&Row) -> Option<f64>), ("operation duration", operation_ns)]
    {
        for key @ (sending, transport) in ours.keys() {
            let mut medians = Vec::new();
            for of_place in rows {
                let passes = of_place.get(key).context("a cell that one place has not")?;
                medians.push(median_ms(&passes.concat(), value)?);
            }
            let [ours, shipped, nodelay] = medians[..] else { continue };
            let aimed_at = measure == "handoff" && has_aim(*transport);
            let (aim, met) = if aimed_at {
                (
                    "at most a fifth of the better of the other two",
                    ours * 5.0 <= shipped.min(nodelay),
                )
            } else {
                ("none stated", true)
            };
            let what = format!("{measure}, {transport}, {}, median", sending.words());
            table.add(what, listed(&medians, |ms| format!("{ms:.3} ms")), aim, met);
        }
    }
    for key @ (sending, transport) in ours.keys().filter(|(sending, _)| *sending == Sending::Eight)
    {
        let mut rates = Vec::new();
        for (of_place, missing) in rows.iter().zip(&mut missing) {
            let passes = of_place.get(key).context("a cell that one place has not")?;
            // Each pass has a beginning and an end of its own; the faster one is disturbed less.
            let mut best = 0.0_f64;
            for pass in passes {
                best = best.max(messages_per_s(pass)?);
                *missing += pass.iter().filter(|row| row.outcome != Outcome::Delivered).count();
            }
            rates.push(best);
        }
        let [ours, shipped, nodelay] = rates[..] else { continue };
        let (aim, met) = if has_aim(*transport) {
            (
                "at least fifteen times the better of the other two",
                ours >= 15.0 * shipped.max(nodelay),
            )
        } else {
            ("none stated", true)
        };
        let what = format!("throughput, {transport}, {}", sending.words());
        table.add(what, listed(&rates, |rate| format!("{rate:.0} messages/s")), aim, met);
    }
    let [ours, ..] = missing;
    let counts = missing.map(|count| count as f64);
    table.add(
        "messages with eight senders that were not delivered exactly once",
        listed(&counts, |count| format!("{count:.0}")),
        "0 on local-cloud",
        ours == 0,
    );
    anyhow::ensure!(ours == 0, "local-cloud lost, doubled or refused {ours} messages");
    Ok(())
}

fn handoff_ns(row: &Row) -> Option<f64> {
    row.handoff_ns.map(|ns| ns as f64)
}

fn operation_ns(row: &Row) -> Option<f64> {
    row.operation_ns.map(|ns| ns as f64)
}

/// The places' figures in the order of [`CANDIDATES`].
fn listed(values: &[f64], text: impl Fn(f64) -> String) -> String {
    let places = CANDIDATES.iter().zip(values);
    let all: Vec<String> =
        places.map(|(candidate, value)| format!("{} {}", candidate.name, text(*value))).collect();
    all.join("; ")
}

/// How long a pair for each transport takes to deploy and to tear down.
async fn deployments(sweeps: &Sweeps<'_>, table: &mut Table) -> anyhow::Result<()> {
    let world = sweeps.world();
    let times = if sweeps.smoke() { 1 } else { DEPLOYMENTS };
    let plan = lab::plan::of(
        &[Axes::of(Profile::Smoke)],
        lab::facts::architecture(),
        &Limits::read(&world.root)?,
    )?;
    let mut places = Vec::new();
    for candidate in &CANDIDATES {
        let options = candidate.options(world);
        let backend = Backend::start(candidate.place, &options, &world.programs).await?;
        let functions = candidate.place.functions(&world.programs, &options);
        let artifacts = Artifacts::pack(&functions, lab::facts::architecture())?;
        let (mut deployed, mut torn_down) = (Vec::new(), Vec::new());
        for number in 0..times {
            let folder = sweeps.runs().join(format!("deployment-{}-{number}", candidate.slug));
            std::fs::create_dir(&folder)?;
            let log = DeploymentLog::open(&folder, backend.site(&RunId::new("bench")?))?;
            let deployer = Arc::new(Deployer {
                clients: backend.clients(),
                log: Arc::new(log),
                artifacts: artifacts.clone(),
                architecture: lab::facts::architecture(),
                environment: backend.function_environment(),
                tags: Tags::of(&RunId::new("bench")?, (world.now)()),
                permissions_boundary: None,
                prefix: format!("handoff-{number}"),
            });
            let keys = plan.cells.iter().map(PairKey::of).collect();
            let began = Instant::now();
            let pairs = Arc::clone(&deployer).pairs(keys).await?;
            deployed.push(began.elapsed());
            anyhow::ensure!(pairs.len() == Transport::ALL.len(), "a pair for each transport");
            let began = Instant::now();
            deployer.tear_down().await?;
            torn_down.push(began.elapsed());
            anyhow::ensure!(deployer.log.resources().is_empty(), "everything is torn down");
        }
        backend.stop().await;
        places.push((median(deployed)?, median(torn_down)?));
    }
    let steps = [
        ("deploying the five transports", places.iter().map(|(deployed, _)| *deployed).collect()),
        ("tearing them down", places.iter().map(|(_, torn_down)| *torn_down).collect::<Vec<_>>()),
    ];
    for (what, took) in steps {
        let met =
            took.iter().zip([1, 10, 10]).all(|(took, most)| *took < Duration::from_secs(most));
        let seconds: Vec<f64> = took.iter().map(Duration::as_secs_f64).collect();
        table.add(
            format!("{what}, median of {times}"),
            listed(&seconds, |s| format!("{s:.2} s")),
            "under 1 s on local-cloud, under 10 s in the container",
            met,
        );
    }
    Ok(())
}

fn median(mut values: Vec<Duration>) -> anyhow::Result<Duration> {
    values.sort_unstable();
    values.get(values.len() / 2).copied().context("nothing was measured")
}
