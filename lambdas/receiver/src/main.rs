//! Lambda B: receives messages over any transport, checks them, works as long as they ask and
//! logs one line per message.

mod event;
mod log;
mod receive;

use std::sync::atomic::{AtomicBool, Ordering};

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use wire::WallNs;

use crate::receive::{Answer, Environment, Invocation};

/// Requests and answers are many small allocations: the system's allocator was a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One invocation at a time runs in an execution environment, so one thread is all it can use;
// a second one would only add wake-ups to what is measured.
#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda_runtime::Error> {
    // As a task, because waking the future that the runtime was started with costs a look at the
    // sockets each time.
    tokio::task::spawn_local(serve()).await?
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let environment = Environment {
        // The log stream is the one name of an execution environment that Lambda gives.
        name: std::env::var("AWS_LAMBDA_LOG_STREAM_NAME").unwrap_or_else(|_| "unnamed".to_owned()),
        used: AtomicBool::new(false),
    };
    let environment = &environment;
    let handler = service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        // The first thing B does, so that nothing of B's own counts as the transport's.
        let received_at = WallNs::now();
        let cold = !environment.used.swap(true, Ordering::Relaxed);
        let invocation = Invocation {
            environment: &environment.name,
            request_id: &event.context.request_id,
            cold,
            received_at,
        };
        let answer: Result<Answer, Diagnostic> =
            receive::receive(invocation, event.payload.get()).await;
        answer
    });
    Runtime::new(handler).run().await
}
