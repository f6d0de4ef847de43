//! One suite against local-cloud and against the emulator in a container: what both do, and where
//! they differ. The table in `docs/CONFORMANCE.md` says who follows AWS's documentation; this test
//! holds it to what is seen, so that a difference that comes or goes is noticed.

mod checks;

use std::collections::BTreeMap;

use anyhow::Context as _;
use lab::backend::{Backend, Place};
use lab::cli::SweepOptions;
use lab::deploy::Artifacts;
use testkit::{container, programs};

use crate::checks::{Cloud, Seen};

/// A row of the table: what AWS documents and what is seen in each place.
#[derive(Debug)]
struct Row {
    aws: String,
    local_cloud: String,
    ministack: String,
    localstack: String,
}

fn document() -> std::io::Result<String> {
    std::fs::read_to_string(programs::workspace().join("docs/CONFORMANCE.md"))
}

fn table() -> anyhow::Result<BTreeMap<String, Row>> {
    let text = document()?;
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [check, aws, local_cloud, ministack, localstack, _source] = cells[..] else { continue };
        let said = |cell: &str| cell.trim_matches(['`', '*']).to_owned();
        let row = Row {
            aws: said(aws),
            local_cloud: said(local_cloud),
            ministack: said(ministack),
            localstack: said(localstack),
        };
        rows.insert(check.to_owned(), row);
    }
    rows.remove("check").context("docs/CONFORMANCE.md has no table")?;
    Ok(rows)
}

async fn seen(place: Place, options: SweepOptions) -> anyhow::Result<Seen> {
    let folder = programs::folder();
    let backend = Backend::start(place, &options, &folder).await?;
    let artifacts =
        Artifacts::pack(&place.functions(&folder, &options), lab::facts::architecture())?;
    let cloud = Cloud::new(&backend, artifacts);
    let seen = cloud.look().await;
    backend.stop().await;
    seen
}

fn agree(seen: &Seen, said: impl Fn(&Row) -> &str) -> anyhow::Result<()> {
    let table = table()?;
    let said: Seen =
        table.iter().map(|(check, row)| ((*check).clone(), said(row).to_owned())).collect();
    assert_eq!(*seen, said, "seen, and what docs/CONFORMANCE.md says");
    Ok(())
}

#[tokio::test]
async fn local_cloud_does_what_the_table_says() -> anyhow::Result<()> {
    agree(&seen(Place::Local, SweepOptions::default()).await?, |row| &row.local_cloud)
}

#[test]
fn what_differs_from_the_documentation_is_marked_and_counted() -> anyhow::Result<()> {
    let (table, document) = (table()?, document()?);
    let mut differing = [0, 0];
    for (check, row) in &table {
        assert_eq!(row.local_cloud, row.aws, "{check}: local-cloud follows AWS's documentation");
        for (count, cell) in differing.iter_mut().zip([&row.ministack, &row.localstack]) {
            *count += usize::from(*cell != row.aws);
        }
    }
    assert_eq!(document.matches("**`").count(), differing.iter().sum::<usize>(), "bold cells");
    let [ministack, localstack] = differing;
    for counted in [format!("is in {ministack} (bold)"), format!("in {localstack}.")] {
        assert!(document.contains(&counted), "{counted}");
    }
    Ok(())
}

#[tokio::test]
async fn ministack_does_what_the_table_says() -> anyhow::Result<()> {
    if !container::available() {
        return Ok(());
    }
    agree(&seen(Place::Container, SweepOptions::default()).await?, |row| &row.ministack)
}

#[tokio::test]
async fn localstack_does_what_the_table_says() -> anyhow::Result<()> {
    if !container::available_with(container::LOCALSTACK, container::LOCALSTACK_RECIPE) {
        return Ok(());
    }
    let image = Some(container::LOCALSTACK.to_owned());
    let options = SweepOptions { image, docker_socket: true, ..SweepOptions::default() };
    agree(&seen(Place::Container, options).await?, |row| &row.localstack)
}
