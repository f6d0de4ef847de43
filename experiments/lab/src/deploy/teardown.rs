//! Deleting what a deployment made, the last first.

use super::log::DeploymentLog;
use super::resource::Resource;
use crate::error::LabError;

/// Whatever can delete resources.
pub(crate) trait Delete {
    /// Deletes a resource. One that does not exist is deleted already.
    async fn delete(&self, resource: &Resource) -> Result<(), LabError>;
}

/// Deletes everything that the log lists, in reverse order, and strikes it out. May be repeated.
///
/// # Errors
/// The first failure, after everything else was tried; what could not be deleted stays listed.
pub(crate) async fn tear_down(log: &DeploymentLog, cloud: &impl Delete) -> Result<(), LabError> {
    let mut first_failure = None;
    for resource in log.resources().iter().rev() {
        match cloud.delete(resource).await {
            Ok(()) => log.strike_out(resource)?,
            Err(e) => first_failure = first_failure.or(Some(e)),
        }
    }
    first_failure.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::deploy::log::FILE;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("handoff-lab-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn log(&self) -> DeploymentLog {
            DeploymentLog::open(&self.0, "local", "us-east-1").unwrap()
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
        tear_down(&log, &cloud).await.unwrap();
        assert_eq!(*cloud.deleted.borrow(), [function("c"), function("b"), function("a")]);
        assert_eq!(folder.on_disk(), []);
        tear_down(&log, &cloud).await.unwrap();
        assert_eq!(cloud.deleted.borrow().len(), 3);
    }

    #[tokio::test]
    async fn what_cannot_be_deleted_stays_listed_and_the_rest_goes() {
        let folder = Folder::new("stays");
        let log = made(&folder, &["a", "b", "c"]).await;
        let mut cloud = FakeCloud { refuses: Some(function("b")), ..FakeCloud::default() };
        tear_down(&log, &cloud).await.unwrap_err();
        assert_eq!(folder.on_disk(), [function("b")]);
        cloud.refuses = None;
        // Another process goes on from the file.
        tear_down(&folder.log(), &cloud).await.unwrap();
        assert_eq!(folder.on_disk(), []);
    }

    #[tokio::test]
    async fn resources_elsewhere_are_not_forgotten() {
        let folder = Folder::new("elsewhere");
        made(&folder, &["a"]).await;
        let error = DeploymentLog::open(&folder.0, "aws", "eu-west-1").unwrap_err().to_string();
        assert!(error.contains("local") && error.contains("eu-west-1"), "{error}");
        assert_eq!(folder.on_disk(), [function("a")]);
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
