//! Making what a run needs: roles, log groups, a sender and a receiver per transport, and the
//! service between them.
//!
//! `pair.rs` holds what every pair has; each transport's own part is in a file of its name.

mod delete;
mod elf;
mod find;
mod fresh;
mod functions;
mod kinesis;
mod log;
mod mapping;
mod pair;
mod resource;
mod roles;
mod sns;
mod sqs;
mod state_machine;
mod tags;
mod teardown;
mod wait;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use store::{Architecture, CellPlan, MappingPlan};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wire::{Target, Transport};

pub(crate) use find::{Which, find};
pub use fresh::FreshEnvironments;
pub(crate) use functions::sha256_hex;
pub use functions::{Artifact, Artifacts};
pub use log::{AccountDigest, Deployment, DeploymentLog, FILE, Site};
pub use resource::Resource;
pub(crate) use roles::Roles;
pub use roles::{RolePolicies, role_policies};
pub use tags::Tags;
pub(crate) use tags::prefix;
pub(crate) use teardown::{Delete, TornDown, tear_down};

use crate::clients::Clients;
use crate::error::LabError;

/// What makes one pair differ from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairKey {
    /// How A reaches B.
    pub transport: Transport,
    /// Memory of both functions, in MiB.
    pub memory_mb: u32,
    /// How the event source mapping reads, where there is one.
    pub mapping: Option<MappingPlan>,
    /// Whether the service's payload limit is raised.
    pub limit_raised: bool,
}

impl PairKey {
    /// The pair that a cell is measured on.
    #[must_use]
    pub fn of(cell: &CellPlan) -> Self {
        Self {
            transport: cell.transport,
            memory_mb: cell.memory_mb,
            mapping: cell.mapping.clone(),
            limit_raised: cell.limit_raised,
        }
    }
}

impl PairKey {
    /// The mapping of a pair whose transport needs one.
    fn mapping(&self) -> Result<&MappingPlan, LabError> {
        self.mapping.as_ref().ok_or_else(|| {
            LabError::Backend(format!("a cell of {} plans no event source mapping", self.transport))
        })
    }
}

/// A sender, a receiver and the way from one to the other.
#[derive(Clone, Debug)]
pub struct Pair {
    /// A's function name.
    pub sender: String,
    /// B's function name.
    pub receiver: String,
    /// What A is told to send to.
    pub target: Target,
}

/// The log group that Lambda writes a function's lines to.
#[must_use]
pub fn log_group(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

/// What all pairs of an attempt are made with.
#[derive(Debug)]
pub struct Deployer {
    /// For making them.
    pub clients: Clients,
    /// Where each resource is written down before it is made.
    pub log: Arc<DeploymentLog>,
    /// The functions.
    pub artifacts: Artifacts,
    /// What they are built for.
    pub architecture: Architecture,
    /// What every resource is marked with.
    pub tags: Tags,
    /// For the functions' configuration.
    pub environment: BTreeMap<String, String>,
    /// ARN of the policy that bounds the roles, where there is one.
    pub permissions_boundary: Option<String>,
    /// Begins every name, so that two attempts never meet: a stream's name is taken until its
    /// deletion is through, which lasts.
    pub prefix: String,
}

impl Deployer {
    /// Makes pairs, all at the same time but for the streams, of which so many may be created at a
    /// time.
    ///
    /// # Errors
    /// The first failure; what was made until then is in the log.
    pub async fn pairs(
        self: Arc<Self>,
        keys: BTreeSet<PairKey>,
    ) -> Result<BTreeMap<PairKey, Pair>, LabError> {
        let roles = Arc::new(roles::make(&self, &keys).await?);
        let streams = Arc::new(Semaphore::new(kinesis::CREATING_AT_A_TIME));
        let mut making = JoinSet::new();
        for (number, key) in keys.into_iter().enumerate() {
            let (deployer, roles) = (Arc::clone(&self), Arc::clone(&roles));
            let streams = Arc::clone(&streams);
            making.spawn(async move {
                let pair = deployer.pair(number, &key, &roles, &streams).await?;
                Ok((key, pair))
            });
        }
        let mut pairs = BTreeMap::new();
        let mut first_failure = None;
        // All are waited for even after a failure: nothing may be made once teardown begins.
        while let Some(made) = making.join_next().await {
            match made.unwrap_or_else(|e| Err(LabError::Backend(format!("deploying ended: {e}")))) {
                Ok((key, pair)) => {
                    pairs.insert(key, pair);
                }
                Err(e) => first_failure = first_failure.or(Some(e)),
            }
        }
        first_failure.map_or(Ok(pairs), Err)
    }

    /// Deletes everything that the log lists. May be repeated.
    ///
    /// # Errors
    /// The first failure, after everything else was tried; what could not be deleted stays listed.
    pub async fn tear_down(&self) -> Result<(), LabError> {
        tear_down(&self.log, &self.clients, |_| false).await?.into_result().map(drop)
    }

    /// Makes a pair; its number tells it from others of its transport.
    async fn pair(
        &self,
        number: usize,
        key: &PairKey,
        roles: &Roles,
        streams: &Semaphore,
    ) -> Result<Pair, LabError> {
        let name = format!("{}-{number}-{}", self.prefix, key.transport);
        let (sender, receiver) = (format!("{name}-sender"), format!("{name}-receiver"));
        let (_, receiver_arn) = tokio::try_join!(
            self.function(&sender, &self.artifacts.sender, &roles.sender_arn, key.memory_mb),
            self.function(&receiver, &self.artifacts.receiver, &roles.receiver_arn, key.memory_mb),
        )?;
        let target = match key.transport {
            Transport::SyncInvoke => Target::SyncInvoke { function: receiver.clone() },
            Transport::AsyncInvoke => Target::AsyncInvoke { function: receiver.clone() },
            Transport::Sns => self.topic(&name, &receiver, &receiver_arn, key.limit_raised).await?,
            Transport::Kinesis => {
                self.stream(&name, &receiver, key.mapping()?, key.limit_raised, streams).await?
            }
            Transport::Sqs => self.queue(&name, &receiver, key.mapping()?).await?,
        };
        Ok(Pair { sender, receiver, target })
    }
}
