//! Deleting what a deployment made, the last first.

use std::fmt::Write as _;

use store::RunId;

use super::log::DeploymentLog;
use super::resource::Resource;
use crate::error::LabError;
use crate::redact::redact;

/// Whatever can delete resources.
pub(crate) trait Delete {
    /// Deletes a resource. One that does not exist is deleted already.
    async fn delete(&self, resource: &Resource) -> Result<(), LabError>;
}

/// What a teardown did.
#[derive(Debug, Default)]
pub(crate) struct TornDown {
    /// What was deleted, or was gone already.
    pub(crate) removed: Vec<Resource>,
    /// What stays for a while on purpose.
    pub(crate) kept: Vec<Resource>,
    /// What could not be deleted, and why.
    pub(crate) left: Vec<(Resource, LabError)>,
}

impl TornDown {
    /// What was removed and what stays, or the first failure.
    pub(crate) fn into_result(mut self) -> Result<Self, LabError> {
        if self.left.is_empty() {
            return Ok(self);
        }
        Err(self.left.swap_remove(0).1)
    }

    /// What still exists, in words; none where nothing does. What is kept on purpose is counted.
    pub(crate) fn remains(&self, name: &str, run: &RunId) -> Option<String> {
        let mut text = self.left_in_words();
        let what = match (self.left.len(), self.kept.len()) {
            (0, 0) => return None,
            (0, kept) => format!("{kept} resources are kept for `just collect {run}`"),
            (left, 0) => format!("{left} resources are left"),
            (left, kept) => format!("{left} resources are left, {kept} are kept"),
        };
        let _ = write!(text, "{name}: {what}; `just teardown {run}` deletes them");
        Some(text)
    }

    fn left_in_words(&self) -> String {
        let line = |(resource, why): &(Resource, LabError)| {
            format!("  left {resource}: {}\n", redact(&why.to_string()))
        };
        self.left.iter().map(line).collect()
    }

    /// In words, a line for each resource.
    pub(crate) fn describe(&self, name: &str) -> String {
        let mut text = String::new();
        for resource in &self.removed {
            let _ = writeln!(text, "  removed {resource}");
        }
        for resource in &self.kept {
            let _ = writeln!(text, "  kept {resource}");
        }
        text.push_str(&self.left_in_words());
        let (removed, left) = (self.removed.len(), self.left.len());
        let left = match left {
            0 => "nothing is left".to_owned(),
            _ => format!("{left} are left: the same command again goes on"),
        };
        let _ = writeln!(text, "{name}: {removed} resources removed, {left}");
        text
    }
}

