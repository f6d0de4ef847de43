//! A run to S3 and back, as `just publish` and `just report s3://…` do it, against the S3 of the
//! emulator in a container. Skipped, with the reason, where no Docker engine answers.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use anyhow::{Context as _, ensure};
use lab::backend::{Backend, Place};
use lab::cli::SweepOptions;
use testkit::programs::Said;
use testkit::synthetic_run::{self, Effects};
use testkit::{container, programs};

const BUCKET: &str = "runs-of-a-test";

fn s3_sync(endpoint: &str, words: &[&str]) -> anyhow::Result<Said> {
    let mut command = programs::command("../tools/debug/s3-sync", words);
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    Ok(command.output()?.into())
}

/// `CreateBucket`, which s3-sync leaves to those who own the account.
fn create_bucket(endpoint: &str) -> anyhow::Result<()> {
    let host = endpoint.strip_prefix("http://").context("plain HTTP")?;
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "PUT /{BUCKET} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(())
}

/// The bytes of every file below a folder, by its path in it.
fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder)?.display().to_string();
                found.insert(name, std::fs::read(path)?);
            }
        }
    }
    Ok(found)
}

#[tokio::test]
async fn a_run_comes_back_as_it_was_published() -> anyhow::Result<()> {
    if !container::available() {
        return Ok(());
    }
    let (options, programs_folder) = (SweepOptions::default(), programs::folder());
    let backend = Backend::start(Place::Container, &options, &programs_folder).await?;
    let endpoint = backend.endpoint().context("a container has an address")?.to_owned();
    create_bucket(&endpoint)?;

    let folder = tempfile::tempdir()?;
    let run = synthetic_run::write(&folder.path().join("here"), &Effects::only("baseline"))?;
    // Part of it compacted, and a part with a file of its own beside.
    let key = run.parts()?.remove(0);
    let (rows, invocations) = (run.read_part(&key)?, run.read_invocations(&key)?);
    run.compact("baseline")?;
    run.write_invocations(&key, &invocations)?;
    run.write_part(&key, &rows)?;
    let written = run.path();
    let path = written.display().to_string();
    let name = written.file_name().context("a run has a name")?.to_string_lossy().into_owned();
    std::fs::write(written.join("deployment.json"), "{}")?;

    let runs = folder.path().join("here").display().to_string();
    let to = format!("s3://{BUCKET}/all");
    let there = format!("{to}/{name}");
    // By its folder, and as the newest run.
    for words in [&["publish", &path, &to][..], &["publish", &to, "--runs", &runs]] {
        let said = s3_sync(&endpoint, words)?;
        ensure!(said.code == Some(0), "{}", said.stderr);
        assert_eq!(said.stdout.trim(), there);
    }

    let elsewhere = folder.path().join("elsewhere").display().to_string();
    let fetch = |from: &str| s3_sync(&endpoint, &["fetch", from, "--runs", &elsewhere]);
    let said = fetch(&there)?;
    ensure!(said.code == Some(0), "{}", said.stderr);
    let mut expected = files(written)?;
    expected.remove("deployment.json").context("it was there")?;
    ensure!(expected.len() > 3, "the run has parts");
    assert_eq!(files(Path::new(said.stdout.trim()))?, expected, "every byte, and nothing else");
    // Again: it is there, and is the same.
    assert_eq!(fetch(&there)?.code, Some(0));

    let out = folder.path().join("report").display().to_string();
    let said = programs::run("report", &[said.stdout.trim(), "--out", &out]);
    ensure!(said.code == Some(0), "{}", said.stderr);

    let said = fetch(&format!("s3://{BUCKET}/all/not-there"))?;
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("not-there is no run"), "{}", said.stderr);
    let here = Path::new(&elsewhere);
    assert_eq!(std::fs::read_dir(here)?.count(), 1, "nothing half copied stays");
    backend.stop().await;
    Ok(())
}
