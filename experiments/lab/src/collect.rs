//! Reading A's and B's log lines, and what Lambda reports of their invocations.

use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use tokio::time::Instant;
use wire::{BatchId, Line, ReceivedLine, WallNs};

use crate::error::LabError;
use crate::invocations::{Reported, SideInvocations};
use crate::join::Lines;
use crate::report_line::{self, ReportLine};

/// How often to look, and how far two clocks may disagree; a matter of where is measured.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The pause after the first look.
    pub first_pause: Duration,
    /// What pauses grow to.
    pub longest_pause: Duration,
    /// How much earlier than the lab's clock a line may be stamped.
    pub clock_slack: Duration,
    /// How long REPORT lines are waited for: they are logged after the answer, and nothing
    /// measured waits for them.
    pub reports_within: Duration,
}

impl Pace {
    /// The pauses between looks, each half as long again as the one before.
    pub(crate) fn pauses(self) -> impl Iterator<Item = Duration> {
        std::iter::successors(Some(self.first_pause), move |pause| {
            Some((*pause * 3 / 2).min(self.longest_pause))
        })
    }
}

/// Reads log groups through `FilterLogEvents`.
#[derive(Clone, Debug)]
pub struct Collector {
    client: aws_sdk_cloudwatchlogs::Client,
    pace: Pace,
}

/// The lines to wait for.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// A's log group.
    pub sender_group: &'a str,
    /// B's log group.
    pub receiver_group: &'a str,
    /// The batch.
    pub batch: BatchId,
    /// The messages that are waited for.
    pub messages: Range<u64>,
    /// When the first was asked for, on the lab's clock.
    pub since: WallNs,
    /// When waiting ends: what has not arrived by then is lost.
    pub deadline: Instant,
}

impl Collector {
    /// A collector of these lines at this pace.
    #[must_use]
    pub fn new(client: aws_sdk_cloudwatchlogs::Client, pace: Pace) -> Self {
        Self { client, pace }
    }

    /// Looks until A's line of every message is there, and every message has arrived or was
    /// refused, or the deadline has passed; gives what there is then.
    ///
    /// # Errors
    /// When the service cannot be asked or a line is none of A's or B's.
    pub async fn lines(&self, wanted: &Wanted<'_>) -> Result<Lines, LabError> {
        let mut pauses = self.pace.pauses();
        let mut sent = None;
        loop {
            // A's lines are complete once and for all; B's are looked for again.
            let of_a = match sent.take() {
                Some(lines) => lines,
                None => self.read(wanted.sender_group, wanted).await?,
            };
            let began = Instant::now();
            let of_b = self.read(wanted.receiver_group, wanted).await?;
            let lines = Lines::of_both(of_a, of_b);
            let all_sent = lines.all_sent(wanted.messages.clone());
            let now = Instant::now();
            let settled = all_sent && lines.all_settled(wanted.messages.clone());
            if settled || now >= wanted.deadline {
                return Ok(lines);
            }
            if all_sent {
                sent = Some(lines);
            }
            // Where reading shares a machine with what is measured, it takes a fifth of the time at
            // the most, however many lines there are.
            let pause = pauses.next().unwrap_or(self.pace.longest_pause).max((now - began) * 4);
            tokio::time::sleep_until((now + pause).min(wanted.deadline)).await;
        }
    }

    /// Every line of the batch that a group has.
    async fn read(&self, group: &str, wanted: &Wanted<'_>) -> Result<Lines, LabError> {
        let pattern = format!("{{ $.batch = \"{}\" }}", wanted.batch);
        let mut lines = Vec::new();
        self.each_line(group, pattern, wanted.since, |line| lines.push(line)).await?;
        Ok(Lines::new(wanted.batch, lines))
    }

    /// Shows `visit` every delivery that a group of B has, of whatever batch.
    ///
    /// # Errors
    /// As [`Collector::lines`].
    pub async fn deliveries(
        &self,
        group: &str,
        since: WallNs,
        mut visit: impl FnMut(&ReceivedLine),
    ) -> Result<(), LabError> {
        let pattern = "{ $.handoff = \"received\" }".to_owned();
        self.each_line(group, pattern, since, |line| {
            if let Line::Received(line) = line {
                visit(&line);
            }
        })
        .await
    }

