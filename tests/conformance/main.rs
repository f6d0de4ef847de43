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
}

fn table() -> anyhow::Result<BTreeMap<String, Row>> {
    let path = programs::workspace().join("docs/CONFORMANCE.md");
    let text = std::fs::read_to_string(path)?;
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [check, aws, local_cloud, ministack, _source] = cells[..] else { continue };
        let said = |cell: &str| cell.trim_matches(['`', '*']).to_owned();
        let row =
            Row { aws: said(aws), local_cloud: said(local_cloud), ministack: said(ministack) };
        rows.insert(check.to_owned(), row);
    }
    rows.remove("check").context("docs/CONFORMANCE.md has no table")?;
    Ok(rows)
}

async fn seen(place: Place) -> anyhow::Result<Seen> {
    let (options, folder) = (SweepOptions::default(), programs::folder());
    let backend = Backend::start(place, &options, &folder).await?;
    let artifacts = Artifacts::pack(&place.functions(&folder, &options))?;
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
    agree(&seen(Place::Local).await?, |row| &row.local_cloud)
}

#[tokio::test]
async fn local_cloud_differs_from_the_documentation_where_the_table_marks_it() -> anyhow::Result<()>
{
    for (check, row) in table()? {
        assert_eq!(row.local_cloud, row.aws, "{check}: local-cloud follows AWS's documentation");
    }
    Ok(())
}

#[tokio::test]
async fn the_container_does_what_the_table_says() -> anyhow::Result<()> {
    if !container::available() {
        return Ok(());
    }
    agree(&seen(Place::Container).await?, |row| &row.ministack)
}
