//! Having senders begin through AWS Step Functions, where one machine cannot invoke enough of them
//! at a time: a Distributed Map runs up to 10,000 child workflows beside each other
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>).

mod definition;

use std::time::Duration;

use aws_sdk_sfn::types::ExecutionStatus;
use serde::{Deserialize, Serialize};
use store::ExperimentPlan;
use tokio::task::JoinSet;
use wire::{BatchId, SendRequest, SendSummary, Target};

use crate::drive::{self, Sent};
use crate::error::LabError;
use crate::orders::{Timing, orders};
use crate::plan;

pub use definition::definition;

/// The most that one execution is given: its quota of 262,144 bytes, less what frames the senders
/// and what the map adds to each
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>).
const MOST_INPUT_BYTES: usize = 240_000;
/// So many senders' answers are well below the same quota for what an execution gives.
const MOST_SENDERS: usize = 1_000;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A state machine of [`definition()`].
#[derive(Clone, Debug)]
pub struct StateMachine {
    client: aws_sdk_sfn::Client,
    arn: String,
}

#[derive(Serialize)]
struct Input<'a> {
    function: &'a str,
    senders: &'a [Vec<SendRequest>],
}

/// What became of a request.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Answer {
    // Not every engine knows how often a state was tried.
    Sent { summary: SendSummary, throttled: Option<u64> },
    Failed { error: String, cause: String },
}

impl StateMachine {
    /// The state machine of this ARN.
    #[must_use]
    pub const fn new(client: aws_sdk_sfn::Client, arn: String) -> Self {
        Self { client, arn }
    }

    /// As [`drive::send`], by one execution or, for what one cannot be given, several at a time.
    ///
    /// # Errors
    /// As [`drive::send`]; when an execution does not succeed.
    pub async fn send(
        &self,
        function: &str,
        requests: Vec<Vec<SendRequest>>,
    ) -> Result<Sent, LabError> {
        let mut executions: JoinSet<Result<Sent, LabError>> = JoinSet::new();
        for senders in split(requests) {
            let (machine, function) = (self.clone(), function.to_owned());
            executions.spawn(async move { machine.execute(&function, &senders).await });
        }
        let mut sent = Sent::default();
        while let Some(done) = executions.join_next().await {
            let done = done.map_err(|panic| drive::sender_failed(function, panic.to_string()))?;
            sent.add(done?);
        }
        Ok(sent)
    }

    async fn execute(
        &self,
        function: &str,
        senders: &[Vec<SendRequest>],
    ) -> Result<Sent, LabError> {
        let Some(first) = senders.iter().flatten().next() else { return Ok(Sent::default()) };
        // Says what is sent, so that starting it again by a retry gives the same execution.
        let name = format!("{}-{}", first.batch, first.first_seq);
        let input = serde_json::to_string(&Input { function, senders })
            .map_err(|e| drive::sender_failed(function, e.to_string()))?;
        let started = self
            .client
            .start_execution()
            .state_machine_arn(&self.arn)
            .name(&name)
            .input(input)
            .send()
            .await
            .map_err(LabError::service(format!("start the execution {name}")))?;
        let output = self.output(&name, started.execution_arn()).await?;
        of_output(function, senders, &output)
    }

