//! `deployment.json`: every resource is written down before it is made, so that teardown finds all
//! of them, whatever ended the program in between.

use std::fmt;
use std::fs::{self, File};
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use store::{EndpointKind, RunId};

use super::functions::sha256_hex;
use super::resource::Resource;
use crate::error::LabError;

/// The file's name in a run's folder.
pub const FILE: &str = "deployment.json";

/// The exit code of a process that was to crash.
const CRASHED: i32 = 86;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The backend's name.
    pub backend: String,
    /// The region.
    pub region: String,
    /// What kind of address it was made through; none in a file that was written before this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<EndpointKind>,
    /// In whose account; none where that is not the user's, and in a file that was written before
    /// this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountDigest>,
    /// What may exist, in the order in which it was made.
    pub resources: Vec<Resource>,
}

/// Tells a run's account from others without saying which it is.
///
/// A number of twelve digits is found again from its whole hash in no time, so only so much of it is
/// kept as tells a wrong account with near certainty, and the run's name makes every run's another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountDigest(String);

impl AccountDigest {
    /// Of an account's number, for a run.
    #[must_use]
    pub fn of(account: &str, run: &RunId) -> Self {
        const DIGITS: usize = 6;
        let mut digest = sha256_hex(format!("{run}/{account}").as_bytes());
        digest.truncate(DIGITS);
        Self(digest)
    }
}

impl fmt::Display for AccountDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a run's resources are: elsewhere a resource that is still there "does not exist".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The backend's name.
    pub backend: String,
    /// The region.
    pub region: String,
    /// What kind of address it is reached at, where that is known.
    pub endpoint: Option<EndpointKind>,
    /// Whose account it is, where that is known.
    pub account: Option<AccountDigest>,
}

impl Site {
    /// Whether this may be the other place: what one of them does not know does not tell.
    fn may_be(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.zip(other).is_none_or(|(one, other)| one == other)
        }
        self.backend == other.backend
            && self.region == other.region
            && agree(self.endpoint.as_ref(), other.endpoint.as_ref())
            && agree(self.account.as_ref(), other.account.as_ref())
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, region, endpoint, account } = self;
        write!(f, "{backend} in {region}")?;
        match endpoint {
            None => {}
            Some(EndpointKind::Aws) => f.write_str(" at AWS's own endpoints")?,
            Some(EndpointKind::Loopback) => f.write_str(" at an address of this machine")?,
            Some(EndpointKind::Container) => f.write_str(" in a container")?,
            Some(EndpointKind::Custom) => f.write_str(" at an address that is not AWS's")?,
        }
        account.iter().try_for_each(|digest| write!(f, " (account digest {digest})"))
    }
}

impl Deployment {
    /// Where its resources are.
    #[must_use]
    pub fn site(&self) -> Site {
        let Self { backend, region, endpoint, account, resources: _ } = self.clone();
        Site { backend, region, endpoint, account }
    }

    /// A deployment of nothing.
    fn at(site: Site) -> Self {
        let Site { backend, region, endpoint, account } = site;
        Self { backend, region, endpoint, account, resources: Vec::new() }
    }

    /// Sees that this is where its resources are.
    ///
    /// # Errors
    /// [`LabError::Usage`] with both places.
    pub fn check_site(&self, run: &Path, here: &Site) -> Result<(), LabError> {
        let there = self.site();
        if there.may_be(here) {
            return Ok(());
        }
        Err(LabError::Usage(format!(
            "{}: what it lists is on {there}, and this is {here}: nothing of it would be found here. \
             Tear it down with the credentials, the region and the AWS_ENDPOINT_URL that it was made \
             with",
            run.join(FILE).display()
        )))
    }
}

/// The file of a run, and what it says.
#[derive(Debug)]
pub struct DeploymentLog {
    path: PathBuf,
    site: Site,
    deployment: Mutex<Deployment>,
    made: AtomicU32,
    crash_after: Option<u32>,
}

impl DeploymentLog {
    /// The log of a run's folder: what an earlier attempt has left is in it.
    ///
    /// # Errors
    /// When there is a file that cannot be read, or that lists resources elsewhere: they could not be
    /// found from here.
    pub fn open(run: &Path, site: Site) -> Result<Self, LabError> {
        let path = run.join(FILE);
        let deployment = match Self::read(run)? {
            Some(old) if !old.resources.is_empty() => {
                old.check_site(run, &site)?;
                old
            }
            _ => Deployment::at(site.clone()),
        };
        let (made, crash_after) = (AtomicU32::new(0), None);
        Ok(Self { path, site, deployment: Mutex::new(deployment), made, crash_after })
    }

    /// What the file in a run's folder says, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(run: &Path) -> Result<Option<Deployment>, LabError> {
        let path = run.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(LabError::io("read", &path)(e)),
        };
        let deployment = serde_json::from_str(&text)
            .map_err(|e| LabError::BadFile { path, reason: e.to_string() })?;
        Ok(Some(deployment))
    }

    /// Writes the resource down, then makes it.
    ///
    /// # Errors
    /// When it cannot be written down (then it is not made), or what making it gives.
    pub async fn make<T>(
        &self,
        resource: Resource,
        making: impl Future<Output = Result<T, LabError>>,
    ) -> Result<T, LabError> {
        // What is made from now on is here, whatever an older file did not know.
        self.change(|deployment| {
            let mut resources = std::mem::take(&mut deployment.resources);
            resources.push(resource);
            *deployment = Deployment { resources, ..Deployment::at(self.site.clone()) };
        })?;
        let made = making.await;
        let count = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        if self.crash_after == Some(count) {
            // At once, with whatever else is under way: nothing is dropped or torn down.
            std::process::exit(CRASHED);
        }
        made
    }

    /// The same log, which ends the process after so many resources: what a crash would leave.
    #[must_use]
    pub const fn crashing_after(mut self, count: Option<u32>) -> Self {
        self.crash_after = count;
        self
    }

    /// Strikes out what is deleted.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn strike_out(&self, resource: &Resource) -> Result<(), LabError> {
        self.change(|deployment| deployment.resources.retain(|other| other != resource))
    }

    /// Says that nothing of it exists any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn strike_out_all(&self) -> Result<(), LabError> {
        self.change(|deployment| deployment.resources.clear())
    }

    /// What may exist, in the order in which it was made.
    #[must_use]
    pub fn resources(&self) -> Vec<Resource> {
        self.deployment.lock().unwrap_or_else(PoisonError::into_inner).resources.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Deployment)) -> Result<(), LabError> {
        let mut deployment = self.deployment.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut deployment);
        write_whole(&self.path, &deployment)
    }
}

/// Writes under a temporary name, flushes to disk, renames: the file is the old one or the new one.
fn write_whole(path: &Path, deployment: &Deployment) -> Result<(), LabError> {
    let temporary = path.with_extension("json.partial");
    let io = |e| LabError::io("write", path)(e);
    let mut text = serde_json::to_string_pretty(deployment).map_err(|e| io(e.into()))?;
    text.push('\n');
    let mut file = File::create(&temporary).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(io)?;
    fs::rename(&temporary, path).map_err(io)
}
