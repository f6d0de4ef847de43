//! A function's execution environments and the invocations that wait for one.
//!
//! A synchronous invocation takes its place in the concurrency at once, or is throttled. It goes to
//! the environment that was used last, or a new one is started for it; if another comes free
//! earlier, it is served there. An event waits in the queue until an environment and a place are
//! free. When it is throttled, the queue tries again after a second, doubling to five minutes, and
//! whenever an invocation of the function ends.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::Function;
use super::configuration::Configuration;
use super::environment::Environment;
use super::event_queue::{AfterFailure, throttle_backoff};
use super::invocation::{Caller, Invocation, InvokeOutcome};
use crate::cloud::Cloud;
use crate::error::{ApiError, ApiResult};

/// How soon the machine is looked at again while events wait because it was busy.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// The state, under the function's lock.
#[derive(Debug)]
pub(crate) struct Pool {
    configuration: Arc<Configuration>,
    /// Counts changes of the configuration: older environments are not used again.
    generation: u64,
    /// Environments without work; the one used last is last.
    idle: Vec<Arc<Environment>>,
    /// All environments that have a process.
    live: BTreeMap<u64, Arc<Environment>>,
    next_environment: u64,
    /// Environments of this generation that have not asked for work yet.
    starting: usize,
    waiting: VecDeque<Invocation>,
    events: VecDeque<Invocation>,
    in_flight: u32,
    reserved: Option<u32>,
    deleted: bool,
    /// How often in a row the queue was throttled.
    throttles: u32,
    /// Whether a timer is under way that looks at the queue again.
    has_timer: bool,
}

impl Pool {
    pub(super) fn new(configuration: Configuration) -> Self {
        Self {
            configuration: Arc::new(configuration),
            generation: 0,
            idle: Vec::new(),
            live: BTreeMap::new(),
            next_environment: 0,
            starting: 0,
            waiting: VecDeque::new(),
            events: VecDeque::new(),
            in_flight: 0,
            reserved: None,
            deleted: false,
            throttles: 0,
            has_timer: false,
        }
    }
}

/// What is to be done once the lock is given back.
#[derive(Default)]
struct Plan {
    start: usize,
    /// The machine has no room: an idle environment of another function has to go.
    evict: bool,
    look_again: Option<Duration>,
}

impl Function {
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn configuration(&self) -> Arc<Configuration> {
        Arc::clone(&self.pool().configuration)
    }

    pub(crate) fn reserved(&self) -> Option<u32> {
        self.pool().reserved
    }

