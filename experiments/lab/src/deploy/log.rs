//! `deployment.json`: every resource is written down before it is made, so that teardown finds all
//! of them, whatever ended the program in between.

use std::fs::{self, File};
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

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
    /// What may exist, in the order in which it was made.
    pub resources: Vec<Resource>,
}

/// The file of a run, and what it says.
#[derive(Debug)]
pub struct DeploymentLog {
    path: PathBuf,
    deployment: Mutex<Deployment>,
    made: AtomicU32,
    crash_after: Option<u32>,
}

impl DeploymentLog {
    /// The log of a run's folder: what an earlier attempt has left is in it.
    ///
    /// # Errors
    /// When there is a file that cannot be read, or is of another backend or region: its resources
    /// could not be found from here.
    pub fn open(run: &Path, backend: &str, region: &str) -> Result<Self, LabError> {
        let path = run.join(FILE);
        let (backend, region) = (backend.to_owned(), region.to_owned());
        let deployment = match Self::read(run)? {
            None => Deployment { backend, region, resources: Vec::new() },
            Some(old) if old.resources.is_empty() => {
                Deployment { backend, region, resources: Vec::new() }
            }
            Some(old) if old.backend == backend && old.region == region => old,
            Some(old) => {
                let reason = format!(
                    "it lists resources on {} in {}, and this is {backend} in {region}: tear the \
                     run down there first",
                    old.backend, old.region
                );
                return Err(LabError::BadFile { path, reason });
            }
        };
        let (made, crash_after) = (AtomicU32::new(0), None);
        Ok(Self { path, deployment: Mutex::new(deployment), made, crash_after })
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
        self.change(|resources| resources.push(resource))?;
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
        self.change(|resources| resources.retain(|other| other != resource))
    }

    /// Says that nothing of it exists any more.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn strike_out_all(&self) -> Result<(), LabError> {
        self.change(Vec::clear)
    }

    /// What may exist, in the order in which it was made.
    #[must_use]
    pub fn resources(&self) -> Vec<Resource> {
        self.deployment.lock().unwrap_or_else(PoisonError::into_inner).resources.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Resource>)) -> Result<(), LabError> {
        let mut deployment = self.deployment.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut deployment.resources);
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
