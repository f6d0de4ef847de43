//! Reading A's and B's log lines, and what Lambda reports of their invocations.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
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
    /// How long after it was written a line of A or B may not be readable yet.
    pub lines_within: Duration,
    /// How often the service may be asked in a second; none where it does not say.
    pub requests_per_s: Option<u32>,
    /// What is read in one go; windows are read beside each other, and one that is older than
    /// `lines_within` is not read again. None where everything is read at every look.
    pub window: Option<Duration>,
    /// How many windows are read at a time.
    pub at_a_time: usize,
}

impl Pace {
    /// How an account's lines are read. FilterLogEvents may be called 5 times a second in most regions (CloudWatch Logs User Guide,
    /// "CloudWatch Logs quotas"); one is left to others.
    pub const ACCOUNT: Self = Self {
        first_pause: Duration::from_millis(500),
        longest_pause: Duration::from_secs(5),
        clock_slack: Duration::from_secs(60),
        reports_within: Duration::from_secs(60),
        lines_within: Duration::from_secs(60),
        requests_per_s: Some(4),
        window: Some(Duration::from_secs(60)),
        at_a_time: 4,
    };

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
    /// When the service may be asked next.
    next: Arc<Mutex<Instant>>,
}

/// What has been read of a group for a batch, and from where reading goes on.
#[derive(Clone, Debug)]
struct Reading {
    since: WallNs,
    seen: HashSet<Fingerprint>,
    lines: Vec<Line>,
}

