//! Lambda A: sends the messages that the lab asks for over one transport, stamps each, logs one
//! line per message and answers with counts.

mod clients;
mod log;
mod pace;
mod send;
mod transport;

use std::sync::Arc;

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use wire::{SendRequest, SendSummary};

use crate::clients::Clients;
use crate::send::Sender;

/// Requests and answers are many small allocations: the system's allocator was a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One invocation at a time runs in an execution environment; a second thread would only add
// wake-ups to what is measured.
#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda_runtime::Error> {
    // As a task, because waking the future that the runtime was started with costs a look at the
    // sockets each time.
    tokio::task::spawn_local(serve()).await?
}

async fn serve() -> Result<(), lambda_runtime::Error> {
    let sender = Arc::new(Sender {
        // Made once per execution environment, so that connections are kept between invocations.
        clients: Clients::from_environment().await?,
        // The log stream is the one name of an execution environment that Lambda gives.
        environment: std::env::var("AWS_LAMBDA_LOG_STREAM_NAME")
            .unwrap_or_else(|_| "unnamed".to_owned()),
    });
    let sender = &sender;
    let handler = service_fn(|event: LambdaEvent<SendRequest>| async move {
        let summary: Result<SendSummary, Diagnostic> =
            sender.send_all(event.payload, event.context.request_id).await;
        summary
    });
    Runtime::new(handler).run().await
}
