//! What hosts have made: an earlier one that was killed, and so could not remove its own, and this
//! one at its end.

use std::collections::HashMap;
use std::time::Duration;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
};

use crate::network;
use crate::owner;

/// Done when the engine has a container of this process.
pub(crate) async fn appears() {
    const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);
    let Ok(docker) = Docker::connect_with_defaults() else { return };
    let labelled = HashMap::from([("label", vec![owner::OWNER])]);
    let all = ListContainersOptionsBuilder::new().all(true).filters(&labelled).build();
    loop {
        match docker.list_containers(Some(all.clone())).await {
            Ok(found) if found.iter().any(|it| owner::is_own(it.labels.clone())) => return,
            Ok(_) => tokio::time::sleep(LOOK_AGAIN_AFTER).await,
            Err(_) => return,
        }
    }
}

/// Removes the containers and networks of the owners that `is` holds for, by their labels; as well a
/// look whether an engine answers.
pub(crate) async fn remove(
    docker: &Docker,
    is: fn(Option<HashMap<String, String>>) -> bool,
) -> anyhow::Result<()> {
    let labelled = HashMap::from([("label", vec![owner::OWNER])]);
    let all = ListContainersOptionsBuilder::new().all(true).filters(&labelled).build();
    for container in docker.list_containers(Some(all)).await? {
        if let (true, Some(id)) = (is(container.labels), container.id) {
            network::remove_container(docker, &id).await?;
        }
    }
    let all = ListNetworksOptionsBuilder::new().filters(&labelled).build();
    for left in docker.list_networks(Some(all)).await? {
        if let (true, Some(name)) = (is(left.labels), left.name) {
            network::remove(docker, &name).await?;
        }
    }
    Ok(())
}
