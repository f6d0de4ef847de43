//! Ctrl-C, SIGTERM and SIGHUP: the first ends the run in order, a second one at once.

use std::future::Future;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::error::LabError;

/// Says whether the run was asked to stop.
#[derive(Clone, Debug)]
pub struct Interrupt(watch::Receiver<Option<i32>>);

impl Interrupt {
    /// Listens for signals and, `with_parent`, for the end of standard input, which counts as
    /// SIGTERM.
    ///
    /// # Errors
    /// When the system gives no signal handler.
    pub fn listen(with_parent: bool) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(None);
        let mut ctrl_c = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        // Under `nohup` a closed terminal is no wish to stop, and a handler would make it one.
        let mut hang_up =
            if ignores_hang_up() { None } else { Some(signal(SignalKind::hangup())?) };
        tokio::spawn(async move {
            let mut parent_ended = std::pin::pin!(parent_ended(with_parent));
            let (mut parent_is_there, mut signalled) = (true, false);
            loop {
                let number = tokio::select! {
                    _ = ctrl_c.recv() => SignalKind::interrupt().as_raw_value(),
                    _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
                    // A terminal that goes away may say so more than once (the system and the shell
                    // do), and nobody is there to ask for a faster end: never a second wish.
                    () = hung_up(&mut hang_up) => {
                        let number = SignalKind::hangup().as_raw_value();
                        stop.send_if_modified(|stopped| stop_first(stopped, number));
                        continue;
                    }
                    () = &mut parent_ended, if parent_is_there => {
                        parent_is_there = false;
                        let number = SignalKind::terminate().as_raw_value();
                        stop.send_if_modified(|stopped| stop_first(stopped, number));
                        continue;
                    }
                };
                // A terminal's Ctrl-C reaches parent and child at once, and the parent then closes
                // the pipe: that is one wish to stop, not two.
                if std::mem::replace(&mut signalled, true) {
                    std::process::exit(128 + number);
                }
                stop.send_if_modified(|stopped| stop_first(stopped, number));
            }
        });
        Ok(Self(stopped))
    }

    /// The result of `work`, unless the run is stopped first; `work` is dropped then.
    ///
    /// # Errors
    /// [`LabError::Interrupted`], or what `work` gives.
    pub async fn or<T>(
        &self,
        work: impl Future<Output = Result<T, LabError>>,
    ) -> Result<T, LabError> {
        let mut stopped = self.0.clone();
        tokio::select! {
            biased;
            Ok(signal) = async { stopped.wait_for(Option::is_some).await.map(|signal| *signal) } => {
                Err(LabError::Interrupted { signal: signal.unwrap_or_default() })
            }
            done = work => done,
        }
    }
}

/// Keeps the first reason to stop.
fn stop_first(stopped: &mut Option<i32>, number: i32) -> bool {
    let first = stopped.is_none();
    if first {
        *stopped = Some(number);
    }
    first
}

/// Whether this process was started with SIGHUP ignored. Where the system does not say so in /proc,
/// it is taken not to be.
fn ignores_hang_up() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    // The first bit is signal 1, which SIGHUP is.
    mask & 1 == 1
}

/// Done at the next SIGHUP; never where it is ignored.
async fn hung_up(hang_up: &mut Option<Signal>) {
    match hang_up {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

async fn parent_ended(with_parent: bool) {
    if !with_parent {
        return std::future::pending().await;
    }
    // A thread of its own: standard input cannot be read without blocking one.
    let (ended, end) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    });
    let _ = end.await;
}
