//! `container-host`: an emulator of AWS in a container, for as long as this program runs.
//!
//! The lab starts it as it starts local-cloud: a line of JSON says where it serves, and when
//! standard input ends (the lab has ended, by whatever) the container goes. A program of its own, so
//! that only those who measure in containers build what talks to Docker.

mod image;
mod made;
mod network;
mod owner;

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use testcontainers::bollard::Docker;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};

use crate::image::Emulator;

/// Runs an emulator of AWS in a container until it is stopped
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
struct Options {
    /// Image of the emulator, or `local-cloud` for local-cloud in an image that is made here
    #[arg(long, default_value = image::MINISTACK, value_name = "NAME:TAG")]
    image: String,
    /// How many processors' time the container may take
    #[arg(long, value_name = "COUNT", value_parser = processors)]
    cpus: Option<f64>,
    /// How much memory the container may take, in MiB
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(64..))]
    memory: Option<u32>,
    /// Hand the emulator this machine's Docker engine, for one that runs functions in containers of
    /// their own (LocalStack, Floci). Whoever has the engine is root on this machine.
    #[arg(long)]
    docker_socket: bool,
    /// How many invocations the account may run at a time
    #[arg(long, default_value_t = 1000, value_name = "COUNT")]
    account_concurrency: u32,
    /// The static binary of local-cloud, for its image
    #[arg(long, value_name = "FILE")]
    local_cloud: Option<PathBuf>,
    /// An option of local-cloud, where that is the image; repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    setting: Vec<String>,
    /// End when standard input ends, so as not to outlive the program that holds its other end
    #[arg(long)]
    exit_with_parent: bool,
}

const EXAMPLES: &str = "Examples:
  container-host                                   MiniStack, until Ctrl-C
  container-host --image localstack/localstack:4.9 --docker-socket
  container-host --cpus 2 --memory 2048
  container-host --image local-cloud --local-cloud target/static/local-cloud

A variable LOCALSTACK_AUTH_TOKEN of this program is handed on to the emulator.

Exit codes: 0 stopped by SIGINT, SIGTERM, SIGQUIT or the end of its parent, the container is gone;
1 it could not be started, or not be removed (the next one does it); 2 bad usage";

/// How long an emulator may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// How long the engine may take from being asked for a container until it is listed.
const CREATED_WITHIN: Duration = Duration::from_secs(5);

/// How long an emulator may take, in seconds, to end what it has started.
const STOPS_WITHIN_S: i32 = 10;

fn processors(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(count) if count > 0.0 && count <= 1024.0 => Ok(count),
        _ => Err("expected a number above 0, such as 0.5 or 2".to_owned()),
    }
}

#[tokio::main]
async fn main() {
    // A task of its own: after a panic in it there is something to remove all the same.
    let done = tokio::spawn(run(Options::parse())).await;
    let removed = match Docker::connect_with_defaults() {
        Ok(docker) => made::remove(&docker, owner::is_own).await,
        Err(error) => Err(error.into()),
    };
    let removed = removed.context("remove what was made");
    let mut code = 0;
    let errors = [done.map_err(anyhow::Error::from).flatten().err(), removed.err()];
    for error in errors.into_iter().flatten() {
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        code = 1;
    }
    // Not by returning: a thread that reads standard input cannot be ended otherwise.
    std::process::exit(code)
}

async fn run(options: Options) -> anyhow::Result<()> {
    // Before anything is started: what asks to stop meanwhile is obeyed afterwards.
    let stop = stopped(options.exit_with_parent)?;
    let docker = Docker::connect_with_defaults()?;
    made::remove(&docker, owner::is_gone).await.context("no Docker engine answers")?;
    let emulator = Emulator::of(&options).await?;
    let network = match options.docker_socket {
        true => Some(network::make(&docker).await?),
        false => None,
    };
    serve(&emulator, &options, network.as_deref(), stop).await
}

/// Runs the emulator until it is to stop. What it has started beside itself stays, and so does what
/// was being started meanwhile.
async fn serve(
    emulator: &Emulator,
    options: &Options,
    network: Option<&str>,
    stop: impl Future<Output = ()> + Send,
) -> anyhow::Result<()> {
    let mut stop = std::pin::pin!(stop);
    let mut starting = std::pin::pin!(start(emulator, options, network));
    let container = tokio::select! {
        biased;
        () = &mut stop => {
            // The engine goes on with what it was asked for, so it is waited for: what is there can
            // be removed. Not for an image that is pulled first, which ends with this process.
            let created = async {
                tokio::select! {
                    _ = starting => {}
                    () = made::appears() => {}
                }
            };
            let _ = tokio::time::timeout(CREATED_WITHIN, created).await;
            return Ok(());
        }
        container = &mut starting => container?,
    };
    let port = container.get_host_port_ipv4(image::PORT).await?;
    // Where functions run in containers of their own, the emulator is not on their loopback.
    let address = match network {
        Some(_) => container.get_bridge_ip_address().await?,
        None => Ipv4Addr::LOCALHOST.into(),
    };
    let ready = serde_json::json!({
        "endpoint": format!("http://127.0.0.1:{port}"),
        "function_endpoint": format!("http://{address}:{}", image::PORT),
        "region": image::REGION,
        "product": emulator.product,
        "version": emulator.version,
    });
    let tell = || {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{ready}")?;
        out.flush()
    };
    tell()?;
    stop.await;
    if network.is_some() {
        // It may have to tell the engine something about its containers.
        container.stop_with_timeout(Some(STOPS_WITHIN_S)).await.context("stop the container")?;
    }
    container.rm().await.context("remove the container")
}

async fn start(
    emulator: &Emulator,
    options: &Options,
    network: Option<&str>,
) -> anyhow::Result<ContainerAsync<GenericImage>> {
    let (cpus, memory) = (options.cpus, options.memory);
    let engine = network.map(|_| vec![format!("{}:{}", image::engine_socket(), image::SOCKET)]);
    let mut request = emulator
        .request()
        .with_labels(owner::labels())
        .with_startup_timeout(READY_WITHIN)
        .with_host_config_modifier(move |host| {
            #[expect(clippy::cast_possible_truncation, reason = "at most 1024 processors")]
            let nano_cpus = cpus.map(|cpus| (cpus * 1e9) as i64);
            (host.nano_cpus, host.memory) = (nano_cpus, memory.map(|mib| i64::from(mib) << 20));
            host.binds.clone_from(&engine);
        });
    if let Some(network) = network {
        request = request.with_network(network);
    }
    for (name, value) in emulator.environment(options.account_concurrency, network) {
        request = request.with_env_var(name, value);
    }
    let arguments = emulator.arguments(options.account_concurrency, &options.setting);
    if !arguments.is_empty() {
        request = request.with_cmd(arguments);
    }
    request.start().await.with_context(|| format!("start the image {}", options.image))
}

/// Done when a signal asks to stop, or when standard input ends and that was asked for.
fn stopped(exit_with_parent: bool) -> anyhow::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut quit = signal(SignalKind::quit())?;
    let parent = async move {
        if exit_with_parent {
            let read = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = tokio::task::spawn_blocking(read).await;
        } else {
            std::future::pending().await
        }
    };
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = quit.recv() => {}
            () = parent => {}
        }
    })
}
