//! Having A send: invoking each sender with what it is asked, and holding its answer against it.

use std::time::Duration;

use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use tokio::task::JoinSet;
use tokio::time::Instant;
use wire::{SendRequest, SendSummary};

use crate::error::LabError;
use crate::orders::LONGEST_INVOCATION;

/// What Lambda said of the invocations of A beside their answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// How often an invocation of A was throttled; it was made again each time.
    pub throttled: u64,
}

impl Sent {
    /// Adds what another sending saw.
    pub fn add(&mut self, other: Self) {
        self.throttled += other.throttled;
    }
}

/// Has every sender work through its requests, the senders in parallel.
///
/// `client` must neither retry nor time out: a retried invoke would send its messages twice. One
/// that is throttled has sent nothing, and is made again after a pause.
///
/// # Errors
/// [`LabError::Sender`] when A fails as a whole or sends fewer messages than it was asked to;
/// [`LabError::Service`] when it cannot be invoked, or stays throttled.
pub async fn send(
    client: &aws_sdk_lambda::Client,
    function: &str,
    requests: Vec<Vec<SendRequest>>,
) -> Result<Sent, LabError> {
    let mut senders: JoinSet<Result<Sent, LabError>> = JoinSet::new();
    for requests in requests {
        let (client, function) = (client.clone(), function.to_owned());
        senders.spawn(async move {
            let mut sent = Sent::default();
            for request in requests {
                sent.add(invoke(&client, &function, &request).await?);
            }
            Ok(sent)
        });
    }
    let mut sent = Sent::default();
    while let Some(done) = senders.join_next().await {
        sent.add(done.map_err(|panic| sender_failed(function, panic.to_string()))??);
    }
    Ok(sent)
}

/// Lambda's error code for an invocation beyond what the account or the function may run.
const THROTTLED: &str = "TooManyRequestsException";
/// How long an invocation of A that is throttled is made again. A place comes free when another
/// invocation ends, which takes up to what one of A is planned to last.
pub(crate) const THROTTLED_FOR: Duration = LONGEST_INVOCATION;
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

async fn invoke(
    client: &aws_sdk_lambda::Client,
    function: &str,
    request: &SendRequest,
) -> Result<Sent, LabError> {
    let failed = |reason: String| sender_failed(function, reason);
    let payload = Blob::new(serde_json::to_vec(request).map_err(|e| failed(e.to_string()))?);
    let end = Instant::now() + THROTTLED_FOR;
    let mut sent = Sent::default();
    let mut pause = FIRST_PAUSE;
    let answer = loop {
        let answer = client
            .invoke()
            .function_name(function)
            .invocation_type(InvocationType::RequestResponse)
            .payload(payload.clone())
            .send()
            .await;
        match answer {
            Ok(answer) => break answer,
            Err(e) if e.code() == Some(THROTTLED) && Instant::now() < end => {
                sent.throttled += 1;
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(e) => return Err(LabError::service(format!("invoke {function}"))(e)),
        }
    };
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if let Some(error) = answer.function_error() {
        return Err(failed(format!("{error}: {}", String::from_utf8_lossy(payload))));
    }
    let summary: SendSummary = serde_json::from_slice(payload)
        .map_err(|e| failed(format!("{e} in its answer {}", String::from_utf8_lossy(payload))))?;
    check(function, request, &summary)?;
    Ok(sent)
}

/// Whether A's answer says that it has done what it was asked.
///
/// # Errors
/// [`LabError::Sender`] with what it says.
pub(crate) fn check(
    function: &str,
    request: &SendRequest,
    summary: &SendSummary,
) -> Result<(), LabError> {
    let asked = request.schedule.count();
    if summary.batch == request.batch && summary.attempted == asked {
        return Ok(());
    }
    let reason =
        format!("asked for {asked} messages of batch {}, it answers {summary:?}", request.batch);
    Err(sender_failed(function, reason))
}

pub(crate) fn sender_failed(function: &str, reason: String) -> LabError {
    LabError::Sender { function: function.to_owned(), reason }
}
