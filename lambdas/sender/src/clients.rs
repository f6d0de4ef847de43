//! The service clients, one of each per execution environment.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryMode;

/// The clients of the services that the transports put to. An environment puts to one target, so
/// it uses one of them.
pub(crate) struct Clients {
    /// How many calls have been started.
    calls: AtomicU64,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) sns: aws_sdk_sns::Client,
    pub(crate) kinesis: aws_sdk_kinesis::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

impl Clients {
    /// Makes the clients from the variables that Lambda gives a function, and `AWS_ENDPOINT_URL`
    /// where the function's configuration has one.
    ///
    /// Nothing is retried: a retry hidden in the client would be counted as the transport's
    /// duration. Nothing times out before the function itself does, for the same reason.
    ///
    /// # Errors
    /// When Lambda's credential variables are missing.
    pub(crate) async fn from_environment() -> Result<Self, lambda_runtime::Error> {
        let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
        // Loading the machine's root certificates takes longer than all the rest of a cold start,
        // and nothing needs them where the endpoint is plain HTTP.
        let http = if endpoint.starts_with("http://") {
            aws_smithy_http_client::Builder::new().build_http()
        } else {
            aws_smithy_http_client::Builder::new()
                .tls_provider(Provider::Rustls(CryptoMode::Ring))
                .build_https()
        };
        let config = aws_config::defaults(BehaviorVersion::latest())
            .credentials_provider(EnvironmentVariableCredentialsProvider::new())
            .http_client(http)
            .retry_config(RetryConfig::disabled().with_retry_mode(RetryMode::Standard))
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .load()
            .await;
        Ok(Self {
            calls: AtomicU64::new(0),
            lambda: aws_sdk_lambda::Client::new(&config),
            sns: aws_sdk_sns::Client::new(&config),
            kinesis: aws_sdk_kinesis::Client::new(&config),
            sqs: aws_sdk_sqs::Client::new(&config),
        })
    }

    /// The number of a call that is about to be started, from 0.
    pub(crate) fn next_call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }
}
