//! An execution environment: a process, its Runtime API and the one invocation that it has.

use std::io;
use std::net::Ipv4Addr;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::process::Child;
use tokio::sync::{Notify, oneshot};

use super::Function;
use super::configuration::Configuration;
use super::invocation::{Invocation, InvokeOutcome, RESPONSE_LIMIT_BYTES};
use super::log_capture::LogCapture;
use super::process::{self, Identity};
use super::report::{self, Report, Status};
use super::runtime_api;
use crate::cloud::Cloud;
use crate::iam;

/// An environment that has had no work for so long is ended.
const IDLE_ENDS_AFTER: Duration = Duration::from_secs(600);
/// How long initialisation may take (AWS: 10 seconds), if the function's timeout is not longer.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a reading of the process's memory is used; it costs more than the rest of a REPORT.
const MEMORY_READING_LASTS: Duration = Duration::from_secs(1);

/// An execution environment.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(super) id: u64,
    pub(super) generation: u64,
    cloud: Arc<Cloud>,
    function: Arc<Function>,
    configuration: Arc<Configuration>,
    /// Of the credentials that the process has, which end with it.
    access_key_id: String,
    pid: u32,
    log: LogCapture,
    started: Instant,
    state: Mutex<State>,
    /// Wakes the supervisor before its time.
    wake: Notify,
    /// When the supervisor wakes by itself, in nanoseconds after `started`.
    wakes_at: AtomicU64,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// The runtime's request for the next invocation.
    next: Option<oneshot::Sender<NextInvocation>>,
    current: Option<Running>,
    /// How long initialisation took, until it is reported.
    init: Option<Duration>,
    idle_since: Instant,
    memory_mb: u64,
    memory_read: Option<Instant>,
    retired: bool,
    stopped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Init,
    Ready,
    Ended,
}

#[derive(Debug)]
struct Running {
    invocation: Invocation,
    started: Instant,
    deadline: Instant,
    /// Whether the runtime has got it.
    handed: bool,
}

/// What the runtime gets for its `next`.
#[derive(Debug)]
pub(super) struct NextInvocation {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) deadline_ms: u64,
    pub(super) function_arn: String,
    pub(super) trace_id: Option<String>,
    pub(super) client_context: Option<String>,
}

/// Why the runtime's report about an invocation is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It is not the environment's current invocation.
    UnknownRequest,
    /// The answer is over the limit; the caller learns that instead.
    TooLarge,
}

