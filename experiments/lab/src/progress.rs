//! What a person sees while waiting: on standard error, a bar in a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::plan::short;
use crate::redact::redact;

/// The progress of a run.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    began: Instant,
    expected_total: Duration,
    expected_done: Duration,
}

impl Progress {
    /// Progress over `messages`, expected to take `expected_total`.
    ///
    /// The bar has no colours, so there are none for `NO_COLOR` to switch off.
    #[must_use]
    pub fn new(messages: u64, expected_total: Duration) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(messages), ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template(
                "{spinner} {bar:24} {pos}/{len} messages  {prefix} left  {wide_msg}",
            ) {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, began: Instant::now(), expected_total, expected_done: Duration::ZERO }
    }

    /// Says what is being done now.
    pub fn doing(&self, what: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_prefix(short(self.left()));
                bar.set_message(what.to_owned());
            }
            None => line(&format!("{what} (about {} left)", short(self.left()))),
        }
    }

    /// Counts a visit that is done.
    pub fn done(&mut self, messages: u64, expected: Duration) {
        self.expected_done += expected;
        if let Some(bar) = &self.bar {
            bar.inc(messages);
        }
    }

    /// Something that a person should know.
    pub fn warn(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| line(&redact(&format!("warning: {what}")))),
            None => line(&redact(&format!("warning: {what}"))),
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// What is left of the expected time, scaled by how the expectation has held so far.
    fn left(&self) -> Duration {
        let left = self.expected_total.saturating_sub(self.expected_done);
        if self.expected_done.is_zero() {
            return left;
        }
        left.mul_f64(self.began.elapsed().as_secs_f64() / self.expected_done.as_secs_f64())
    }
}

/// Writes a line to standard error; when nobody reads it, that is no reason to stop measuring.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
