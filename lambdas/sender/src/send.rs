//! What A does with a request: send each message at its time, stamp it, log it, count it.

use std::io::{self, Stdout};
use std::sync::Arc;

use lambda_runtime::Diagnostic;
use tokio::task::JoinSet;
use wire::{
    DurationNs, Envelope, EnvelopeError, Line, MessageId, PutOutcome, Schedule, SendRequest,
    SendSummary, SentLine, WallNs,
};

use crate::clients::Clients;
use crate::log::Log;
use crate::pace;
use crate::transport::{Prepared, Put};

/// Lambda A in its execution environment.
pub(crate) struct Sender {
    pub(crate) clients: Clients,
    /// Its log stream.
    pub(crate) environment: String,
}

/// Why A could not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum SendError {
    #[error(transparent)]
    Payload(#[from] EnvelopeError),
    #[error("the log cannot be written: {0}")]
    Log(io::Error),
    #[error("the pacing thread cannot be started: {0}")]
    Pace(io::Error),
    #[error("a send task ended early: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl From<SendError> for Diagnostic {
    fn from(error: SendError) -> Self {
        let error_type = match error {
            SendError::Payload(_) => "PayloadTooSmall",
            SendError::Log(_) => "LogNotWritten",
            SendError::Pace(_) => "NoThread",
            SendError::Task(_) => "SendTaskEnded",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

impl Sender {
    /// Sends all messages of a request.
    ///
    /// # Errors
    /// `PayloadTooSmall` before anything is sent, with the smallest size possible; otherwise only
    /// what keeps A itself from working. What the service says of a message is in its line.
    pub(crate) async fn send_all(
        self: &Arc<Self>,
        request: SendRequest,
        request_id: String,
    ) -> Result<SendSummary, Diagnostic> {
        Ok(self.send_schedule(request, request_id).await?)
    }

    async fn send_schedule(
        self: &Arc<Self>,
        mut request: SendRequest,
        request_id: String,
    ) -> Result<SendSummary, SendError> {
        let schedule = std::mem::replace(&mut request.schedule, Schedule::Closed { count: 0 });
        let mut record = Record::new(self, &request, request_id);
        match schedule {
            Schedule::Closed { count } => {
                for index in 0..count {
                    let message = prepare(&request, index)?;
                    let id = message.id;
                    let put = message.put(&self.clients, &request.target).await;
                    // Nobody waits behind a closed loop: a message is wanted when it is sent.
                    record.add(id, put.started_at, put)?;
                }
            }
            Schedule::Open { offsets_ns } => {
                self.send_open(&request, offsets_ns, &mut record).await?;
            }
        }
        record.finish()
    }

    /// Starts every message at its time, whatever is still in flight.
    async fn send_open(
        self: &Arc<Self>,
        request: &SendRequest,
        offsets: Vec<DurationNs>,
        record: &mut Record<'_>,
    ) -> Result<(), SendError> {
        let count = offsets.len() as u64;
        let target = Arc::new(request.target.clone());
        // The next message is made while waiting for its time, not when its time has come.
        let mut next = if count > 0 { Some(prepare(request, 0)?) } else { None };
        let mut due = pace::start(offsets).map_err(SendError::Pace)?;
        let mut in_flight = JoinSet::new();
        let mut started = 0;
        loop {
            tokio::select! {
                // A message that is due goes before the bookkeeping of one that is done.
                biased;
                Some(at) = due.recv(), if started < count => {
                    let Some(message) = next.take() else { break };
                    let target = Arc::clone(&target);
                    let id = message.id;
                    let sender = Arc::clone(self);
                    in_flight.spawn(async move {
                        (id, at.intended_at, message.put(&sender.clients, &target).await)
                    });
                    started += 1;
                    if started < count {
                        next = Some(prepare(request, started)?);
                    }
                }
                Some(done) = in_flight.join_next(), if !in_flight.is_empty() => {
                    let (id, intended_at, put) = done?;
                    record.add(id, intended_at, put)?;
                }
                else => break,
            }
        }
        Ok(())
    }
}

fn prepare(request: &SendRequest, index: u64) -> Result<Prepared, SendError> {
    let id = MessageId { batch: request.batch, seq: request.first_seq + index };
    let payload = Envelope::write(id, request.payload_bytes, request.work_ns, request.fail)?;
    Ok(Prepared { id, payload })
}

/// The lines and counts of one invocation.
struct Record<'a> {
    sender: &'a Sender,
    warmup: bool,
    request_id: String,
    log: Log,
    out: Stdout,
    summary: SendSummary,
}

impl<'a> Record<'a> {
    fn new(sender: &'a Sender, request: &SendRequest, request_id: String) -> Self {
        let summary = SendSummary {
            batch: request.batch,
            attempted: 0,
            accepted: 0,
            refused: 0,
            sender_env: sender.environment.clone(),
        };
        let (log, out) = (Log::default(), io::stdout());
        Self { sender, warmup: request.warmup, request_id, log, out, summary }
    }

    fn add(&mut self, id: MessageId, intended_at: WallNs, put: Put) -> Result<(), SendError> {
        self.summary.attempted += 1;
        match put.outcome {
            PutOutcome::Accepted | PutOutcome::ReceiverFailed { .. } => self.summary.accepted += 1,
            PutOutcome::Refused { .. } => self.summary.refused += 1,
        }
        let line = Line::Sent(SentLine {
            batch: id.batch,
            message_id: id,
            warmup: self.warmup,
            sender_env: self.sender.environment.clone(),
            sender_call: put.call,
            sender_cold: put.call == 0,
            sender_request_id: self.request_id.clone(),
            intended_at_ns: intended_at,
            put_started_at_ns: put.started_at,
            put_finished_at_ns: put.finished_at,
            operation_ns: put.operation,
            outcome: put.outcome,
        });
        self.log.add(&line, &mut self.out).map_err(SendError::Log)
    }

    fn finish(mut self) -> Result<SendSummary, SendError> {
        self.log.flush(&mut self.out).map_err(SendError::Log)?;
        Ok(self.summary)
    }
}
