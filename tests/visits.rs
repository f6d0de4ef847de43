//! What a visit gives for every kind of cell: fresh sides, probes, the largest payloads, many
//! senders, a throttled A.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_lambda::types::{FunctionCode, Runtime};
use lab::backend::{Backend, Place};
use lab::cli::{SweepArgs, SweepOptions};
use lab::deploy::Artifacts;
use lab::run::World;
use lab::{Axes, Experiment, LabError, Load, Profile, Side, Transport, drive, program};
use store::{CellPlan, Outcome, PartKey, Row, RunDir, RunId};
use testkit::programs;
use wire::{BatchId, DurationNs, Schedule, SendRequest, Target};

/// One round of a closed loop over every transport, few messages.
fn few(profile: Profile) -> Axes {
    Axes { load: vec![Load::Closed], rounds: 1, messages: 3, warmup: 2, ..Axes::of(profile) }
}

fn world() -> World {
    let world = program::world(Instant::now()).unwrap();
    World { root: programs::workspace(), programs: programs::folder(), ..world }
}

/// Runs an experiment; gives its parts with their cells and rows, and the run.
async fn run(
    experiment: &Experiment,
    runs: &Path,
) -> Result<(RunDir, Vec<(PartKey, CellPlan, Vec<Row>)>), LabError> {
    let args = SweepArgs {
        backend: Place::Local,
        profile: Profile::Smoke,
        options: SweepOptions {
            run: Some(RunId::new("r").unwrap()),
            seed: Some(1),
            shard_poll_interval: Some(Duration::from_millis(100)),
            runs: Some(runs.to_owned()),
            ..SweepOptions::default()
        },
    };
    lab::run::run(experiment, &args, &world(), &program::listen(false)?).await?;
    let run = RunDir::open(&runs.join("r")).unwrap();
    assert_eq!(run.check().unwrap().missing, []);
    let manifest = run.manifest().unwrap();
    let plan = &manifest.experiments[experiment.name];
    let parts = run.parts().unwrap().into_iter().map(|key| {
        let rows = run.read_part(&key).unwrap();
        let cell = plan.cells[key.cell as usize].clone();
        (key, cell, rows)
    });
    let parts = parts.collect();
    Ok((run, parts))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_side_is_cold_at_every_message() -> Result<(), LabError> {
    static FRESH: Experiment = Experiment {
        name: "fresh",
        question: "?",
        hypothesis: "!",
        sweeps: |profile| {
            let fresh_side = vec![None, Some(Side::Sender), Some(Side::Receiver)];
            vec![Axes { fresh_side, ..few(profile) }]
        },
    };
    let folder = tempfile::tempdir().unwrap();
    let (run, parts) = run(&FRESH, folder.path()).await?;
    assert_eq!(parts.len(), 3 * Transport::ALL.len());
    for (key, cell, rows) in &parts {
        assert_eq!(rows.len(), 5, "{key}");
        for row in rows {
            assert_eq!(row.outcome, Outcome::Delivered, "{row:?}");
        }
        let measured = || rows.iter().filter(|row| !row.warmup);
        for row in measured() {
            // Warm-up messages over a queue may start more environments than they use, and one of
            // those is cold when its turn comes: the other side is surely warm only where A waits.
            let is_sync = cell.transport == Transport::SyncInvoke;
            let sides = [(Side::Sender, row.sender_cold), (Side::Receiver, row.receiver_cold)];
            for (side, cold) in sides {
                let is_fresh = cell.fresh_side == Some(side);
                if is_fresh || is_sync || side == Side::Sender {
                    assert_eq!(cold, Some(is_fresh), "{side}: {row:?}");
                }
            }
        }
        let count = |envs: BTreeSet<_>| envs.len();
        let senders = count(measured().map(|row| row.sender_env.clone()).collect());
        let receivers = count(measured().map(|row| row.receiver_env.clone()).collect());
        match cell.fresh_side {
            Some(Side::Sender) => assert_eq!(senders, 3, "{key}"),
            Some(Side::Receiver) => assert_eq!(receivers, 3, "{key}"),
            None => assert_eq!(senders, 1, "{key}"),
        }
        let invocations = testkit::invocations::check(&run, key);
        let inits = |side| {
            let of_side = invocations.iter().filter(|i| i.side == side && !i.warmup);
            of_side.filter(|i| i.init_ns.is_some()).count()
        };
        if let Some(side) = cell.fresh_side {
            assert_eq!(inits(side), 3, "{key}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_limit_allows_arrives_and_one_byte_more_is_refused() -> Result<(), LabError> {
    static LIMITS: Experiment = Experiment {
        name: "limits",
        question: "?",
        hypothesis: "!",
        sweeps: |profile| {
            vec![Axes {
                payload_bytes: vec![262_144, 1_048_576, 6_291_456],
                limit_raised: vec![false, true],
                probe_limits: true,
                // A probe is sent in the first round only.
                rounds: 2,
                messages: 2,
                warmup: 1,
                ..few(profile)
            }]
        },
    };
    let folder = tempfile::tempdir().unwrap();
    let (run, parts) = run(&LIMITS, folder.path()).await?;
    let mut refused = BTreeMap::new();
    for (key, cell, rows) in &parts {
        testkit::invocations::check(&run, key);
        if !cell.probe {
            for row in rows {
                // A shard takes 1 MiB a second; what comes too soon is refused and says so.
                const TOO_SOON: &str = "ProvisionedThroughputExceededException";
                if cell.transport == Transport::Kinesis && row.outcome == Outcome::Rejected {
                    assert_eq!(row.error_code.as_deref(), Some(TOO_SOON), "{row:?}");
                    continue;
                }
                let arrived = (row.outcome, row.payload_ok);
                assert_eq!(arrived, (Outcome::Delivered, Some(true)), "{row:?}");
            }
            continue;
        }
        assert_eq!((key.round, rows.len()), (0, 1), "{key}");
        let row = &rows[0];
        assert_eq!((row.outcome, row.deliveries), (Outcome::Rejected, 0), "{row:?}");
        assert!(row.sender_request_id.is_some() && row.receiver_request_id.is_none(), "{row:?}");
        let error = row.error_code.clone().unwrap();
        refused.insert((row.transport.name(), row.payload_bytes), error);
    }
    // As the API references of Invoke, Publish, PutRecord and SendMessage name them.
    let expected = [
        (("async-invoke", 1_048_577), "RequestTooLargeException"),
        (("kinesis", 1_048_577), "ValidationException"),
        (("kinesis", 10_485_761), "ValidationException"),
        (("sns", 262_145), "InvalidParameter"),
        (("sns", 1_048_577), "InvalidParameter"),
        (("sqs", 1_048_577), "InvalidParameterValue"),
        (("sync-invoke", 6_291_457), "RequestTooLargeException"),
    ];
    let expected = expected.map(|(probe, error)| (probe, error.to_owned()));
    assert_eq!(refused, BTreeMap::from(expected));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_senders_get_the_room_that_they_need() -> Result<(), LabError> {
    static MANY: Experiment = Experiment {
        name: "many",
        question: "?",
        hypothesis: "!",
        sweeps: |profile| {
            let transports = vec![Transport::SyncInvoke];
            vec![Axes { transports, concurrency: vec![100], ..few(profile) }]
        },
    };
    let folder = tempfile::tempdir().unwrap();
    let (run, parts) = run(&MANY, folder.path()).await?;
    let (key, _, rows) = &parts[0];
    assert_eq!(rows.len(), 200);
    let delivered = rows.iter().filter(|row| row.outcome == Outcome::Delivered).count();
    assert_eq!(delivered, 200, "{key}");
    testkit::invocations::check(&run, key);
    let settings = run.manifest().unwrap().backend.settings;
    assert_eq!(settings["many.max_environments"], "300");
    assert_eq!(settings["account_concurrency"], "1000");
    assert_eq!(settings.get("many.account_concurrency"), None);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_sender_is_invoked_again_and_sends_once() -> Result<(), LabError> {
    let programs = programs::folder();
    let backend = Backend::start(Place::Local, &SweepOptions::default(), &programs).await?;
    let clients = backend.clients();
    let artifacts = Artifacts::pack(&programs, lab::facts::architecture())?;
    let endpoint = backend.function_environment();
    let environment = aws_sdk_lambda::types::Environment::builder()
        .set_variables(Some(endpoint.into_iter().collect()));
    clients
        .lambda
        .create_function()
        .function_name("a")
        .runtime(Runtime::Providedal2023)
        .role(testkit::functions::ROLE)
        .handler("bootstrap")
        .timeout(60)
        .environment(environment.build())
        .code(FunctionCode::builder().zip_file(artifacts.sender.zip.clone()).build())
        .send()
        .await
        .unwrap();
    let reserve = clients.lambda.put_function_concurrency().function_name("a");
    reserve.reserved_concurrent_executions(1).send().await.unwrap();
    let request = |seq| SendRequest {
        batch: BatchId::new(1),
        first_seq: seq,
        // Long enough for the others to come meanwhile.
        schedule: Schedule::Open { offsets_ns: vec![DurationNs(200_000_000)] },
        warmup: false,
        target: Target::SyncInvoke { function: "nobody".to_owned() },
        payload_bytes: 1024,
        work_ns: DurationNs(0),
        fail: false,
    };
    let requests = (0..3).map(|seq| vec![request(seq)]).collect();
    let sent = drive::send(&clients.invoke, "a", requests).await?;
    assert!(sent.throttled > 0, "{sent:?}");
    let lines = clients.logs.filter_log_events().log_group_name("/aws/lambda/a");
    let lines = lines.filter_pattern(r#"{ $.handoff = "sent" }"#).send().await.unwrap();
    assert_eq!(lines.events().len(), 3, "each sender has sent its message once");
    backend.stop().await;
    Ok(())
}
