//! A place to measure in: an endpoint with credentials and a lifetime, nothing else.

mod local;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use clap::ValueEnum;
use store::{BackendFacts, EndpointKind};

use crate::cli::SweepOptions;
use crate::clients::Clients;
use crate::collect::Pace;
use crate::error::LabError;

/// The places that can be measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Place {
    /// local-cloud on this machine.
    Local,
}

impl Place {
    /// The name used in options and manifests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
        }
    }

    /// How long after A's last answer a message counts as lost, unless the options say otherwise.
    #[must_use]
    pub const fn delivery_deadline(self) -> Duration {
        match self {
            Self::Local => Duration::from_secs(15),
        }
    }

    /// What distinguishes a run in this place from another one there, known before it is started.
    #[must_use]
    pub fn settings(self, options: &SweepOptions) -> BTreeMap<String, String> {
        match self {
            Self::Local => local::settings(options),
        }
    }
}

/// A place that is ready.
#[derive(Debug)]
pub struct Backend {
    place: Place,
    server: local::LocalCloud,
    settings: BTreeMap<String, String>,
    raised: BTreeMap<String, String>,
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
        let settings = place.settings(options);
        let (raised, of_this_machine) = match place {
            Place::Local => (local::raised(concurrency), local::of_this_machine(options)),
        };
        let mut all = settings.clone();
        all.extend(raised.clone());
        all.extend(of_this_machine);
        let server = match place {
            Place::Local => local::LocalCloud::start(programs, &all).await?,
        };
        Ok(Self { place, server, settings, raised })
    }

    /// The settings that were raised over the place's usual ones, by name.
    #[must_use]
    pub const fn raised(&self) -> &BTreeMap<String, String> {
        &self.raised
    }

    /// Its clients.
    #[must_use]
    pub fn clients(&self) -> Clients {
        Clients::for_endpoint(self.server.endpoint(), self.server.region())
    }

    /// What the manifest says of it.
    #[must_use]
    pub fn facts(&self) -> BackendFacts {
        BackendFacts {
            name: self.place.name().to_owned(),
            product: "local-cloud".to_owned(),
            version: self.server.version().to_owned(),
            endpoint: EndpointKind::Loopback,
            settings: self.settings.clone(),
        }
    }

    /// The region that functions run in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.server.region()
    }

    /// What a function's configuration must have in its environment to reach the services.
    #[must_use]
    pub fn function_environment(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("AWS_ENDPOINT_URL".to_owned(), self.server.endpoint().to_owned())])
    }

    /// How often to look for log lines.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        match self.place {
            Place::Local => Pace {
                first_pause: Duration::from_millis(2),
                longest_pause: Duration::from_millis(32),
                clock_slack: Duration::from_secs(1),
                reports_within: Duration::from_secs(2),
            },
        }
    }

    /// Ends it, if it was made for this run.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// What it said last, where it is a process of ours; for an error message.
    #[must_use]
    pub fn last_words(&self) -> String {
        self.server.last_words()
    }
}
