//! What is run: an image by its name, or local-cloud in an image that is made here.

use anyhow::Context as _;
use testcontainers::core::wait::HttpWaitStrategy;
use testcontainers::core::{ContainerPort, IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncBuilder as _;
use testcontainers::{GenericBuildableImage, GenericImage};

use crate::Options;

/// The emulator that is measured where none is asked for, by its version.
pub(crate) const MINISTACK: &str = "ministackorg/ministack:1.5.33";

/// Where the emulator listens in its container: LocalStack's port, which the others took over.
pub(crate) const PORT: u16 = 4566;
/// The region that is measured in: LocalStack's default.
pub(crate) const REGION: &str = "us-east-1";

/// LocalStack's path, which the others took over, too.
const HEALTH: &str = "/_localstack/health";
const LOCAL_CLOUD: &str = "local-cloud";
/// Where the programs of an image look for a Docker engine.
pub(crate) const SOCKET: &str = "/var/run/docker.sock";

/// The engine's socket on the machine that it runs on.
pub(crate) fn engine_socket() -> String {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    host.strip_prefix("unix://").unwrap_or(SOCKET).to_owned()
}

/// An emulator in an image.
#[derive(Debug)]
pub(crate) struct Emulator {
    name: String,
    tag: String,
    /// For the manifest.
    pub(crate) product: String,
    /// For the manifest.
    pub(crate) version: String,
}

impl Emulator {
    /// Makes local-cloud's image where that is asked for; any other is there, or is pulled when it is
    /// started.
    pub(crate) async fn of(options: &Options) -> anyhow::Result<Self> {
        if options.image != LOCAL_CLOUD {
            let (name, tag) = split(&options.image);
            let (product, version) = (name.clone(), tag.clone());
            return Ok(Self { name, tag, product, version });
        }
        let binary =
            options.local_cloud.as_ref().context("--image local-cloud needs --local-cloud")?;
        let bytes = std::fs::read(binary).with_context(|| format!("read {}", binary.display()))?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        // Nothing but the program: it is static. The folder is made for the functions' code.
        let _image = GenericBuildableImage::new("handoff/local-cloud", version.clone())
            .with_dockerfile_string(
                "FROM scratch\nCOPY --chmod=755 local-cloud /local-cloud\nWORKDIR /tmp\n\
                 ENTRYPOINT [\"/local-cloud\"]\n",
            )
            .with_data(bytes, "./local-cloud")
            .build_image()
            .await
            .context("make the image of local-cloud")?;
        Ok(Self {
            name: "handoff/local-cloud".to_owned(),
            tag: version.clone(),
            product: LOCAL_CLOUD.to_owned(),
            version,
        })
    }

    fn is_local_cloud(&self) -> bool {
        self.product == LOCAL_CLOUD
    }

    pub(crate) fn request(&self) -> GenericImage {
        let port: ContainerPort = PORT.tcp();
        let healthy =
            HttpWaitStrategy::new(HEALTH).with_port(port).with_expected_status_code(200_u16);
        GenericImage::new(self.name.as_str(), self.tag.as_str())
            .with_exposed_port(port)
            .with_wait_for(WaitFor::http(healthy))
    }

    /// The variables that LocalStack and those who follow it read; `network` is where functions run
    /// in containers of their own.
    pub(crate) fn environment(
        &self,
        account_concurrency: u32,
        network: Option<&str>,
    ) -> Vec<(&'static str, String)> {
        if self.is_local_cloud() {
            return Vec::new();
        }
        let mut variables = vec![
            ("LAMBDA_ACCOUNT_CONCURRENCY", account_concurrency.to_string()),
            ("LAMBDA_LIMITS_CONCURRENT_EXECUTIONS", account_concurrency.to_string()),
        ];
        match network {
            // How functions reach the services, from within the emulator's container.
            None => variables.push(("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{PORT}"))),
            // Their own configuration says how, from anywhere in the network. LocalStack and
            // MiniStack take the network from the second, Floci from the third.
            Some(network) => variables.extend([
                ("DOCKER_HOST", format!("unix://{SOCKET}")),
                ("LAMBDA_DOCKER_NETWORK", network.to_owned()),
                ("FLOCI_SERVICES_DOCKER_NETWORK", network.to_owned()),
            ]),
        }
        let token = "LOCALSTACK_AUTH_TOKEN";
        variables.extend(std::env::var(token).ok().map(|value| (token, value)));
        variables
    }

    /// The arguments of the image's program.
    pub(crate) fn arguments(&self, account_concurrency: u32, settings: &[String]) -> Vec<String> {
        if !self.is_local_cloud() {
            return Vec::new();
        }
        let mut arguments = vec![
            format!("--listen=0.0.0.0:{PORT}"),
            format!("--account-concurrency={account_concurrency}"),
        ];
        arguments.extend(settings.iter().map(|setting| format!("--{setting}")));
        arguments
    }
}

/// Name and tag: what follows the last colon behind the last slash.
fn split(image: &str) -> (String, String) {
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), tag.to_owned()),
        _ => (image.to_owned(), "latest".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn functions_are_told_where_they_run_in_containers_of_their_own() {
        let options = crate::Options::parse_from(["container-host"]);
        let names = |network| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let emulator = runtime.block_on(Emulator::of(&options)).unwrap();
            emulator.environment(10, network)
        };
        let alone = names(None);
        assert!(alone.contains(&("AWS_ENDPOINT_URL", "http://127.0.0.1:4566".to_owned())));
        let beside = names(Some("n"));
        assert!(beside.contains(&("LAMBDA_DOCKER_NETWORK", "n".to_owned())));
        // It would be another machine's loopback to a function.
        assert!(!beside.iter().any(|(name, _)| *name == "AWS_ENDPOINT_URL"));
    }

    #[test]
    fn an_image_has_a_name_and_a_tag() {
        let words = ["a/b:1.2", "a/b", "host:5000/a", "host:5000/a:3"];
        let split = words.map(split).map(|(name, tag)| format!("{name} {tag}"));
        assert_eq!(split, ["a/b 1.2", "a/b latest", "host:5000/a latest", "host:5000/a 3"]);
    }
}