impl Reading {
    fn from(since: WallNs) -> Self {
        Self { since, seen: HashSet::new(), lines: Vec::new() }
    }
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
        Self { client, pace, next: Arc::new(Mutex::new(Instant::now())) }
    }

    /// How long after it was written a line may not be readable yet.
    #[must_use]
    pub const fn lines_within(&self) -> Duration {
        self.pace.lines_within
    }

    /// Looks until A's line of every message is there, and every message has arrived or was
    /// refused, or the deadline has passed; gives what there is then.
    ///
    /// # Errors
    /// When the service cannot be asked or a line is none of A's or B's.
    pub async fn lines(&self, wanted: &Wanted<'_>) -> Result<Lines, LabError> {
        let mut pauses = self.pace.pauses();
        let mut sent = None;
        let mut of_a_so_far = Reading::from(wanted.since);
        let mut of_b_so_far = of_a_so_far.clone();
        loop {
            // A's lines are complete once and for all; B's are looked for again.
            let of_a = match sent.take() {
                Some(lines) => lines,
                None => self.read(wanted.sender_group, wanted.batch, &mut of_a_so_far).await?,
            };
            let began = Instant::now();
            let of_b = self.read(wanted.receiver_group, wanted.batch, &mut of_b_so_far).await?;
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

    /// Every line of a batch that a group has, at one look.
    ///
    /// # Errors
    /// As [`Collector::lines`].
    pub async fn batch(
        &self,
        group: &str,
        batch: BatchId,
        since: WallNs,
    ) -> Result<Vec<Line>, LabError> {
        let mut reading = Reading::from(since);
        self.read_on(group, batch, &mut reading).await?;
        Ok(reading.lines)
    }

    /// Every line of the batch that a group has: what was read before, and what is there since.
    async fn read(
        &self,
        group: &str,
        batch: BatchId,
        reading: &mut Reading,
    ) -> Result<Lines, LabError> {
        if self.pace.window.is_none() {
            *reading = Reading::from(reading.since);
        }
        self.read_on(group, batch, reading).await?;
        Ok(Lines::new(batch, reading.lines.iter().cloned()))
    }

    async fn read_on(
        &self,
        group: &str,
        batch: BatchId,
        reading: &mut Reading,
    ) -> Result<(), LabError> {
        let pattern = format!("{{ $.batch = \"{batch}\" }}");
        let began = WallNs::now();
        let Reading { since, seen, lines } = reading;
        self.each(group, pattern, *since, |event| {
            if self.is_new(event, seen) {
                lines.extend(line_of(group, event)?);
            }
            Ok(())
        })
        .await?;
        if self.pace.window.is_some() {
            let settled = i64::try_from(self.pace.lines_within.as_nanos()).unwrap_or(0);
            *since = (*since).max(WallNs(began.0 - settled));
        }
        Ok(())
    }

    /// Whether an event was not read before; without windows none is read twice, as pages that a token
    /// joins do not overlap.
    fn is_new(&self, event: &FilteredLogEvent, seen: &mut HashSet<Fingerprint>) -> bool {
        self.pace.window.is_none() || seen.insert(fingerprint(event))
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
        let mut seen = HashSet::new();
        self.each(group, pattern, since, |event| {
            if self.is_new(event, &mut seen)
                && let Some(Line::Received(line)) = line_of(group, event)?
            {
                visit(&line);
            }
            Ok(())
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
            self.look_for_reports(group, since, invocations).await?;
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

    /// Adds the REPORT lines that are there at one look.
    ///
    /// # Errors
    /// As [`Collector::reports`].
    pub async fn look_for_reports(
        &self,
        group: &str,
        since: WallNs,
        invocations: &mut SideInvocations,
    ) -> Result<(), LabError> {
        self.each(group, report_line::FILTER_PATTERN.to_owned(), since, |event| {
            if let Some(line) = event.message().and_then(ReportLine::parse) {
                invocations.add(Reported {
                    line,
                    env: event.log_stream_name().unwrap_or_default().to_owned(),
                    logged_at_ms: event.timestamp().unwrap_or_default(),
                });
            }
            Ok(())
        })
        .await
    }

    /// Shows `visit` every event since then, in the order of the windows. An event at the edge of
    /// two windows may be shown twice.
    async fn each(
        &self,
        group: &str,
        pattern: String,
        since: WallNs,
        mut visit: impl FnMut(&FilteredLogEvent) -> Result<(), LabError>,
    ) -> Result<(), LabError> {
        let slack = i64::try_from(self.pace.clock_slack.as_millis()).unwrap_or(0);
        let windows = windows(since.millis() - slack, WallNs::now().millis(), self.pace.window);
        let mut pages = Vec::new();
        if let [whole] = windows.as_slice() {
            self.window(group, &pattern, *whole, &mut visit).await?;
            return Ok(());
        }
        let permits = Arc::new(Semaphore::new(self.pace.at_a_time.max(1)));
        let mut reading = JoinSet::new();
        for (place, window) in windows.into_iter().enumerate() {
            let (collector, permits) = (self.clone(), Arc::clone(&permits));
            let (group, pattern) = (group.to_owned(), pattern.clone());
            reading.spawn(async move {
                let _permit = permits.acquire_owned().await;
                let mut events = Vec::new();
                let mut keep = |event: &FilteredLogEvent| {
                    events.push(event.clone());
                    Ok(())
                };
                collector.window(&group, &pattern, window, &mut keep).await?;
                Ok::<_, LabError>((place, events))
            });
        }
        while let Some(read) = reading.join_next().await {
            let failed = |e| LabError::Backend(format!("reading {group} ended: {e}"));
            pages.push(read.map_err(failed)??);
        }
        pages.sort_by_key(|(place, _)| *place);
        pages.iter().flat_map(|(_, events)| events).try_for_each(&mut visit)
    }

    async fn window(
        &self,
        group: &str,
        pattern: &str,
        (start, end): (i64, Option<i64>),
        visit: &mut (impl FnMut(&FilteredLogEvent) -> Result<(), LabError> + ?Sized),
    ) -> Result<(), LabError> {
        let mut start_time = start;
        let mut next_token = None;
        // The events of the last millisecond of what was read, where reading goes on from it.
        let mut seen: HashSet<Fingerprint> = HashSet::new();
        loop {
            self.turn().await;
            let page = self
                .client
                .filter_log_events()
                .log_group_name(group)
                .filter_pattern(pattern)
                .start_time(start_time)
                .set_end_time(end)
                .set_next_token(next_token.take())
                .send()
                .await
                .map_err(LabError::service(format!("read the log group {group}")))?;
            let events = page.events();
            let fresh =
                |event: &&FilteredLogEvent| seen.is_empty() || !seen.contains(&fingerprint(event));
            events.iter().filter(fresh).try_for_each(&mut *visit)?;
            next_token = page.next_token().map(str::to_owned);
            if next_token.is_some() {
                continue;
            }
            // The service always says when there is more; some emulators do not.
            let last = events.last().and_then(FilteredLogEvent::timestamp);
            match last {
                Some(last) if events.len() >= MOST_EVENTS && last > start_time => {
                    let of_last = events.iter().filter(|event| event.timestamp() == Some(last));
                    seen = of_last.map(fingerprint).collect();
                    start_time = last;
                }
                _ => return Ok(()),
            }
        }
    }

    /// Waits until the service may be asked.
    async fn turn(&self) {
        let Some(rate) = self.pace.requests_per_s else { return };
        let at = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let at = (*next).max(Instant::now());
            *next = at + Duration::from_secs(1) / rate.max(1);
            at
        };
        tokio::time::sleep_until(at).await;
    }
}

/// From `start` on, in windows whose edges belong to both neighbours; the last has no end.
fn windows(start: i64, now: i64, length: Option<Duration>) -> Vec<(i64, Option<i64>)> {
    let length = length.and_then(|length| i64::try_from(length.as_millis()).ok());
    let Some(length) = length.filter(|length| *length > 0) else { return vec![(start, None)] };
    let mut windows = Vec::new();
    let mut from = start;
    while now - from > length {
        windows.push((from, Some(from + length)));
        from += length;
    }
    windows.push((from, None));
    windows
}

/// Tells a logged line from all others.
type Fingerprint = u128;

/// Of what was logged and where. A line of ours names the invocation and its place there, so one that
/// is the same was read twice, or kept twice by the service, and is no second delivery. Not the
/// event's id: an emulator may give another one at the next look.
fn fingerprint(event: &FilteredLogEvent) -> Fingerprint {
    let half = |half: u8| {
        let mut hasher = DefaultHasher::new();
        (half, event.log_stream_name(), event.timestamp(), event.message()).hash(&mut hasher);
        Fingerprint::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// The line of A or B in an event; none where something else was logged: not every emulator follows
/// a filter pattern.
fn line_of(group: &str, event: &FilteredLogEvent) -> Result<Option<Line>, LabError> {
    let text = event.message().unwrap_or_default().trim();
    match serde_json::from_str(text) {
        Ok(line) => Ok(Some(line)),
        Err(_) if !is_ours(text) => Ok(None),
        Err(e) => {
            let (group, line) = (group.to_owned(), text.to_owned());
            Err(LabError::BadLine { group, line, reason: e.to_string() })
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
    fn a_line_that_is_read_twice_is_one_whatever_its_id() {
        let event = |id: &str, stream: &str, message: &str| {
            let event = FilteredLogEvent::builder().event_id(id).log_stream_name(stream);
            event.timestamp(5).message(message).build()
        };
        let first = fingerprint(&event("1", "a", "x"));
        assert_eq!(fingerprint(&event("2", "a", "x")), first);
        assert_ne!(fingerprint(&event("1", "b", "x")), first);
        assert_ne!(fingerprint(&event("1", "a", "y")), first);
    }

    #[test]
    fn pauses_grow_to_the_longest() {
        let pace = Pace {
            first_pause: Duration::from_millis(2),
            longest_pause: Duration::from_millis(32),
            clock_slack: Duration::ZERO,
            reports_within: Duration::ZERO,
            lines_within: Duration::ZERO,
            requests_per_s: None,
            window: None,
            at_a_time: 1,
        };
        let pauses: Vec<Duration> = pace.pauses().take(12).collect();
        assert_eq!(pauses[0], Duration::from_millis(2));
        assert!(pauses.is_sorted());
        assert_eq!(pauses[11], Duration::from_millis(32));
    }

    #[test]
    fn windows_follow_each_other_and_the_last_is_open() {
        assert_eq!(windows(5, 1_000_000, None), [(5, None)]);
        let minute = Some(Duration::from_secs(60));
        assert_eq!(windows(0, 60_000, minute), [(0, None)]);
        let three = [(0, Some(60_000)), (60_000, Some(120_000)), (120_000, None)];
        assert_eq!(windows(0, 150_000, minute), three);
        // A clock that is set back leaves one window.
        assert_eq!(windows(10, 0, minute), [(10, None)]);
    }
}