/// Deletes everything that the log lists, a state machine first and all else in reverse order, and
/// strikes it out. May be repeated.
/// What `keep` holds for stays listed.
///
/// # Errors
/// When the log cannot be written. What could not be deleted is in the answer, after everything
/// else was tried, and stays listed.
pub(crate) async fn tear_down(
    log: &DeploymentLog,
    cloud: &impl Delete,
    keep: impl Fn(&Resource) -> bool,
) -> Result<TornDown, LabError> {
    let mut torn_down = TornDown::default();
    let mut resources = log.resources();
    resources.reverse();
    // Its executions invoke the senders, and it is made before them.
    resources.sort_by_key(|resource| !matches!(resource, Resource::StateMachine { .. }));
    for resource in resources {
        if keep(&resource) {
            torn_down.kept.push(resource);
            continue;
        }
        match cloud.delete(&resource).await {
            Ok(()) => {
                log.strike_out(&resource)?;
                torn_down.removed.push(resource);
            }
            Err(e) => torn_down.left.push((resource, e)),
        }
    }
    Ok(torn_down)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::{Path, PathBuf};

    use store::EndpointKind;

    use super::*;
    use crate::deploy::log::{AccountDigest, FILE, Site};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("handoff-lab-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn log(&self) -> DeploymentLog {
            DeploymentLog::open(&self.0, site("210987654321", EndpointKind::Aws)).unwrap()
        }

        fn on_disk(&self) -> Vec<Resource> {
            DeploymentLog::read(&self.0).unwrap().unwrap().resources
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn site(account: &str, endpoint: EndpointKind) -> Site {
        Site {
            backend: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(endpoint),
            account: Some(AccountDigest::of(account, &RunId::new("r").unwrap())),
        }
    }

    #[derive(Default)]
    struct FakeCloud {
        deleted: RefCell<Vec<Resource>>,
        refuses: Option<Resource>,
    }

    impl Delete for FakeCloud {
        async fn delete(&self, resource: &Resource) -> Result<(), LabError> {
            if self.refuses.as_ref() == Some(resource) {
                return Err(LabError::Backend("busy".into()));
            }
            self.deleted.borrow_mut().push(resource.clone());
            Ok(())
        }
    }

    fn function(name: &str) -> Resource {
        Resource::Function { name: name.to_owned() }
    }

    async fn all(log: &DeploymentLog, cloud: &FakeCloud) -> Result<TornDown, LabError> {
        tear_down(log, cloud, |_| false).await.and_then(TornDown::into_result)
    }

    async fn made(folder: &Folder, names: &[&str]) -> DeploymentLog {
        let log = folder.log();
        for name in names {
            log.make(function(name), async { Ok(()) }).await.unwrap();
        }
        log
    }

    #[tokio::test]
    async fn a_resource_is_written_down_before_it_is_made() {
        let folder = Folder::new("before");
        let log = folder.log();
        let making = async {
            assert_eq!(folder.on_disk(), [function("a")], "written down already");
            Err::<(), _>(LabError::Backend("no such luck".into()))
        };
        log.make(function("a"), making).await.unwrap_err();
        assert_eq!(folder.on_disk(), [function("a")], "it may exist all the same");
    }

    #[tokio::test]
    async fn what_cannot_be_written_down_is_not_made() {
        let folder = Folder::new("unwritable");
        let log = folder.log();
        std::fs::remove_dir_all(&folder.0).unwrap();
        let making = async { panic!("made") };
        log.make::<()>(function("a"), making).await.unwrap_err();
    }

    #[tokio::test]
    async fn teardown_goes_backwards_and_can_be_repeated() {
        let folder = Folder::new("backwards");
        let log = made(&folder, &["a", "b", "c"]).await;
        let cloud = FakeCloud::default();
        all(&log, &cloud).await.unwrap();
        assert_eq!(*cloud.deleted.borrow(), [function("c"), function("b"), function("a")]);
        assert_eq!(folder.on_disk(), []);
        all(&log, &cloud).await.unwrap();
        assert_eq!(cloud.deleted.borrow().len(), 3);
    }

    #[tokio::test]
    async fn what_cannot_be_deleted_stays_listed_and_the_rest_goes() {
        let folder = Folder::new("stays");
        let log = made(&folder, &["a", "b", "c"]).await;
        let mut cloud = FakeCloud { refuses: Some(function("b")), ..FakeCloud::default() };
        let failed = all(&log, &cloud).await.unwrap_err();
        assert!(failed.to_string().contains("busy"), "{failed}");
        assert_eq!(folder.on_disk(), [function("b")]);
        cloud.refuses = None;
        // Another process goes on from the file.
        all(&folder.log(), &cloud).await.unwrap();
        assert_eq!(folder.on_disk(), []);
    }

    #[tokio::test]
    async fn what_is_kept_stays_listed() {
        let folder = Folder::new("kept");
        let log = made(&folder, &["a", "b"]).await;
        let cloud = FakeCloud::default();
        let torn_down = tear_down(&log, &cloud, |it| *it == function("a")).await.unwrap();
        assert_eq!((torn_down.removed, torn_down.kept), (vec![function("b")], vec![function("a")]));
        assert_eq!(folder.on_disk(), [function("a")]);
    }

    #[tokio::test]
    async fn resources_elsewhere_are_not_forgotten() {
        let folder = Folder::new("elsewhere");
        made(&folder, &["a"]).await;
        let here = site("210987654321", EndpointKind::Aws);
        let others = [
            (Site { backend: "local".into(), ..here.clone() }, "local in us-east-1"),
            (Site { region: "eu-west-1".into(), ..here.clone() }, "aws in eu-west-1"),
            (site("210987654321", EndpointKind::Loopback), "at an address of this machine"),
            (site("210987654322", EndpointKind::Aws), "account digest"),
        ];
        for (elsewhere, named) in others {
            let error = DeploymentLog::open(&folder.0, elsewhere).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            let said = error.to_string();
            assert!(said.contains(named) && said.contains("aws in us-east-1 at AWS's"), "{said}");
            assert!(!said.contains("2109876543"), "an account is not named: {said}");
            assert_eq!(folder.on_disk(), [function("a")]);
        }
    }

    #[tokio::test]
    async fn a_file_that_does_not_know_its_account_learns_it_when_something_is_made() {
        let folder = Folder::new("older");
        let text = r#"{"backend": "aws", "region": "us-east-1",
            "resources": [{"kind": "function", "name": "a"}]}"#;
        std::fs::write(folder.0.join(FILE), text).unwrap();
        let log = folder.log();
        assert_eq!(log.resources(), [function("a")]);
        log.strike_out(&function("b")).unwrap();
        let site = || DeploymentLog::read(&folder.0).unwrap().unwrap().site();
        assert_eq!((site().endpoint, site().account), (None, None), "only looked at");
        log.make(function("b"), async { Ok(()) }).await.unwrap();
        assert_eq!(site(), self::site("210987654321", EndpointKind::Aws));
        assert_eq!(folder.on_disk(), [function("a"), function("b")]);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = Folder::new("damaged");
        std::fs::write(folder.0.join(FILE), "{\"backend\":").unwrap();
        let error = DeploymentLog::read(&folder.0).unwrap_err().to_string();
        assert!(error.contains(FILE), "{error}");
        assert!(DeploymentLog::read(Path::new("/nowhere")).unwrap().is_none());
    }
}
