//! The driver `step-functions`, with what stands for Step Functions: it takes the calls that the lab
//! makes, and does with the senders what the definition says, without reading it. The container's tests have an
//! engine that does read it (`tests/container.rs`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use store::{Outcome, RunDir};
use tokio::net::TcpListener;

use crate::account::{ACCOUNT, Account, sweep};
use crate::calls::clean;

#[derive(Default)]
struct State {
    /// By ARN.
    machines: BTreeMap<String, Value>,
    /// Their outputs by ARN; null while they run, false for one that has failed.
    executions: BTreeMap<String, Value>,
    started: usize,
    /// How many executions fail, as they do while the policy of the machine's role spreads.
    fail_first: usize,
    /// Whether executions never end by themselves.
    hang: bool,
}

impl State {
    /// The executions of a machine that have not ended.
    fn running(&self, machine: &str) -> Vec<String> {
        let of = format!("{}:", machine.replace("stateMachine:", "execution:"));
        let running = self.executions.iter().filter(|(_, output)| output.is_null());
        running.map(|(arn, _)| arn.clone()).filter(|arn| arn.starts_with(&of)).collect()
    }
}

/// What stands for Step Functions.
pub(crate) struct StepFunctions {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

impl StepFunctions {
    pub(crate) async fn open(account: &Account) -> Self {
        let lambda = aws_sdk_lambda::Client::new(&account.config());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let ours = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (state, lambda) = (Arc::clone(&ours), lambda.clone());
                let service =
                    service_fn(move |request| answer(request, Arc::clone(&state), lambda.clone()));
                let serving = hyper::server::conn::http1::Builder::new();
                tokio::spawn(serving.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { endpoint, state }
    }

    fn fail_first(&self, executions: usize) {
        self.state.lock().unwrap().fail_first = executions;
    }

    fn hang(&self) {
        self.state.lock().unwrap().hang = true;
    }

    fn started(&self) -> usize {
        self.state.lock().unwrap().started
    }

    fn machines(&self) -> usize {
        self.state.lock().unwrap().machines.len()
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
    lambda: aws_sdk_lambda::Client,
) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let target = request.headers()["x-amz-target"].to_str().unwrap().to_owned();
    let body: Value =
        serde_json::from_slice(&request.into_body().collect().await?.to_bytes()).unwrap();
    let said = match target.trim_start_matches("AWSStepFunctions.") {
        "CreateStateMachine" => {
            let name = body["name"].as_str().unwrap();
            let arn = format!("arn:aws:states:eu-central-1:{ACCOUNT}:stateMachine:{name}");
            state.lock().unwrap().machines.insert(arn.clone(), body);
            json!({"stateMachineArn": arn, "creationDate": 0})
        }
        "StartExecution" => {
            let machine = body["stateMachineArn"].as_str().unwrap().to_owned();
            let mut locked = state.lock().unwrap();
            assert!(locked.machines.contains_key(&machine), "{machine}");
            locked.started += 1;
            let started = locked.started;
            let fails = started <= locked.fail_first;
            let arn =
                format!("{machine}:execution-{started}").replace("stateMachine:", "execution:");
            let none = if fails { Value::Bool(false) } else { Value::Null };
            locked.executions.insert(arn.clone(), none);
            let input: Value = serde_json::from_str(body["input"].as_str().unwrap()).unwrap();
            let (state, lambda) = (Arc::clone(&state), lambda.clone());
            let execution = arn.clone();
            if !fails && !locked.hang {
                tokio::spawn(async move {
                    let output = run(&lambda, &input).await;
                    state.lock().unwrap().executions.insert(execution, output);
                });
            }
            json!({"executionArn": arn, "startDate": 0})
        }
        "DescribeExecution" => {
            let arn = body["executionArn"].as_str().unwrap();
            let output = state.lock().unwrap().executions[arn].clone();
            let machine = arn.rsplit_once(':').unwrap().0.replace("execution:", "stateMachine:");
            let mut said = json!({"executionArn": arn, "stateMachineArn": machine, "startDate": 0});
            let more = match output {
                Value::Null => json!({"status": "RUNNING"}),
                Value::Bool(_) => json!({"status": "FAILED", "error": "States.Permissions",
                    "cause": "the role is not authorized to perform: states:StartExecution"}),
                output => json!({"status": "SUCCEEDED", "output": output.to_string()}),
            };
            said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            said
        }
        "ListExecutions" => {
            assert_eq!(body["statusFilter"], "RUNNING");
            let machine = body["stateMachineArn"].as_str().unwrap();
            let described = |arn: String| {
                json!({"executionArn": arn, "stateMachineArn": machine, "name": "execution",
                    "status": "RUNNING", "startDate": 0})
            };
            let running = state.lock().unwrap().running(machine);
            json!({"executions": running.into_iter().map(described).collect::<Vec<_>>()})
        }
        "StopExecution" => {
            let arn = body["executionArn"].as_str().unwrap().to_owned();
            state.lock().unwrap().executions.insert(arn, Value::Bool(false));
            json!({"stopDate": 0})
        }
        "DeleteStateMachine" => {
            let machine = body["stateMachineArn"].as_str().unwrap();
            let mut state = state.lock().unwrap();
            assert_eq!(state.running(machine), [""; 0], "it would be there until they end");
            state.machines.remove(machine);
            json!({})
        }
        other => panic!("{other} is none of the calls"),
    };
    Ok(Response::new(Full::new(Bytes::from(said.to_string()))))
}

/// All senders at the same time, the requests of each one after the other.
async fn run(lambda: &aws_sdk_lambda::Client, input: &Value) -> Value {
    let function = input["function"].as_str().unwrap().to_owned();
    let senders = input["senders"].as_array().unwrap().iter().map(|requests| {
        let (lambda, function, requests) = (lambda.clone(), function.clone(), requests.clone());
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for request in requests.as_array().unwrap() {
                let payload = Blob::new(request.to_string());
                let invoking = lambda.invoke().function_name(&function).payload(payload);
                let answer = invoking.send().await.unwrap();
                let summary: Value =
                    serde_json::from_slice(answer.payload.unwrap().as_ref()).unwrap();
                answers.push(json!({"summary": summary, "throttled": 0}));
            }
            json!(answers)
        })
    });
    let mut all = Vec::new();
    for sender in senders.collect::<Vec<_>>() {
        all.push(sender.await.unwrap());
    }
    json!(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_that_a_state_machine_invokes_send_every_message() {
    let account = Account::open(&[]);
    let machine = StepFunctions::open(&account).await;
    machine.fail_first(1);
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap().to_owned();
    let endpoint = machine.endpoint.clone();
    let (said, account) = tokio::task::spawn_blocking(move || {
        let more = [
            "--yes",
            "--driver=step-functions",
            "--axis=transport=async-invoke",
            "--axis=concurrency=4",
        ];
        let words = [&sweep(&runs, "driven")[..], &more].concat();
        (account.run_with(&endpoint, &words), account)
    })
    .await
    .unwrap();
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("1 state machines"), "the plan names it: {}", said.stdout);
    assert!(said.stdout.contains("Step Functions 0."), "and what it costs: {}", said.stdout);
    // One that fails and one to see that the pair works; in each of two rounds one to warm up and
    // one to measure.
    assert_eq!((machine.started(), machine.machines()), (6, 0));
    let run = RunDir::open(&folder.path().join("driven")).unwrap();
    assert_eq!(run.manifest().unwrap().backend.settings["driver"], "step-functions");
    let parts = run.parts().unwrap();
    let rows: Vec<_> = parts.iter().flat_map(|key| run.read_part(key).unwrap()).collect();
    assert_eq!(rows.iter().filter(|row| !row.warmup).count(), 2 * 4);
    for row in &rows {
        assert_eq!((row.outcome, row.deliveries), (Outcome::Delivered, 1), "{row:?}");
    }
    let left = account.resources().await;
    assert!(left.iter().all(|it| it.starts_with("log group ")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_while_its_driver_is_made_leaves_nothing_that_teardown_does_not_find() {
    let account = Account::open(&[]);
    let machine = StepFunctions::open(&account).await;
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    // A role, its policy, and the state machine.
    for step in 1..=3 {
        let (run, crash) = (format!("r{step}"), format!("--crash-after-resources={step}"));
        let more = ["--yes", "--driver=step-functions", &crash];
        let words = [&sweep(runs, &run)[..], &more].concat();
        let said = tokio::task::block_in_place(|| account.run_with(&machine.endpoint, &words));
        assert_eq!(said.code, Some(86), "{}", said.stderr);
        assert_eq!(machine.machines(), usize::from(step == 3));
        assert_eq!(account.resources().await.len(), 1, "the role");
        let words = ["teardown", &run, "--runs", runs];
        let said = tokio::task::block_in_place(|| account.run_with(&machine.endpoint, &words));
        assert!(said.stdout.contains("nothing is left"), "{said:?}");
        assert_eq!((machine.machines(), account.resources().await), (0, Vec::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_stopped_before_its_machine_is_deleted() {
    let account = Account::open(&[]);
    let machine = StepFunctions::open(&account).await;
    machine.hang();
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let calls = folder.path().join("recorded");
    let record = format!("--record-calls={}", calls.display());
    let more = ["--yes", "--driver=step-functions", "--axis=transport=sync-invoke", &record];
    let words = [&sweep(runs, "calls")[..], &more].concat();
    let mut command = account.command(&words);
    let lab = command.env("AWS_ENDPOINT_URL_SFN", &machine.endpoint).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(120);
    while machine.started() == 0 {
        assert!(Instant::now() < patience, "an execution is started");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let killed = std::process::Command::new("kill").args(["-INT", &lab.id().to_string()]).status();
    assert!(killed.unwrap().success());
    let output = tokio::task::block_in_place(|| lab.wait_with_output().unwrap());
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(machine.machines(), 0);
    let left = account.resources().await;
    assert!(left.iter().all(|it| it.starts_with("log group ")), "{left:?}");

    let recorded = std::fs::read_to_string(&calls).unwrap();
    let of_machine = ["ListExecutions", "StopExecution", "DeleteStateMachine"];
    let operation = |line: &&str| {
        let call: Value = serde_json::from_str(line).unwrap();
        of_machine.iter().any(|operation| call["operation"] == *operation)
    };
    let stopping = recorded.lines().filter(operation).map(|line| clean(line, &account));
    insta::assert_snapshot!("stopping", stopping.collect::<Vec<_>>().join("\n"));
}
