//! The network of an emulator that starts containers beside its own. It is told to start them there,
//! so that they reach it, and so that they are found and removed with it, whatever ended it.

use std::collections::HashMap;

use anyhow::Context as _;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::NetworkCreateRequest;
use testcontainers::bollard::query_parameters::{
    ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};

use crate::owner;

/// Makes this host's network and says its name.
pub(crate) async fn make(docker: &Docker) -> anyhow::Result<String> {
    let name = owner::name();
    let labels = owner::labels().map(|(label, value)| (label.to_owned(), value));
    let request = NetworkCreateRequest {
        name: name.clone(),
        labels: Some(labels.into()),
        ..NetworkCreateRequest::default()
    };
    docker.create_network(request).await.context("make a network for the functions")?;
    Ok(name)
}

/// Removes a network with the containers in it.
pub(crate) async fn remove(docker: &Docker, name: &str) -> anyhow::Result<()> {
    let within = HashMap::from([("network", vec![name])]);
    let all = ListContainersOptionsBuilder::new().all(true).filters(&within).build();
    for container in docker.list_containers(Some(all)).await? {
        remove_container(docker, &container.id.unwrap_or_default()).await?;
    }
    gone(docker.remove_network(name).await).with_context(|| format!("remove the network {name}"))
}

pub(crate) async fn remove_container(docker: &Docker, id: &str) -> anyhow::Result<()> {
    let by_force = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    gone(docker.remove_container(id, Some(by_force)).await)
        .with_context(|| format!("remove the container {id}"))
}

/// What is gone, or going, need not be removed.
fn gone(removed: Result<(), Error>) -> Result<(), Error> {
    match removed {
        Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
        other => other,
    }
}
