//! An emulator in a container, which `container-host` runs for as long as it is itself run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::local;
use super::process::{Program, Served};
use crate::cli::SweepOptions;
use crate::error::LabError;
use crate::needs;

const IMAGE: &str = "image";
const CPUS: &str = "cpus";
const MEMORY: &str = "memory_mib";
const DOCKER_SOCKET: &str = "docker_socket";

/// The emulator that is measured where none is asked for, by its version.
const USUAL_IMAGE: &str = "ministackorg/ministack:1.5.33";
/// local-cloud in an image that is made here.
const LOCAL_CLOUD: &str = "local-cloud";

/// An image may have to be pulled first.
const READY_WITHIN: Duration = Duration::from_secs(600);
/// Stopping a container takes ten seconds where its program does not obey.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// The programs that only containers need, beside the workspace's (`just container-programs`).
fn tools(programs: &Path) -> PathBuf {
    programs.join("../tools/debug")
}

/// Static binaries, which run in any image (`just functions`).
pub(super) fn functions(programs: &Path) -> PathBuf {
    programs.join("../static/x86_64-unknown-linux-gnu/debug")
}

pub(super) fn is_local_cloud(options: &SweepOptions) -> bool {
    options.image.as_deref() == Some(LOCAL_CLOUD)
}

fn image(options: &SweepOptions) -> &str {
    options.image.as_deref().unwrap_or(USUAL_IMAGE)
}

/// An image's name without the registry that it is pulled from, which may be a company's own. A
/// registry is told from the first part of a path by its dot or its port, as Docker does.
pub(crate) fn without_registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => rest,
        _ => image,
    }
}

/// What is used and not written down.
pub(super) fn of_this_machine(options: &SweepOptions) -> BTreeMap<String, String> {
    BTreeMap::from([(IMAGE.to_owned(), image(options).to_owned())])
}

pub(super) fn settings(options: &SweepOptions) -> BTreeMap<String, String> {
    let image = image(options);
    let mut settings = if image == LOCAL_CLOUD {
        local::settings(options)
    } else {
        let concurrency = needs::ACCOUNT_CONCURRENCY.to_string();
        BTreeMap::from([(local::ACCOUNT_CONCURRENCY.to_owned(), concurrency)])
    };
    settings.insert(IMAGE.to_owned(), without_registry(image).to_owned());
    settings.extend(options.cpus.map(|cpus| (CPUS.to_owned(), cpus.to_string())));
    settings.extend(options.memory.map(|mib| (MEMORY.to_owned(), mib.to_string())));
    if options.docker_socket {
        settings.insert(DOCKER_SOCKET.to_owned(), true.to_string());
    }
    settings
}

pub(super) async fn start(
    programs: &Path,
    settings: &BTreeMap<String, String>,
) -> Result<Served, LabError> {
    let mut arguments = Vec::new();
    let of_local_cloud = settings.get(IMAGE).is_some_and(|image| image == LOCAL_CLOUD);
    for (name, value) in settings {
        match name.as_str() {
            IMAGE | CPUS => arguments.push(format!("--{name}={value}")),
            MEMORY => arguments.push(format!("--memory={value}")),
            DOCKER_SOCKET => arguments.push("--docker-socket".to_owned()),
            local::ACCOUNT_CONCURRENCY => arguments.push(format!("--account-concurrency={value}")),
            // What the lab does by itself.
            super::DRIVER => {}
            name if of_local_cloud => {
                arguments.push(format!("--setting={}={value}", name.replace('_', "-")));
            }
            _ => {}
        }
    }
    if of_local_cloud {
        let binary = functions(programs).join(LOCAL_CLOUD);
        arguments.push(format!("--local-cloud={}", binary.display()));
    }
    let program = Program {
        name: "container-host",
        arguments,
        made_by: "just container-programs",
        ready_within: READY_WITHIN,
        ends_within: ENDS_WITHIN,
    };
    Served::start(&tools(programs), program).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_not_written_down() {
        for (image, written) in [
            ("ministackorg/ministack:1.5.33", "ministackorg/ministack:1.5.33"),
            ("local-cloud", "local-cloud"),
            ("registry.corp.example/mirror/localstack:4", "mirror/localstack:4"),
            ("buildhost:5000/localstack", "localstack"),
            ("localhost/localstack", "localstack"),
        ] {
            let options = SweepOptions { image: Some(image.to_owned()), ..SweepOptions::default() };
            assert_eq!(settings(&options)[IMAGE], written);
            assert_eq!(of_this_machine(&options)[IMAGE], image, "it is used all the same");
        }
    }

    #[test]
    fn the_usual_image_is_of_the_version_that_is_made_here() {
        let made = include_str!("../../../container-host/image/requirements.txt");
        assert_eq!(made.trim().replace("ministack==", "ministackorg/ministack:"), USUAL_IMAGE);
    }
}
