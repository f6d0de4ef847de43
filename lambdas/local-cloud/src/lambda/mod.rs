//! Lambda: functions, their execution environments and their invocation.
//!
//! ```text
//! Invoke, SNS, pollers --> pool (queue, concurrency) --> environment <--> Runtime API <--> process
//! ```

mod code;
mod concurrency;
mod configuration;
mod environment;
mod event_invoke_config;
mod event_queue;
mod function_api;
mod host;
mod invocation;
mod invoke_api;
mod log_capture;
mod policy;
mod pool;
mod process;
mod report;
mod router;
mod runtime_api;
mod tag_api;
mod validation;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::oneshot;

use self::code::CodeStore;
use self::concurrency::AccountConcurrency;
use self::event_invoke_config::EventInvokeConfig;
use self::event_queue::EventState;
use self::host::Host;
use self::invocation::{Caller, Invocation};
use self::policy::Policy;
use self::pool::Pool;
use crate::cloud::Cloud;
use crate::config::Config;
use crate::error::{ApiError, ApiResult};
use crate::queue_memory::QueueMemory;
use crate::server::new_request_id;

pub(crate) use self::invocation::InvokeOutcome;
pub(crate) use self::router::handle;

/// The state of Lambda.
#[derive(Debug)]
pub(crate) struct Lambda {
    region: String,
    account_id: String,
    functions: RwLock<BTreeMap<String, Arc<Function>>>,
    code: CodeStore,
    account: AccountConcurrency,
    host: Host,
    queue_memory: QueueMemory,
}

/// A function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) arn: String,
    settings: Mutex<Settings>,
    pool: Mutex<Pool>,
}

/// What belongs to a function beside what its environments run with.
#[derive(Debug, Default)]
struct Settings {
    event_invoke_config: Option<EventInvokeConfig>,
    policy: Policy,
    tags: BTreeMap<String, String>,
}

/// A function that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionRef {
    pub(crate) name: String,
    pub(crate) arn: String,
}

impl Function {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn event_invoke_config(&self) -> EventInvokeConfig {
        self.settings().event_invoke_config.unwrap_or_default()
    }

    /// The function's tags.
    pub(crate) fn tags(&self) -> BTreeMap<String, String> {
        self.settings().tags.clone()
    }
}

impl Lambda {
    /// A Lambda without functions.
    ///
    /// # Errors
    /// When the folder for function code cannot be made.
    pub(crate) fn new(config: &Config) -> std::io::Result<Self> {
        Ok(Self {
            region: config.region.clone(),
            account_id: config.account.clone(),
            functions: RwLock::default(),
            code: CodeStore::new()?,
            account: AccountConcurrency::new(config.account_concurrency),
            host: Host::new(config.max_environments),
            queue_memory: QueueMemory::new(config.async_queue_bytes),
        })
    }