    /// Waits for an execution's end.
    async fn output(&self, name: &str, arn: &str) -> Result<String, LabError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let execution = self
                .client
                .describe_execution()
                .execution_arn(arn)
                .send()
                .await
                .map_err(LabError::service(format!("look at the execution {name}")))?;
            match execution.status() {
                ExecutionStatus::Running => {}
                ExecutionStatus::Succeeded => {
                    return Ok(execution.output().unwrap_or_default().to_owned());
                }
                ended => {
                    let error = execution.error().unwrap_or("no error given");
                    let cause = execution.cause().unwrap_or("no cause given");
                    return Err(LabError::Execution {
                        name: name.to_owned(),
                        status: ended.to_string(),
                        reason: format!("{error}: {cause}"),
                    });
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

/// Reads what an execution has given.
fn of_output(function: &str, senders: &[Vec<SendRequest>], output: &str) -> Result<Sent, LabError> {
    let failed = |reason: String| drive::sender_failed(function, reason);
    let answers: Vec<Vec<Answer>> = serde_json::from_str(output)
        .map_err(|e| failed(format!("{e} in what its execution gives: {output}")))?;
    let asked: Vec<&SendRequest> = senders.iter().flatten().collect();
    let answers: Vec<Answer> = answers.into_iter().flatten().collect();
    if asked.len() != answers.len() {
        let (asked, answered) = (asked.len(), answers.len());
        return Err(failed(format!("{asked} requests have {answered} answers")));
    }
    let mut sent = Sent::default();
    for (request, answer) in asked.into_iter().zip(answers) {
        match answer {
            Answer::Sent { summary, throttled } => {
                drive::check(function, request, &summary)?;
                sent.throttled += throttled.unwrap_or(0);
            }
            Answer::Failed { error, cause } => return Err(failed(format!("{error}: {cause}"))),
        }
    }
    Ok(sent)
}

/// Deals senders out to as few executions as can take them, in order.
fn split(senders: Vec<Vec<SendRequest>>) -> Vec<Vec<Vec<SendRequest>>> {
    let mut executions: Vec<Vec<Vec<SendRequest>>> = Vec::new();
    let mut filled = usize::MAX;
    for sender in senders {
        let bytes = bytes(&sender);
        match executions.last_mut() {
            Some(last) if filled + bytes <= MOST_INPUT_BYTES && last.len() < MOST_SENDERS => {
                last.push(sender);
                filled += bytes;
            }
            _ => {
                executions.push(vec![sender]);
                filled = bytes;
            }
        }
    }
    executions
}

/// What a sender takes of an input.
fn bytes(sender: &[SendRequest]) -> usize {
    // Numbers and text, which are always written.
    serde_json::to_string(sender).map_or(0, |text| text.len() + 1)
}

/// Whether every sender's requests fit an execution.
///
/// # Errors
/// [`LabError::Usage`] with the cell whose do not.
pub fn check(plan: &ExperimentPlan, seed: u64, poll: Duration) -> Result<(), LabError> {
    // As long as a target gets.
    let target = Target::Sns { topic_arn: "x".repeat(256) };
    for cell in plan.cells.iter().filter(|cell| plan::visits_of(cell, plan.rounds) > 0) {
        for round in 0..plan.rounds {
            let timing = Timing { seed, round, rounds: plan.rounds, shard_poll_interval: poll };
            let orders = orders(cell, &timing, BatchId::new(u64::MAX), &target);
            let warmup = orders.warmup.iter().map(|request| bytes(std::slice::from_ref(request)));
            let most = warmup.chain(orders.measured.iter().map(|sender| bytes(sender))).max();
            if most.is_some_and(|most| most > MOST_INPUT_BYTES) {
                return Err(LabError::Usage(format!(
                    "--driver step-functions: what one sender of the cell {} is asked takes {} \
                     bytes, and an execution is given {MOST_INPUT_BYTES} at the most: fewer messages, \
                     or more senders for them",
                    plan::label(cell),
                    most.unwrap_or_default()
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{DurationNs, Schedule};

    fn request(first_seq: u64, messages: usize) -> SendRequest {
        SendRequest {
            batch: BatchId::new(7),
            first_seq,
            schedule: Schedule::Open { offsets_ns: vec![DurationNs(1_000_000_000); messages] },
            warmup: false,
            target: Target::SyncInvoke { function: "b".into() },
            payload_bytes: 1024,
            work_ns: DurationNs(0),
            fail: false,
        }
    }

    fn answer(request: &SendRequest, throttled: u64) -> String {
        let attempted = request.schedule.count();
        format!(
            r#"{{"summary":{{"batch":"{}","attempted":{attempted},"accepted":{attempted},"refused":0,"sender_env":"e"}},"throttled":{throttled}}}"#,
            request.batch
        )
    }

    #[test]
    fn senders_are_dealt_out_in_order_and_none_is_too_large() {
        let senders: Vec<Vec<SendRequest>> =
            (0..2_500).map(|number| vec![request(number * 10, 10)]).collect();
        let executions = split(senders.clone());
        assert!(executions.len() >= 3);
        for execution in &executions {
            let input = Input { function: "handoff-f", senders: execution };
            let text = serde_json::to_string(&input).unwrap();
            assert!(text.len() < 250_000, "{}", text.len());
            assert!(execution.len() <= MOST_SENDERS);
        }
        assert_eq!(executions.into_iter().flatten().collect::<Vec<_>>(), senders);
        assert!(split(Vec::new()).is_empty());
    }

    #[test]
    fn what_an_execution_gives_is_held_against_what_was_asked() {
        let senders = vec![vec![request(0, 3), request(3, 2)], vec![request(5, 1)]];
        let [one, two] = [&senders[0], &senders[1]];
        let output =
            format!("[[{},{}],[{}]]", answer(&one[0], 2), answer(&one[1], 0), answer(&two[0], 3));
        assert_eq!(of_output("a", &senders, &output).unwrap().throttled, 5);
        let untold = output.replace(":2}", ":null}");
        assert_eq!(of_output("a", &senders, &untold).unwrap().throttled, 3);

        let fewer = format!("[[{},{}],[]]", answer(&one[0], 0), answer(&one[1], 0));
        let error = of_output("a", &senders, &fewer).unwrap_err().to_string();
        assert!(error.contains("3 requests have 2 answers"), "{error}");
        let other = output.replace("\"attempted\":2", "\"attempted\":1");
        of_output("a", &senders, &other).unwrap_err();
        let failed = output
            .replace(&answer(&two[0], 3), r#"{"error":"Lambda.Unknown","cause":"it went away"}"#);
        let error = of_output("a", &senders, &failed).unwrap_err().to_string();
        assert!(error.contains("Lambda.Unknown: it went away"), "{error}");
        of_output("a", &senders, "null").unwrap_err();
    }

    #[test]
    fn a_sender_with_too_many_messages_is_refused_by_its_cell() {
        let plan = |messages| {
            let axes = crate::Axes {
                transports: vec![wire::Transport::Sns],
                load: vec![crate::Load::Constant(100.0)],
                rounds: 1,
                messages,
                ..crate::Axes::of(crate::Profile::Smoke)
            };
            let limits = crate::limits::Limits::default();
            plan::of(&[axes], store::Architecture::X86_64, &limits).unwrap()
        };
        let poll = Duration::from_secs(1);
        check(&plan(1_000), 1, poll).unwrap();
        let error = check(&plan(40_000), 1, poll).unwrap_err().to_string();
        assert!(error.contains("sns") && error.contains("240000"), "{error}");
    }
}
