//! A local-cloud process that stands for an account, and how a program is told of it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::programs;

/// Access key, secret key and session token.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// The access key.
    pub key: &'a str,
    /// The secret key.
    pub secret: &'a str,
    /// The session token.
    pub token: &'a str,
}

impl Credentials<'static> {
    /// Of nobody, for a cloud that takes any.
    pub const ANY: Self = Self { key: "local", secret: "local", token: "local" };
}

/// The process; it ends with this value.
#[derive(Debug)]
pub struct Cloud {
    child: Child,
    endpoint: String,
}

impl Cloud {
    /// Starts it on a free port.
    ///
    /// # Panics
    /// When it does not say where it serves.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test without its cloud can only fail")]
    pub fn start(options: &[&str]) -> Self {
        let mut child = Command::new(programs::folder().join("local-cloud"))
            .args(["--listen=127.0.0.1:0", "--ready-format=json", "--exit-with-parent"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("local-cloud starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says that it is ready");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
        let endpoint = ready["endpoint"].as_str().expect("an address").to_owned();
        Self { child, endpoint }
    }

    /// Its address.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// What the SDK's clients need to reach a cloud that speaks plain HTTP, and nothing of this machine.
#[must_use]
pub fn config(endpoint: &str, region: &str, credentials: Credentials<'_>) -> SdkConfig {
    let Credentials { key, secret, token } = credentials;
    let credentials =
        aws_credential_types::Credentials::from_keys(key, secret, Some(token.to_owned()));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build()
}

/// The program `lab` with the ambient configuration of an account at an address, and none of this
/// machine's.
#[must_use]
pub fn lab_at(
    endpoint: &str,
    region: &str,
    credentials: Credentials<'_>,
    words: &[&str],
) -> Command {
    let mut command = programs::command("lab", words);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", region)
        .env("AWS_ACCESS_KEY_ID", credentials.key)
        .env("AWS_SECRET_ACCESS_KEY", credentials.secret)
        .env("AWS_SESSION_TOKEN", credentials.token)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
    command
}