impl Environment {
    /// Starts the process; work can be assigned once it has asked for some.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub(super) fn start(
        cloud: &Arc<Cloud>,
        function: &Arc<Function>,
        configuration: Arc<Configuration>,
        id: u64,
        generation: u64,
    ) -> io::Result<Arc<Self>> {
        let started = Instant::now();
        let now_ms = cloud.now_ms();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let log_stream = log_stream_name(now_ms);
        let credentials = cloud.iam.credentials.issue(&configuration.role, &configuration.name);
        let started_process = process::start(&Identity {
            configuration: &configuration,
            log_stream: &log_stream,
            runtime_api: listener.local_addr()?,
            region: &cloud.config.region,
            credentials: &credentials,
        });
        let access_key_id = credentials.access_key_id;
        let (child, output) =
            started_process.inspect_err(|_| cloud.iam.credentials.revoke(&access_key_id))?;
        let stream = may_log(cloud, &configuration, &log_stream)
            .then(|| cloud.logs.stream(&configuration.log_group, &log_stream, now_ms));
        let environment = Arc::new(Self {
            id,
            generation,
            cloud: Arc::clone(cloud),
            function: Arc::clone(function),
            configuration,
            access_key_id,
            pid: child.id().unwrap_or(0),
            log: LogCapture::new(output, stream),
            started,
            state: Mutex::new(State {
                phase: Phase::Init,
                next: None,
                current: None,
                init: None,
                idle_since: started,
                memory_mb: 0,
                memory_read: None,
                retired: false,
                stopped: false,
            }),
            wake: Notify::new(),
            wakes_at: AtomicU64::new(u64::MAX),
        });
        tokio::spawn(supervise(Arc::clone(&environment), child, TcpListener::from_std(listener)?));
        let capture = Arc::clone(&environment);
        tokio::spawn(async move { capture.log.run().await });
        Ok(environment)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the environment an invocation; it must have none.
    pub(super) fn assign(&self, invocation: Invocation) {
        let now = Instant::now();
        let timeout = Duration::from_secs(u64::from(self.configuration.timeout_s));
        let request_id = invocation.request_id.clone();
        let wants_tail = invocation.wants_tail;
        let mut state = self.state();
        let mut running =
            Running { invocation, started: now, deadline: now + timeout, handed: false };
        if let Some(next) = state.next.take() {
            running.handed = next.send(self.next_invocation(&running)).is_ok();
        }
        let deadline = running.deadline;
        state.current = Some(running);
        let is_first = state.memory_read.is_none();
        drop(state);
        if wants_tail {
            self.log.start_tail();
        }
        let format = self.configuration.log_format;
        self.log.platform(&report::start(format, &request_id, self.cloud.now_ms()));
        // Of a process that ends within its first invocation nothing could be read any more.
        if is_first {
            drop(self.read_memory(now));
        }
        let deadline_ns = u64::try_from((deadline - self.started).as_nanos()).unwrap_or(u64::MAX);
        if deadline_ns < self.wakes_at.load(Ordering::Relaxed) {
            self.wake.notify_one();
        }
    }

    fn next_invocation(&self, running: &Running) -> NextInvocation {
        let left = running.deadline.saturating_duration_since(Instant::now());
        NextInvocation {
            request_id: running.invocation.request_id.clone(),
            payload: running.invocation.payload.clone(),
            deadline_ms: self.cloud.now_ms() + u64::try_from(left.as_millis()).unwrap_or(0),
            function_arn: self.configuration.arn.clone(),
            trace_id: running.invocation.trace_id.clone(),
            client_context: running.invocation.client_context.clone(),
        }
    }

    /// The runtime asks for the next invocation; `None` when it has one that it has not answered.
    pub(super) fn next(self: &Arc<Self>) -> Option<oneshot::Receiver<NextInvocation>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        let is_first = state.phase == Phase::Init;
        if is_first {
            state.phase = Phase::Ready;
            state.init = Some(self.started.elapsed());
            state.idle_since = Instant::now();
        }
        match &mut state.current {
            Some(running) if running.handed => return None,
            Some(running) => running.handed = sender.send(self.next_invocation(running)).is_ok(),
            None => state.next = Some(sender),
        }
        drop(state);
        if is_first {
            self.function.environment_ready(&self.cloud, self);
        }
        Some(receiver)
    }

    /// The runtime answers, with a result or the error that its function raised.
    pub(super) fn answered(
        self: &Arc<Self>,
        request_id: &str,
        payload: Bytes,
        is_error: bool,
    ) -> Result<(), NotTaken> {
        let mut state = self.state();
        let is_current =
            |running: &mut Running| running.handed && running.invocation.request_id == request_id;
        let Some(running) = state.current.take_if(is_current) else {
            return Err(NotTaken::UnknownRequest);
        };
        state.idle_since = Instant::now();
        drop(state);
        let too_large = payload.len() > RESPONSE_LIMIT_BYTES;
        let (outcome, status) = if too_large {
            let message = format!(
                "Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
            );
            let error = InvokeOutcome::platform_error("Function.ResponseSizeTooLarge", &message);
            (error, Status::Error("Function.ResponseSizeTooLarge"))
        } else if is_error {
            (InvokeOutcome::failure(payload), Status::Failure)
        } else {
            (InvokeOutcome::success(payload), Status::Success)
        };
        self.finish(running, outcome, status);
        self.function.environment_free(&self.cloud, self);
        if too_large { Err(NotTaken::TooLarge) } else { Ok(()) }
    }

    /// The runtime says that it cannot initialise.
    pub(super) fn init_error(self: &Arc<Self>, payload: Bytes) {
        self.fail_init(&InvokeOutcome::failure(payload), "Runtime.InitError");
    }

    fn fail_init(self: &Arc<Self>, outcome: &InvokeOutcome, error_type: &'static str) {
        let mut state = self.state();
        if state.phase != Phase::Init {
            return;
        }
        state.phase = Phase::Ended;
        drop(state);
        let duration = self.started.elapsed();
        self.log.drain();
        self.log.platform(&format!(
            "INIT_REPORT Init Duration: {:.2} ms\tPhase: init\tStatus: error\tError Type: {error_type}\n",
            duration.as_secs_f64() * 1000.0
        ));
        let failed = self.function.init_failed(&self.cloud, self.generation, outcome);
        // The invocation that it fails has a report too ("Failures during the Init phase": the
        // service tries again within the invocation, and reports that).
        if let Some(request_id) = failed {
            let format = self.configuration.log_format;
            self.log.platform(&report::start(format, &request_id, self.cloud.now_ms()));
            self.log_end(&request_id, duration, Status::Error(error_type));
        }
        self.stop();
    }

    /// Tells the outcome, then logs: who waits does not wait for the log, unless its tail is asked.
    fn finish(&self, running: Running, mut outcome: InvokeOutcome, status: Status) {
        let duration = match status {
            // It is stopped a little later, but neither told nor billed more.
            Status::Timeout => running.deadline - running.started,
            _ => running.started.elapsed(),
        };
        if running.invocation.wants_tail {
            self.log_end(&running.invocation.request_id, duration, status);
            outcome.log_tail = self.log.take_tail();
            self.function.complete(&self.cloud, running.invocation, outcome);
        } else {
            let request_id = running.invocation.request_id.clone();
            self.function.complete(&self.cloud, running.invocation, outcome);
            self.log_end(&request_id, duration, status);
        }
    }

    fn log_end(&self, request_id: &str, duration: Duration, status: Status) {
        self.log.drain_answered();
        let mut state = self.read_memory(Instant::now());
        let report = Report {
            request_id,
            duration,
            memory_mb: self.configuration.memory_mb,
            max_memory_mb: state.memory_mb,
            init: state.init.take(),
            status,
        };
        drop(state);
        for line in report::end(self.configuration.log_format, &report, self.cloud.now_ms()) {
            self.log.platform(&line);
        }
    }

    /// Reads how much memory the process has used at most, if the last reading is not used any more.
    fn read_memory(&self, now: Instant) -> MutexGuard<'_, State> {
        let mut state = self.state();
        if state.memory_read.is_none_or(|read| now - read > MEMORY_READING_LASTS) {
            state.memory_mb = state.memory_mb.max(process::max_memory_mb(self.pid));
            state.memory_read = Some(now);
        }
        state
    }

    /// Ends the process once it has no invocation.
    pub(super) fn retire(&self) {
        let mut state = self.state();
        state.retired = true;
        let is_idle = state.current.is_none();
        drop(state);
        if is_idle {
            self.stop();
        }
    }

    /// Ends the process.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.wake.notify_one();
    }

    /// When the supervisor has to look again, or `None` when the process has to end.
    fn look(self: &Arc<Self>) -> Option<Instant> {
        let now = Instant::now();
        let mut state = self.state();
        if state.stopped {
            return None;
        }
        let timeout = Duration::from_secs(u64::from(self.configuration.timeout_s));
        match state.phase {
            Phase::Init => {
                let limit = timeout.max(INIT_TIMEOUT);
                if now < self.started + limit {
                    return Some(self.started + limit);
                }
                drop(state);
                let message = format!(
                    "Error: Runtime did not start within {:.2} seconds",
                    limit.as_secs_f64()
                );
                self.fail_init(
                    &InvokeOutcome::platform_error("Sandbox.Timedout", &message),
                    "Sandbox.Timedout",
                );
                None
            }
            Phase::Ended => None,
            Phase::Ready => {
                if let Some(running) = state.current.take_if(|running| running.deadline <= now) {
                    drop(state);
                    self.timed_out(running);
                    return None;
                }
                match &state.current {
                    Some(running) => Some(running.deadline),
                    None if now >= state.idle_since + IDLE_ENDS_AFTER => None,
                    None => Some(state.idle_since + IDLE_ENDS_AFTER),
                }
            }
        }
    }

    fn timed_out(self: &Arc<Self>, running: Running) {
        drop(self.read_memory(Instant::now()));
        process::kill_group(self.pid);
        let request_id = running.invocation.request_id.clone();
        let message = format!("Task timed out after {}.00 seconds", self.configuration.timeout_s);
        self.log.drain();
        let time = report::rfc3339(self.cloud.now_ms());
        self.log.platform(&format!("{time} {request_id} {message}\n\n"));
        let message = format!("RequestId: {request_id} Error: {message}");
        self.finish(
            running,
            InvokeOutcome::platform_error("Sandbox.Timedout", &message),
            Status::Timeout,
        );
    }

    /// The process has ended: whoever waits for it learns why.
    fn ended(self: &Arc<Self>, status: io::Result<ExitStatus>) {
        self.cloud.iam.credentials.revoke(&self.access_key_id);
        let mut state = self.state();
        let phase = std::mem::replace(&mut state.phase, Phase::Ended);
        let running = state.current.take();
        state.next = None;
        drop(state);
        self.log.drain();
        let reason = exit_reason(status);
        match running {
            Some(running) if running.handed => {
                let message =
                    format!("RequestId: {} Error: {reason}", running.invocation.request_id);
                let outcome = InvokeOutcome::platform_error("Runtime.ExitError", &message);
                self.finish(running, outcome, Status::Error("Runtime.ExitError"));
            }
            Some(running) => self.function.take_back(&self.cloud, running.invocation),
            None if phase == Phase::Init && !self.state().stopped => {
                self.state().phase = Phase::Init;
                let outcome =
                    InvokeOutcome::platform_error("Runtime.ExitError", &format!("Error: {reason}"));
                self.fail_init(&outcome, "Runtime.ExitError");
            }
            None => {}
        }
        self.function.environment_gone(&self.cloud, self);
    }
}

