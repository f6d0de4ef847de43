//! A local cloud of its own for a test, and the real SDK's clients for it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;

/// Starts a cloud and gives what clients need to reach it. It ends with the test's runtime.
pub(crate) async fn start() -> anyhow::Result<SdkConfig> {
    let config = local_cloud::Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        shard_poll_interval: Duration::from_millis(50),
        ..local_cloud::Config::default()
    };
    let server = local_cloud::Server::bind(config).await?;
    let endpoint = format!("http://{}", server.address());
    tokio::spawn(server.serve(std::future::pending()));
    let http = Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    Ok(aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(http)
        .retry_config(RetryConfig::disabled())
        .credentials_provider(Credentials::from_keys("local", "local", None))
        .load()
        .await)
}

/// The error code of a call that must have failed.
pub(crate) fn code<T: std::fmt::Debug, E: ProvideErrorMetadata>(result: Result<T, E>) -> String {
    match result {
        Ok(answer) => format!("no error, but {answer:?}"),
        Err(error) => error.code().unwrap_or("an error without a code").to_owned(),
    }
}