    /// Kills every function process and removes the functions' code.
    pub(crate) async fn shut_down(&self) {
        let environments = || -> Vec<_> {
            self.all().iter().flat_map(|function| function.environments()).collect()
        };
        for environment in environments() {
            environment.stop();
        }
        // They are killed without being asked, so this takes no longer than the kernel does.
        for _ in 0..100 {
            if environments().is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.remove_code();
    }

    /// Removes the functions' code from the disk.
    pub(crate) fn remove_code(&self) {
        self.code.remove();
    }

    /// All functions, in order of their names.
    pub(crate) fn all(&self) -> Vec<Arc<Function>> {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// A function by name, partial ARN or ARN.
    fn function(&self, name_or_arn: &str) -> ApiResult<Arc<Function>> {
        let functions = self.functions.read().unwrap_or_else(PoisonError::into_inner);
        // The common case first: a plain name.
        if let Some(function) = functions.get(name_or_arn) {
            return Ok(Arc::clone(function));
        }
        let name = validation::function_name(name_or_arn, &self.region, &self.account_id)?;
        functions.get(&name).cloned().ok_or_else(|| not_found(&self.arn(&name)))
    }

    /// The ARN of the function that a name, a partial ARN or an ARN means, whether it is there or
    /// not; what is none of them stays as it is.
    pub(crate) fn arn_of(&self, name_or_arn: &str) -> String {
        match validation::function_name(name_or_arn, &self.region, &self.account_id) {
            Ok(name) => self.arn(&name),
            Err(_) => name_or_arn.to_owned(),
        }
    }

    /// A function's execution role.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such function.
    pub(crate) fn role_arn(&self, name_or_arn: &str) -> ApiResult<String> {
        Ok(self.function(name_or_arn)?.configuration().role.clone())
    }

    fn arn(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{name}", self.region, self.account_id)
    }

    /// Ends an environment that has no work, of whichever function.
    fn evict_idle(&self) {
        self.all().iter().any(|function| function.evict_idle());
    }

    /// Whether there is such a function.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is none.
    pub(crate) fn function_exists(&self, name_or_arn: &str) -> ApiResult<FunctionRef> {
        let function = self.function(name_or_arn)?;
        Ok(FunctionRef { name: function.name.clone(), arn: function.arn.clone() })
    }

    /// A function's timeout, in seconds.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when there is no such function.
    pub(crate) fn timeout_s(&self, name_or_arn: &str) -> ApiResult<u32> {
        Ok(self.function(name_or_arn)?.configuration().timeout_s)
    }

    /// Puts an event into the function's queue of asynchronous invokes.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `TooManyRequestsException` when the queue's memory is used up.
    pub(crate) fn enqueue_event(
        &self,
        cloud: &Arc<Cloud>,
        function: &str,
        payload: Bytes,
    ) -> ApiResult<()> {
        let function = self.function(function)?;
        self.enqueue(cloud, &function, payload, new_request_id(), None)
    }

    fn enqueue(
        &self,
        cloud: &Arc<Cloud>,
        function: &Arc<Function>,
        payload: Bytes,
        request_id: String,
        trace_id: Option<String>,
    ) -> ApiResult<()> {
        let accepted = Instant::now();
        let share = self.queue_memory.take(payload.len()).ok_or_else(|| {
            ApiError::new(429, "TooManyRequestsException", "Rate Exceeded.")
                .with("Reason", "FunctionInvocationRateLimitExceeded")
        })?;
        let event = EventState { accepted_ms: cloud.now_ms(), failures: 0, share };
        let invocation = Invocation {
            request_id,
            payload,
            trace_id,
            client_context: None,
            wants_tail: false,
            caller: Caller::Event(event),
            slot: None,
        };
        let end = cloud.delay_line.as_ref().and_then(|line| line.end_for(&function.name, accepted));
        match end {
            None => function.submit_event(cloud, invocation),
            Some(end) => {
                let (cloud, function) = (Arc::clone(cloud), Arc::clone(function));
                tokio::spawn(async move {
                    if let Some(line) = &cloud.delay_line {
                        line.timer.sleep_until(end).await;
                    }
                    function.submit_event(&cloud, invocation);
                });
            }
        }
        Ok(())
    }

    /// Invokes a function and waits for its outcome.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `TooManyRequestsException` when it is throttled.
    pub(crate) async fn invoke(
        &self,
        cloud: &Arc<Cloud>,
        function: &str,
        payload: Bytes,
    ) -> ApiResult<InvokeOutcome> {
        let function = self.function(function)?;
        let (caller, outcome) = oneshot::channel();
        function.submit(
            cloud,
            Invocation {
                request_id: new_request_id(),
                payload,
                trace_id: None,
                client_context: None,
                wants_tail: false,
                caller: Caller::Waiting(caller),
                slot: None,
            },
        )?;
        outcome.await.unwrap_or_else(|_| Err(shutting_down()))
    }

    /// Whether the function's policy lets a service invoke it on behalf of a resource.
    pub(crate) fn may_invoke(&self, function: &str, principal: &str, source_arn: &str) -> bool {
        self.function(function)
            .is_ok_and(|function| function.settings().policy.allows(principal, source_arn))
    }
}

fn not_found(arn: &str) -> ApiError {
    ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {arn}"))
}

fn shutting_down() -> ApiError {
    ApiError::new(500, "ServiceException", "the server is shutting down")
}