/// Whether the function's role lets its lines be written.
fn may_log(cloud: &Cloud, configuration: &Configuration, stream: &str) -> bool {
    let group = &configuration.log_group;
    let exists = cloud.logs.groups().get(group).is_some();
    let needed = iam::write_logs(cloud, group, stream, exists);
    iam::role_has(cloud, &configuration.role, &needed)
}

fn exit_reason(status: io::Result<ExitStatus>) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match status {
        Ok(status) if status.success() => "Runtime exited without providing a reason".to_owned(),
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
            (None, Some(9)) => "Runtime exited with error: signal: killed".to_owned(),
            (None, signal) => format!("Runtime exited with error: signal: {}", signal.unwrap_or(0)),
        },
        Err(error) => format!("Runtime exited with error: {error}"),
    }
}

/// Serves the Runtime API, keeps the deadlines and waits for the end of the process.
async fn supervise(environment: Arc<Environment>, mut child: Child, listener: TcpListener) {
    let api = tokio::spawn(runtime_api::serve(listener, Arc::clone(&environment)));
    let status = loop {
        let Some(look_again) = environment.look() else {
            process::kill_group(environment.pid);
            break child.wait().await;
        };
        let wakes_at =
            u64::try_from((look_again - environment.started).as_nanos()).unwrap_or(u64::MAX);
        environment.wakes_at.store(wakes_at, Ordering::Relaxed);
        tokio::select! {
            status = child.wait() => break status,
            () = tokio::time::sleep_until(look_again.into()) => {}
            () = environment.wake.notified() => {}
        }
    };
    // What the process has left behind in its group goes with it.
    process::kill_group(environment.pid);
    api.abort();
    environment.ended(status);
}

/// `YYYY/MM/DD/[$LATEST]<32 hex>`.
fn log_stream_name(now_ms: u64) -> String {
    let day = report::rfc3339(now_ms);
    let day = day.get(..10).unwrap_or("1970-01-01").replace('-', "/");
    format!("{day}/[$LATEST]{:032x}", rand::random::<u128>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_stream_is_named_after_its_day() {
        let name = log_stream_name(1_795_000_000_000);
        assert!(name.starts_with("2026/11/18/[$LATEST]"), "{name}");
        assert_eq!(name.len(), "2026/11/18/[$LATEST]".len() + 32);
    }

    #[test]
    fn an_exit_is_named() {
        use std::os::unix::process::ExitStatusExt as _;
        let reason = |raw| exit_reason(Ok(ExitStatus::from_raw(raw)));
        assert_eq!(reason(0), "Runtime exited without providing a reason");
        assert_eq!(reason(3 << 8), "Runtime exited with error: exit status 3");
        assert_eq!(reason(9), "Runtime exited with error: signal: killed");
    }
}
