//! A local cloud of its own for a test, and the real SDK's clients for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use local_cloud::Config;

/// Starts a cloud that is quick to poll and to retry, and gives what clients need to reach it. It
/// ends with the test's runtime.
pub(crate) async fn start() -> anyhow::Result<SdkConfig> {
    serve(Config {
        shard_poll_interval: Duration::from_millis(50),
        async_retry_delays: vec![Duration::from_millis(50)],
        ..Config::default()
    })
    .await
}

/// Starts a cloud with these settings on a free port.
pub(crate) async fn serve(config: Config) -> anyhow::Result<SdkConfig> {
    let config = Config { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), ..config };
    let server = local_cloud::Server::bind(config).await?;
    let endpoint = format!("http://{}", server.address());
    tokio::spawn(server.serve(std::future::pending()));
    Ok(at(endpoint).await)
}

/// What clients need to reach a cloud.
pub(crate) async fn at(endpoint: String) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        .credentials_provider(Credentials::from_keys("local", "local", None))
        .load()
        .await
}

/// The error code of a call that must have failed.
pub(crate) fn code<T: std::fmt::Debug, E: ProvideErrorMetadata>(result: Result<T, E>) -> String {
    match result {
        Ok(answer) => format!("no error, but {answer:?}"),
        Err(error) => error.code().unwrap_or("an error without a code").to_owned(),
    }
}
