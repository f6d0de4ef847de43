//! The backend `aws`, with a local-cloud in the account's place: ambient credentials and
//! `AWS_ENDPOINT_URL`, plain HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod account;
mod calls;
mod endpoints;
mod interruption;
mod log_pace;
mod once;
mod plan;
mod prove;
mod proxy;
mod secrets;
mod step_functions;
mod streams;
mod teardown;
mod whole_way;