    /// Looks until the REPORT line of every invocation is there or the pace's time for them is
    /// over; what is missing then is left missing. Each look begins where the first missing line
    /// can be, so that many lines are not read again for the last few.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub async fn reports(
        &self,
        group: &str,
        since: WallNs,
        invocations: &mut SideInvocations,
    ) -> Result<(), LabError> {
        let deadline = Instant::now() + self.pace.reports_within;
        let mut pauses = self.pace.pauses();
        let mut since = since;
        while invocations.missing() > 0 {
            let began = Instant::now();
            let pattern = report_line::FILTER_PATTERN.to_owned();
            self.each(group, pattern, since, |event| {
                if let Some(line) = event.message().and_then(ReportLine::parse) {
                    invocations.add(Reported {
                        line,
                        env: event.log_stream_name().unwrap_or_default().to_owned(),
                        logged_at_ms: event.timestamp().unwrap_or_default(),
                    });
                }
                Ok(())
            })
            .await?;
            let now = Instant::now();
            let Some(missing_since) = invocations.missing_since_ns() else { break };
            if now >= deadline {
                break;
            }
            since = since.max(WallNs(missing_since));
            let pause = pauses.next().unwrap_or(self.pace.longest_pause).max((now - began) * 4);
            tokio::time::sleep_until((now + pause).min(deadline)).await;
        }
        Ok(())
    }

    async fn each_line(
        &self,
        group: &str,
        pattern: String,
        since: WallNs,
        mut visit: impl FnMut(Line),
    ) -> Result<(), LabError> {
        self.each(group, pattern, since, |event| {
            let text = event.message().unwrap_or_default().trim();
            match serde_json::from_str(text) {
                Ok(line) => visit(line),
                // Not every emulator follows a filter pattern: what else is logged comes too.
                Err(_) if !is_ours(text) => {}
                Err(e) => {
                    let (group, line) = (group.to_owned(), text.to_owned());
                    return Err(LabError::BadLine { group, line, reason: e.to_string() });
                }
            }
            Ok(())
        })
        .await
    }

    async fn each(
        &self,
        group: &str,
        pattern: String,
        since: WallNs,
        mut visit: impl FnMut(&FilteredLogEvent) -> Result<(), LabError>,
    ) -> Result<(), LabError> {
        let slack = i64::try_from(self.pace.clock_slack.as_millis()).unwrap_or(0);
        let mut start_time = since.millis() - slack;
        let mut next_token = None;
        // The events of the last millisecond of what was read, where reading goes on from it.
        let mut seen: HashSet<String> = HashSet::new();
        loop {
            let page = self
                .client
                .filter_log_events()
                .log_group_name(group)
                .filter_pattern(&pattern)
                .start_time(start_time)
                .set_next_token(next_token.take())
                .send()
                .await
                .map_err(LabError::service(format!("read the log group {group}")))?;
            let events = page.events();
            let fresh =
                |event: &&FilteredLogEvent| event.event_id().is_none_or(|id| !seen.contains(id));
            events.iter().filter(fresh).try_for_each(&mut visit)?;
            next_token = page.next_token().map(str::to_owned);
            if next_token.is_some() {
                continue;
            }
            // The service always says when there is more; some emulators do not.
            let last = events.last().and_then(FilteredLogEvent::timestamp);
            match last {
                Some(last) if events.len() >= MOST_EVENTS && last > start_time => {
                    let of_last = events.iter().filter(|event| event.timestamp() == Some(last));
                    seen =
                        of_last.filter_map(|event| event.event_id().map(str::to_owned)).collect();
                    start_time = last;
                }
                _ => return Ok(()),
            }
        }
    }
}

/// The most events that `FilterLogEvents` gives at a time
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>).
const MOST_EVENTS: usize = 10_000;

/// Whether a line that cannot be read is one of A's or B's all the same: they are JSON objects that
/// say so.
fn is_ours(text: &str) -> bool {
    text.starts_with('{') && text.contains("\"handoff\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_line_of_ours_is_told_from_what_else_is_logged() {
        assert!(is_ours("{\"handoff\":\"sent\",\"batch\":"));
        assert!(!is_ours("START RequestId: 1 Version: $LATEST"));
        assert!(!is_ours("{\"type\":\"platform.start\"}"));
    }

    #[test]
    fn pauses_grow_to_the_longest() {
        let pace = Pace {
            first_pause: Duration::from_millis(2),
            longest_pause: Duration::from_millis(32),
            clock_slack: Duration::ZERO,
            reports_within: Duration::ZERO,
        };
        let pauses: Vec<Duration> = pace.pauses().take(12).collect();
        assert_eq!(pauses[0], Duration::from_millis(2));
        assert!(pauses.is_sorted());
        assert_eq!(pauses[11], Duration::from_millis(32));
    }
}
