//! A place to measure in: an endpoint with credentials and a lifetime, nothing else.

mod aws;
mod container;
mod local;
mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use store::{BackendFacts, EndpointKind, RunId};

use self::process::Served;
pub(crate) use aws::DEADLINE_SETTING;
pub(crate) use container::without_registry;

use crate::cli::SweepOptions;
use crate::clients::{Clients, plain};
use crate::collect::Pace;
use crate::deploy::{AccountDigest, Site};
use crate::driver::DriverName;
use crate::error::LabError;
use crate::record::Recorder;

/// How local-cloud's lines are read, which are there at once and may be asked for at will.
const ON_THIS_MACHINE: Pace = Pace {
    first_pause: Duration::from_millis(2),
    longest_pause: Duration::from_millis(32),
    clock_slack: Duration::from_secs(1),
    reports_within: Duration::from_secs(2),
    lines_within: Duration::ZERO,
    requests_per_s: None,
    window: None,
    at_a_time: 1,
};

/// The setting that says who invoked the senders, where that was not the lab.
const DRIVER: &str = "driver";

/// The places that can be measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Place {
    /// local-cloud on this machine.
    Local,
    /// An emulator in a container on this machine (--image).
    Container,
    /// The AWS account of the ambient credentials; costs money.
    Aws,
}

impl Place {
    /// The name used in options and manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Container => "container",
            Self::Aws => "aws",
        }
    }

    /// The place of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|place| place.name() == name)
    }

    /// Whether what is made here has to be paid for, and stays when the lab ends.
    #[must_use]
    pub const fn costs_money(self) -> bool {
        matches!(self, Self::Aws)
    }

    /// How long after A's last answer a message counts as lost, unless the options say otherwise.
    #[must_use]
    pub const fn delivery_deadline(self) -> Duration {
        match self {
            Self::Local => Duration::from_secs(15),
            Self::Container => Duration::from_secs(30),
            Self::Aws => aws::DELIVERY_DEADLINE,
        }
    }

    /// About how much longer a visit of a cell takes than its messages: until their lines can be
    /// read.
    #[must_use]
    pub const fn visit_overhead(self) -> Duration {
        match self {
            Self::Local | Self::Container => Duration::ZERO,
            Self::Aws => Duration::from_secs(10),
        }
    }

    /// What distinguishes a run in this place from another one there, known before it is started.
    #[must_use]
    pub fn settings(self, options: &SweepOptions) -> BTreeMap<String, String> {
        let mut settings = match self {
            Self::Local => local::settings(options),
            Self::Container => container::settings(options),
            Self::Aws => aws::settings(options),
        };
        if options.driver != DriverName::default() {
            settings.insert(DRIVER.to_owned(), options.driver.name().to_owned());
        }
        settings
    }

    /// Whether local-cloud is what is measured, in a container or not.
    #[must_use]
    pub fn is_local_cloud(self, options: &SweepOptions) -> bool {
        match self {
            Self::Local => true,
            Self::Container => container::is_local_cloud(options),
            Self::Aws => false,
        }
    }

    /// The folder of the function binaries, unless the options say otherwise. `programs` is the
    /// folder of the workspace's binaries.
    #[must_use]
    pub fn functions(self, programs: &Path, options: &SweepOptions) -> PathBuf {
        match (&options.functions, self) {
            (Some(folder), _) => folder.clone(),
            (None, Self::Local) => programs.to_owned(),
            (None, Self::Container | Self::Aws) => container::functions(programs),
        }
    }
}

/// A place that is ready.
#[derive(Debug)]
pub struct Backend {
    place: Place,
    server: Server,
    recorder: Option<Recorder>,
    settings: BTreeMap<String, String>,
    raised: BTreeMap<String, String>,
}

/// What stands behind a place.
#[derive(Debug)]
enum Server {
    Program(Box<Served>),
    Aws(Box<aws::Account>),
}

impl Backend {
    /// Makes the place ready. `programs` is the folder of the workspace's binaries.
    ///
    /// # Errors
    /// [`LabError::Backend`] with what the place said when it does not start.
    pub async fn start(
        place: Place,
        options: &SweepOptions,
        programs: &Path,
    ) -> Result<Self, LabError> {
        Self::start_for(0, place, options, programs).await
    }

