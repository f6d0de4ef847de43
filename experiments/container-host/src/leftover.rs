//! Containers of an earlier host that was killed, and so could not remove its own.

use std::collections::HashMap;
use std::path::Path;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};

/// The label that says which process a container belongs to.
const OWNER: &str = "handoff.owner-pid";
/// The label that says on which start of which machine that process ran.
const BOOT: &str = "handoff.owner-boot";

/// What a container of this process is labelled with.
pub(crate) fn labels() -> [(&'static str, String); 2] {
    [(OWNER, std::process::id().to_string()), (BOOT, boot_id())]
}

/// Removes the containers of this machine's hosts that do not run any more; as well a look whether
/// an engine answers.
pub(crate) async fn remove() -> anyhow::Result<()> {
    let docker = Docker::connect_with_defaults()?;
    let labelled = HashMap::from([("label", vec![OWNER])]);
    let all = ListContainersOptionsBuilder::new().all(true).filters(&labelled).build();
    for container in docker.list_containers(Some(all)).await? {
        let labels = container.labels.unwrap_or_default();
        let ours = labels.get(BOOT) == Some(&boot_id());
        let alive = labels.get(OWNER).is_some_and(|pid| is_host(pid));
        if let (true, false, Some(id)) = (ours, alive, container.id) {
            let by_force = RemoveContainerOptionsBuilder::new().force(true).build();
            docker.remove_container(&id, Some(by_force)).await?;
        }
    }
    Ok(())
}

/// Whether the process runs and is a host: process numbers come again.
fn is_host(pid: &str) -> bool {
    let name = Path::new("/proc").join(pid).join("comm");
    // The kernel keeps 15 characters of a name.
    std::fs::read_to_string(name).is_ok_and(|name| name.trim() == "container-host")
}

fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}
