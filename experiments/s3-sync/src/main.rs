//! `s3-sync`: a run's folder to S3 and back, in the layout that it has on disk.
//!
//! `just publish` and `just report s3://…` call it. A program of its own, so that nobody else builds
//! the S3 client. What comes back is checked by whoever reads it: each part carries a checksum.

mod location;
mod run_files;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use clap::{Parser, Subcommand};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::location::Location;
use crate::run_files::MANIFEST;

/// Copies runs to S3 and back
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy a run below a prefix; prints where it is then
    #[command(allow_missing_positional = true)]
    Publish {
        /// The run: its name below --runs, or its folder; the newest one where it is left out
        run: Option<PathBuf>,
        /// Bucket and prefix, to which the run's name is added
        to: Location,
        /// The folder of runs
        #[arg(long, default_value = "data/runs")]
        runs: PathBuf,
    },
    /// Copy a run into the folder of runs; prints its folder
    Fetch {
        /// The run in S3
        from: Location,
        /// The folder of runs
        #[arg(long, default_value = "data/runs")]
        runs: PathBuf,
    },
}

const EXAMPLES: &str = "Examples:
  s3-sync publish s3://my-bucket/runs           the newest run, to s3://my-bucket/runs/<its name>/
  s3-sync publish night s3://my-bucket/runs     to s3://my-bucket/runs/night/
  s3-sync fetch s3://my-bucket/runs/night       into data/runs/night

Credentials and region are found as by the AWS command line; AWS_ENDPOINT_URL is honoured.

Exit codes: 0 copied; 1 not copied (why is on stderr; nothing half copied is left here); 2 bad usage";

/// Objects copied at a time.
const AT_A_TIME: usize = 16;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Publish { run, to, runs } => publish(run.as_deref(), &runs, &to).await,
        Command::Fetch { from, runs } => fetch(&from, &runs).await,
    };
    match done {
        Ok(said) => {
            let written = writeln!(std::io::stdout(), "{said}");
            if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn client() -> Client {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").unwrap_or_default();
    // It speaks plain HTTP, too, where the address says so.
    let builder = aws_smithy_http_client::Builder::new();
    let http = builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    // Another endpoint has no host name for each bucket.
    let config =
        aws_sdk_s3::config::Builder::from(&config).force_path_style(!endpoint.is_empty()).build();
    Client::from_conf(config)
}

async fn publish(run: Option<&Path>, runs: &Path, to: &Location) -> anyhow::Result<String> {
    let folder = match run {
        Some(run) if run.is_dir() => run.to_owned(),
        Some(run) => runs.join(run),
        None => {
            run_files::newest(runs).with_context(|| format!("find a run in {}", runs.display()))?
        }
    };
    ensure!(folder.join(MANIFEST).is_file(), "there is no run in {}", folder.display());
    let name = folder.canonicalize()?;
    let name = name.file_name().context("a run has a name")?.to_string_lossy().into_owned();
    let to = to.below(&name);
    let files = run_files::below(&folder)?;
    let client = client().await;
    let (manifest, parts): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| file == Path::new(MANIFEST));
    let copy = |files: Vec<PathBuf>| {
        each(files, {
            let (client, folder, to) = (client.clone(), folder.clone(), to.clone());
            move |file: PathBuf| {
                let (client, path, to) = (client.clone(), folder.join(&file), to.clone());
                async move {
                    let key = to.key(&run_files::name(&file));
                    let body = ByteStream::from(
                        tokio::task::spawn_blocking(move || std::fs::read(path)).await??,
                    );
                    let put =
                        client.put_object().bucket(&to.bucket).key(&key).body(body).send().await;
                    put.with_context(|| format!("write s3://{}/{key}", to.bucket))?;
                    Ok(())
                }
            }
        })
    };
    // The manifest last: what has one is whole.
    copy(parts).await?;
    copy(manifest).await?;
    Ok(to.to_string())
}

async fn fetch(from: &Location, runs: &Path) -> anyhow::Result<String> {
    let name = from.name().context("the run's name is missing behind the bucket")?.to_owned();
    ensure!(run_files::is_name(&name), "{name:?} is no name of a run");
    let folder = runs.join(&name);
    let client = client().await;
    let manifest =
        read(&client, from, MANIFEST).await.with_context(|| format!("{from} is no run"))?;
    if folder.exists() {
        let here = std::fs::read(folder.join(MANIFEST)).unwrap_or_default();
        // Published again after more was measured, or another run of that name.
        ensure!(here == manifest, "{} is there, and is not the run in {from}", folder.display());
        return Ok(folder.display().to_string());
    }
    let mut names = Vec::new();
    let mut pages =
        client.list_objects_v2().bucket(&from.bucket).prefix(from.key("")).into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.with_context(|| format!("list {from}"))?.contents() {
            let key = object.key().unwrap_or_default();
            let name = key.strip_prefix(&from.key("")).unwrap_or_default().to_owned();
            match run_files::path(&name) {
                Some(path) => names.push((name, path)),
                None => bail!("{from} has {name:?}, which is no file of a run"),
            }
        }
    }
    std::fs::create_dir_all(runs)?;
    let beside = tempfile::Builder::new().prefix(".fetching-").tempdir_in(runs)?;
    let into = beside.path().to_owned();
    each(names, {
        let (client, from) = (client.clone(), from.clone());
        move |(name, path): (String, PathBuf)| {
            let (client, from, path) = (client.clone(), from.clone(), into.join(path));
            async move {
                let bytes = read(&client, &from, &name).await?;
                let write = move || {
                    path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                    std::fs::write(&path, bytes)
                };
                tokio::task::spawn_blocking(write).await?.with_context(|| format!("write {name}"))
            }
        }
    })
    .await?;
    std::fs::rename(beside.keep(), &folder)?;
    Ok(folder.display().to_string())
}

async fn read(client: &Client, from: &Location, name: &str) -> anyhow::Result<Vec<u8>> {
    let key = from.key(name);
    let what = || format!("read s3://{}/{key}", from.bucket);
    let got = client.get_object().bucket(&from.bucket).key(&key).send().await.with_context(what)?;
    Ok(got.body.collect().await.with_context(what)?.to_vec())
}

/// Does something for each, some at a time; the first failure ends it.
async fn each<T, F>(all: Vec<T>, work: impl Fn(T) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    let mut working = JoinSet::new();
    for one in all {
        let place = Arc::clone(&places).acquire_owned().await?;
        let work = work(one);
        working.spawn(async move {
            let _place = place;
            work.await
        });
        while let Some(done) = working.try_join_next() {
            done??;
        }
    }
    while let Some(done) = working.join_next().await {
        done??;
    }
    Ok(())
}