    /// As [`Backend::start`], with room for so many invocations at a time, where the place's own
    /// settings decide that.
    ///
    /// # Errors
    /// As [`Backend::start`].
    pub async fn start_for(
        concurrency: u32,
        place: Place,
        options: &SweepOptions,
        programs: &Path,
    ) -> Result<Self, LabError> {
        let recorder = options.record_calls.as_deref().map(Recorder::to).transpose()?;
        let settings = place.settings(options);
        let (raised, of_this_machine) = match place {
            Place::Local => (local::raised(concurrency), local::of_this_machine(options)),
            Place::Container => (local::raised(concurrency), container::of_this_machine(options)),
            Place::Aws => (BTreeMap::new(), BTreeMap::new()),
        };
        let mut all = settings.clone();
        all.extend(raised.clone());
        all.extend(of_this_machine);
        let server = match place {
            Place::Local => Server::Program(Box::new(local::start(programs, &all).await?)),
            Place::Container => Server::Program(Box::new(container::start(programs, &all).await?)),
            Place::Aws => Server::Aws(Box::new(aws::Account::reach().await?)),
        };
        Ok(Self { place, server, recorder, settings, raised })
    }

    /// The settings that were raised over the place's usual ones, by name.
    #[must_use]
    pub const fn raised(&self) -> &BTreeMap<String, String> {
        &self.raised
    }

    /// Its clients.
    #[must_use]
    pub fn clients(&self) -> Clients {
        let recorder = self.recorder.as_ref();
        match &self.server {
            Server::Program(served) => {
                let ready = served.ready();
                Clients::new(&plain(&ready.endpoint, &ready.region), recorder)
            }
            Server::Aws(account) => Clients::new(account.config(), recorder),
        }
    }

    /// What the manifest says of it.
    #[must_use]
    pub fn facts(&self) -> BackendFacts {
        let (product, version, endpoint) = match &self.server {
            Server::Program(served) => {
                let kind = match self.place {
                    Place::Container => EndpointKind::Container,
                    Place::Local | Place::Aws => EndpointKind::Loopback,
                };
                let product = container::without_registry(served.product());
                (product, served.ready().version.as_str(), kind)
            }
            Server::Aws(account) => match account.kind() {
                EndpointKind::Aws => ("AWS", "", EndpointKind::Aws),
                kind => ("an AWS-compatible endpoint", "", kind),
            },
        };
        BackendFacts {
            name: self.place.name().to_owned(),
            product: product.to_owned(),
            version: version.to_owned(),
            endpoint,
            settings: self.settings.clone(),
        }
    }

    /// Where what a run makes is.
    #[must_use]
    pub fn site(&self, run: &RunId) -> Site {
        let facts = self.facts();
        let account = match &self.server {
            Server::Program(_) => None,
            Server::Aws(account) => Some(AccountDigest::of(account.number(), run)),
        };
        let (backend, region) = (facts.name, self.region().to_owned());
        Site { backend, region, endpoint: Some(facts.endpoint), account }
    }

    /// Where this machine reaches it; none where that is AWS itself.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        match &self.server {
            Server::Program(served) => Some(&served.ready().endpoint),
            Server::Aws(account) => account.endpoint(),
        }
    }

    /// The region that functions run in.
    #[must_use]
    pub fn region(&self) -> &str {
        match &self.server {
            Server::Program(served) => &served.ready().region,
            Server::Aws(account) => account.region(),
        }
    }

    /// What a function's configuration must have in its environment to reach the services.
    #[must_use]
    pub fn function_environment(&self) -> BTreeMap<String, String> {
        let endpoint = match &self.server {
            Server::Program(served) => Some(served.function_endpoint()),
            Server::Aws(account) => account.endpoint(),
        };
        let endpoint = endpoint.map(|url| ("AWS_ENDPOINT_URL".to_owned(), url.to_owned()));
        endpoint.into_iter().collect()
    }

    /// Whether functions run on AWS's own image, with a C library of its own.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.place == Place::Aws && self.endpoint().is_none()
    }

    /// Whether the services need a while until what they have made can be used: permissions that
    /// spread, mappings that say they are enabled before they read.
    #[must_use]
    pub const fn settles_late(&self) -> bool {
        matches!(self.place, Place::Aws)
    }

    /// How often to look for log lines.
    #[must_use]
    pub fn pace(&self) -> Pace {
        match self.place {
            Place::Local => ON_THIS_MACHINE,
            // The emulator shares the machine with what is measured, and may read slowly.
            Place::Container => Pace {
                first_pause: Duration::from_millis(20),
                longest_pause: Duration::from_millis(500),
                ..ON_THIS_MACHINE
            },
            Place::Aws if self.is_aws() => Pace::ACCOUNT,
            Place::Aws => aws::STAND_IN_PACE,
        }
    }

    /// Ends it, if it was made for this run.
    pub async fn stop(self) {
        match self.server {
            Server::Program(served) => served.stop().await,
            Server::Aws(_) => {}
        }
    }

    /// What it said last, where it is a process of ours; for an error message.
    #[must_use]
    pub fn last_words(&self) -> String {
        match &self.server {
            Server::Program(served) => served.last_words(),
            Server::Aws(_) => String::new(),
        }
    }
}
