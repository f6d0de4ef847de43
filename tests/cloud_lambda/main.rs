//! Lambda of local-cloud, through the real SDK, with a function that does what its event says.

#[path = "../service_clients.rs"]
mod service_clients;

mod asynchronous;
mod concurrency;
mod environments;
mod functions;
mod invocations;
mod processes;
mod reports;

use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use testkit::functions::Functions;

const TEST_FUNCTION: &str = env!("CARGO_BIN_EXE_test_function");

/// A cloud of its own with the function `f`.
async fn with_function() -> anyhow::Result<Functions> {
    let functions = Functions::new(&service_clients::start().await?, TEST_FUNCTION)?;
    functions.create("f").await?;
    Ok(functions)
}

/// Why an invoke was throttled; anything else as it is.
fn throttle(result: Result<InvokeOutput, SdkError<InvokeError>>) -> String {
    match result.map_err(SdkError::into_service_error) {
        Err(InvokeError::TooManyRequestsException(error)) => {
            error.reason().map_or("no reason".to_owned(), |reason| reason.as_str().to_owned())
        }
        other => format!("{other:?}"),
    }
}
