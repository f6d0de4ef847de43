//! Waiting for a resource by asking for its state.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::LabError;

/// How long a resource may take; Kinesis streams and IAM roles take tens of seconds.
const READY_WITHIN: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What one look found.
pub(super) enum Look<T> {
    /// It is as it should be.
    Ready(T),
    /// Not yet; its state.
    NotYet(String),
}

/// Looks, with growing pauses, until it is ready.
///
/// # Errors
/// What looking gives, or [`LabError::NotReady`] with the state seen last.
pub(super) async fn until<T, F>(
    what: impl Into<String>,
    wanted: &'static str,
    mut look: impl FnMut() -> F,
) -> Result<T, LabError>
where
    F: Future<Output = Result<Look<T>, LabError>>,
{
    let end = Instant::now() + READY_WITHIN;
    let mut pause = FIRST_PAUSE;
    loop {
        match look().await? {
            Look::Ready(value) => return Ok(value),
            Look::NotYet(state) if Instant::now() + pause > end => {
                let seconds = READY_WITHIN.as_secs();
                return Err(LabError::NotReady { what: what.into(), wanted, state, seconds });
            }
            Look::NotYet(_) => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