    /// Changes the reservation.
    ///
    /// # Errors
    /// `InvalidParameterValueException` when the account has too little left.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        count: Option<u32>,
    ) -> ApiResult<()> {
        let mut pool = self.pool();
        cloud.lambda.account.reserve(pool.reserved, count)?;
        pool.reserved = count;
        drop(pool);
        self.dispatch(cloud);
        Ok(())
    }

    /// Puts another configuration in place; environments with the old one finish their invocation.
    pub(crate) fn replace(self: &Arc<Self>, cloud: &Arc<Cloud>, configuration: Configuration) {
        let mut pool = self.pool();
        pool.configuration = Arc::new(configuration);
        retire(&mut pool);
        drop(pool);
        self.dispatch(cloud);
    }

    /// Ends the function: what waits is answered, what runs may finish.
    pub(crate) fn retire_for_good(self: &Arc<Self>, cloud: &Arc<Cloud>) {
        let mut pool = self.pool();
        pool.deleted = true;
        retire(&mut pool);
        let _ = cloud.lambda.account.reserve(pool.reserved.take(), None);
        pool.events.clear();
        let waiting = std::mem::take(&mut pool.waiting);
        drop(pool);
        for invocation in waiting {
            self.refuse(cloud, invocation, &super::not_found(&self.arn));
        }
    }

    /// All environments that have a process.
    pub(crate) fn environments(&self) -> Vec<Arc<Environment>> {
        self.pool().live.values().cloned().collect()
    }

    /// Ends the environment that has been idle longest, if there is one.
    pub(crate) fn evict_idle(&self) -> bool {
        let mut pool = self.pool();
        if pool.idle.is_empty() {
            return false;
        }
        let environment = pool.idle.remove(0);
        drop(pool);
        environment.stop();
        true
    }

    /// Takes in an invocation whose caller waits.
    ///
    /// # Errors
    /// `TooManyRequestsException` when it is throttled.
    pub(crate) fn submit(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        mut invocation: Invocation,
    ) -> ApiResult<()> {
        let mut pool = self.pool();
        if pool.deleted {
            return Err(super::not_found(&self.arn));
        }
        let slot =
            cloud.lambda.account.take(pool.reserved, pool.in_flight).map_err(|t| t.error())?;
        pool.in_flight += 1;
        invocation.slot = Some(slot);
        pool.waiting.push_back(invocation);
        self.dispatch_locked(cloud, pool);
        Ok(())
    }

    /// Takes an event into the queue.
    pub(crate) fn submit_event(self: &Arc<Self>, cloud: &Arc<Cloud>, invocation: Invocation) {
        let mut pool = self.pool();
        if !pool.deleted {
            pool.events.push_back(invocation);
            self.dispatch_locked(cloud, pool);
        }
    }

    /// Gives waiting work to idle environments and starts further ones.
    pub(crate) fn dispatch(self: &Arc<Self>, cloud: &Arc<Cloud>) {
        self.dispatch_locked(cloud, self.pool());
    }

    fn dispatch_locked(self: &Arc<Self>, cloud: &Arc<Cloud>, mut pool: MutexGuard<'_, Pool>) {
        let mut plan = Plan::default();
        while !pool.idle.is_empty() {
            let next = pool.waiting.pop_front();
            let Some(invocation) = next.or_else(|| self.next_event(cloud, &mut pool, &mut plan))
            else {
                break;
            };
            if let Some(environment) = pool.idle.pop() {
                environment.assign(invocation);
            }
        }
        plan_starts(cloud, &mut pool, &mut plan);
        if plan.look_again.is_some() {
            if pool.has_timer {
                plan.look_again = None;
            }
            pool.has_timer = true;
        }
        drop(pool);
        for _ in 0..plan.start {
            self.start(cloud);
        }
        if plan.evict {
            cloud.lambda.evict_idle();
        }
        if let Some(after) = plan.look_again {
            let (function, cloud) = (Arc::clone(self), Arc::clone(cloud));
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                function.pool().has_timer = false;
                function.dispatch(&cloud);
            });
        }
    }

    /// The next event that is not too old, with its place in the concurrency.
    fn next_event(&self, cloud: &Cloud, pool: &mut Pool, plan: &mut Plan) -> Option<Invocation> {
        loop {
            let mut invocation = pool.events.pop_front()?;
            let Caller::Event(event) = &invocation.caller else { continue };
            if event.is_expired(&self.event_invoke_config(), cloud.now_ms()) {
                continue;
            }
            if let Ok(slot) = cloud.lambda.account.take(pool.reserved, pool.in_flight) {
                pool.in_flight += 1;
                pool.throttles = 0;
                invocation.slot = Some(slot);
                return Some(invocation);
            }
            pool.events.push_front(invocation);
            if !pool.has_timer {
                plan.look_again = Some(throttle_backoff(pool.throttles));
                pool.throttles = pool.throttles.saturating_add(1);
            }
            return None;
        }
    }

    fn start(self: &Arc<Self>, cloud: &Arc<Cloud>) {
        let mut pool = self.pool();
        let (id, generation) = (pool.next_environment, pool.generation);
        pool.next_environment += 1;
        let configuration = Arc::clone(&pool.configuration);
        drop(pool);
        match Environment::start(cloud, self, configuration, id, generation) {
            Ok(environment) => {
                self.pool().live.insert(id, environment);
            }
            Err(error) => {
                cloud.lambda.host.give_room();
                let message = format!("Error: fork/exec /var/task/bootstrap: {error}");
                self.init_failed(
                    cloud,
                    generation,
                    &InvokeOutcome::platform_error("Runtime.InvalidEntrypoint", &message),
                );
            }
        }
    }

    /// An environment asks for work for the first time.
    pub(crate) fn environment_ready(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        environment: &Arc<Environment>,
    ) {
        let mut pool = self.pool();
        if environment.generation == pool.generation {
            pool.starting = pool.starting.saturating_sub(1);
        }
        drop(pool);
        self.environment_free(cloud, environment);
    }

    /// An environment has finished its work.
    pub(crate) fn environment_free(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        environment: &Arc<Environment>,
    ) {
        let mut pool = self.pool();
        if environment.generation != pool.generation || pool.deleted {
            drop(pool);
            environment.stop();
            return;
        }
        pool.idle.push(Arc::clone(environment));
        self.dispatch_locked(cloud, pool);
    }

    /// An environment's process has ended.
    pub(crate) fn environment_gone(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        environment: &Environment,
    ) {
        let mut pool = self.pool();
        pool.live.remove(&environment.id);
        pool.idle.retain(|idle| idle.id != environment.id);
        cloud.lambda.host.give_room();
        self.dispatch_locked(cloud, pool);
    }

    /// An environment could not be started: one of those who wait learns it. Gives the id of that
    /// invocation.
    pub(crate) fn init_failed(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        generation: u64,
        outcome: &InvokeOutcome,
    ) -> Option<String> {
        let mut pool = self.pool();
        if generation != pool.generation {
            return None;
        }
        pool.starting = pool.starting.saturating_sub(1);
        let invocation = pool.waiting.pop_front().or_else(|| pool.events.pop_front());
        drop(pool);
        let invocation = invocation?;
        let request_id = invocation.request_id.clone();
        self.complete(cloud, invocation, outcome.clone());
        Some(request_id)
    }

    /// Gives work back that its environment never saw.
    pub(crate) fn take_back(self: &Arc<Self>, cloud: &Arc<Cloud>, mut invocation: Invocation) {
        let mut pool = self.pool();
        if pool.deleted {
            drop(pool);
            self.refuse(cloud, invocation, &super::not_found(&self.arn));
        } else if matches!(invocation.caller, Caller::Waiting(_)) {
            pool.waiting.push_front(invocation);
        } else {
            if let Some(slot) = invocation.slot.take() {
                pool.in_flight = pool.in_flight.saturating_sub(1);
                cloud.lambda.account.give_back(slot);
            }
            pool.events.push_front(invocation);
        }
    }

    /// Tells the outcome to who waits for it, or to the queue.
    pub(crate) fn complete(
        self: &Arc<Self>,
        cloud: &Arc<Cloud>,
        mut invocation: Invocation,
        outcome: InvokeOutcome,
    ) {
        self.release(cloud, &mut invocation);
        match invocation.caller {
            Caller::Waiting(caller) => {
                let _ = caller.send(Ok(outcome));
            }
            Caller::Event(ref mut event) if outcome.function_error.is_some() => {
                let config = self.event_invoke_config();
                let delays = &cloud.config.async_retry_delays;
                if let AfterFailure::RetryAfter(delay) =
                    event.after_failure(&config, delays, cloud.now_ms())
                {
                    let (function, cloud) = (Arc::clone(self), Arc::clone(cloud));
                    tokio::spawn(async move {
                        tokio::time::sleep(delay).await;
                        function.submit_event(&cloud, invocation);
                    });
                }
            }
            Caller::Event(_) => {}
        }
    }

    fn refuse(&self, cloud: &Cloud, mut invocation: Invocation, error: &ApiError) {
        self.release(cloud, &mut invocation);
        if let Caller::Waiting(caller) = invocation.caller {
            let _ = caller.send(Err(error.clone()));
        }
    }

    fn release(&self, cloud: &Cloud, invocation: &mut Invocation) {
        if let Some(slot) = invocation.slot.take() {
            let mut pool = self.pool();
            pool.in_flight = pool.in_flight.saturating_sub(1);
            drop(pool);
            cloud.lambda.account.give_back(slot);
        }
    }
}

