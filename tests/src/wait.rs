//! Waiting for a state by looking at it.

use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until `is` holds, for a generous time.
///
/// # Panics
/// When it does not come about.
pub fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "{what} did not come about");
        std::thread::sleep(PAUSE);
    }
}
