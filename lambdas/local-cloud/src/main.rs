//! `local-cloud`: serves until it is stopped.

mod cli;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use local_cloud::Server;

use crate::cli::{Options, ReadyFormat};

/// Requests and answers are many small allocations: the system's allocator was a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// One thread: each step of a handoff wakes the next on the same thread, which is faster than
// waking another core. Function processes ask to be killed when the thread that started them ends,
// so they are started on this one.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let config = options.config();
    if !config.listen.ip().is_loopback() {
        say(&format!(
            "warning: listening on {}: whoever reaches this port can run programs on this machine",
            config.listen
        ));
    }
    if let Some(delay) = &config.injected_delay {
        say(&format!(
            "warning: deliveries are delayed by {} (seed {}): this is no measurement",
            delay.distribution, delay.seed
        ));
    }
    let injected = config.injected_delay.as_ref().map(|delay| delay.distribution.to_string());
    let (region, account) = (config.region.clone(), config.account.clone());
    let server = Server::bind(config).await?;
    let stop = stopped(options.exit_with_parent)?;
    let mut out = std::io::stdout().lock();
    let line = ready(options.ready_format, server.address(), &region, &account, injected);
    out.write_all(line.as_bytes())?;
    out.flush()?;
    drop(out);
    server.serve(stop).await;
    Ok(())
}

/// What is printed once requests are answered.
fn ready(
    format: ReadyFormat,
    address: std::net::SocketAddr,
    region: &str,
    account: &str,
    injected_delivery_delay: Option<String>,
) -> String {
    // Only where there is one, so that nobody has to know of it.
    let delay = injected_delivery_delay
        .map(|delay| format!(",\"injected_delivery_delay\":\"{delay}\""))
        .unwrap_or_default();
    let endpoint = format!("http://{address}");
    match format {
        ReadyFormat::Json => format!(
            "{{\"endpoint\":\"{endpoint}\",\"region\":\"{region}\",\"account\":\"{account}\",\"version\":\"{}\"{delay}}}\n",
            env!("CARGO_PKG_VERSION")
        ),
        ReadyFormat::Shell => format!(
            "export AWS_ENDPOINT_URL={endpoint}\nexport AWS_REGION={region}\nexport AWS_DEFAULT_REGION={region}\n\
             export AWS_ACCESS_KEY_ID=local\nexport AWS_SECRET_ACCESS_KEY=local\n"
        ),
    }
}

/// Done when a signal asks to stop, or when standard input ends and that was asked for.
fn stopped(exit_with_parent: bool) -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (ended, parent) = tokio::sync::oneshot::channel();
    let parent = if exit_with_parent {
        // A thread of its own, because reading standard input cannot be interrupted.
        std::thread::Builder::new().name("parent".to_owned()).spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = ended.send(());
        })?;
        Some(parent)
    } else {
        None
    };
    Ok(async move {
        let parent = async {
            match parent {
                Some(parent) => drop(parent.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = parent => {}
        }
    })
}

#[expect(clippy::print_stderr, reason = "the one place where this program speaks to a person")]
fn say(text: &str) {
    eprintln!("{text}");
}
