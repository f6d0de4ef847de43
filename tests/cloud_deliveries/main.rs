//! Deliveries of local-cloud to functions, through the real SDK: from SNS, and from Kinesis and
//! SQS by event source mappings.

#[path = "../service_clients.rs"]
mod service_clients;

mod injected;
mod kinesis;
mod kinesis_failures;
mod mappings;
mod sns;
mod sqs;
mod stream;

const TEST_FUNCTION: &str = env!("CARGO_BIN_EXE_test_function");