/// Ends idle environments now, and the others after their invocation.
fn retire(pool: &mut Pool) {
    pool.generation += 1;
    pool.starting = 0;
    pool.idle.clear();
    for environment in pool.live.values() {
        environment.retire();
    }
}

/// Decides how many environments to start, and takes their room.
fn plan_starts(cloud: &Cloud, pool: &mut Pool, plan: &mut Plan) {
    if pool.deleted {
        return;
    }
    let host = &cloud.lambda.host;
    while pool.starting < pool.waiting.len() && host.take_room() {
        pool.starting += 1;
        plan.start += 1;
    }
    if pool.starting < pool.waiting.len() {
        plan.evict = true;
        plan.look_again = Some(LOOK_AGAIN_AFTER);
        return;
    }
    let events_without =
        pool.events.len().saturating_sub(pool.starting.saturating_sub(pool.waiting.len()));
    let environments = pool.live.len() + plan.start;
    let within_limit = pool
        .reserved
        .is_none_or(|limit| (pool.in_flight as usize + pool.starting) < limit as usize);
    if events_without == 0 || !within_limit || plan.look_again.is_some() {
        return;
    }
    if !host.has_cpu_for_another(environments) {
        plan.look_again = Some(LOOK_AGAIN_AFTER);
    } else if host.take_room() {
        pool.starting += 1;
        plan.start += 1;
    } else {
        plan.evict = true;
        plan.look_again = Some(LOOK_AGAIN_AFTER);
    }
}
