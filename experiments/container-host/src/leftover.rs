//! What hosts have made: an earlier one that was killed, and so could not remove its own, and this
//! one at its end.

use std::collections::HashMap;

use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder,
};

use crate::network;
use crate::owner;

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
