//! `--enforce-iam`: role policies decide what functions may call, and who reads and logs for them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod lab_roles;
mod refusals;
mod world;

#[path = "../service_clients.rs"]
mod service_clients;
