//! One visit of a cell: warm up, measure, collect; its rows and how long its messages took.

use std::ops::Range;
use std::time::Duration;

use store::{CellPlan, Invocation, Outcome, Row, RunId, Side};
use tokio::time::Instant;
use wire::{BatchId, SendRequest, Transport, WallNs};

use crate::clients::Clients;
use crate::collect::{Collector, Wanted};
use crate::deploy::{FreshEnvironments, Pair, log_group};
use crate::drive::Sent;
use crate::driver::Driver;
use crate::error::LabError;
use crate::invocations::SideInvocations;
use crate::join::{self, Asked, Lines, SENDER_LINE_MISSING};
use crate::orders::{Timing, orders};

/// What all visits of an experiment have in common.
#[derive(Clone, Debug)]
pub struct Bench<'a> {
    /// The run.
    pub run_id: &'a RunId,
    /// The experiment.
    pub experiment: &'a str,
    /// The run's seed.
    pub seed: u64,
    /// How many rounds the plan has.
    pub rounds: u32,
    /// How often an event source mapping polls a shard.
    pub shard_poll_interval: Duration,
    /// How long after A's last answer a message counts as lost.
    pub delivery_deadline: Duration,
    /// For having A invoked.
    pub driver: &'a Driver,
    /// For giving a side fresh environments.
    pub clients: &'a Clients,
    /// For reading the lines.
    pub collector: &'a Collector,
}

/// What a visit gave.
#[derive(Debug)]
pub struct Visited {
    /// One row per message.
    pub rows: Vec<Row>,
    /// One row per invocation of A or B whose REPORT line came.
    pub invocations: Vec<Invocation>,
    /// From the first request to the later of A's last answer and the end of the last delivery,
    /// without what fresh environments were waited for.
    pub messages_took: Duration,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// A visit under way.
struct Visiting<'a> {
    bench: &'a Bench<'a>,
    cell: &'a CellPlan,
    pair: &'a Pair,
    batch: BatchId,
    sender_group: String,
    receiver_group: String,
    sent: Sent,
}

impl Bench<'_> {
    /// Visits a cell.
    ///
    /// # Errors
    /// When A fails as a whole or the lines cannot be read: then there are no rows, and the visit
    /// is to be made again.
    pub async fn visit(
        &self,
        cell: &CellPlan,
        round: u32,
        batch: BatchId,
        pair: &Pair,
    ) -> Result<Visited, LabError> {
        let timing = Timing {
            seed: self.seed,
            round,
            rounds: self.rounds,
            shard_poll_interval: self.shard_poll_interval,
        };
        let orders = orders(cell, &timing, batch, &pair.target);
        let mut visiting = Visiting {
            bench: self,
            cell,
            pair,
            batch,
            sender_group: log_group(&pair.sender),
            receiver_group: log_group(&pair.receiver),
            sent: Sent::default(),
        };
        let (run_id, experiment) = (self.run_id, self.experiment);
        let asked = Asked { run_id, experiment, cell, round, batch };
        let since = WallNs::now();
        visiting.warm_up(orders.warmup, since).await?;
        let (lines, messages_took) = match cell.fresh_side {
            None => {
                let lines = visiting.measure(orders.measured, since, 0..asked.messages()).await?;
                (lines.0, between(since, lines.1))
            }
            Some(side) => {
                let warmed_up = between(since, WallNs::now());
                let (lines, took) = visiting.measure_fresh(side, orders.measured, since).await?;
                (lines, warmed_up + took)
            }
        };
        let rows = join::rows(&asked, &lines);
        let first_measured = u64::from(cell.warmup);
        let of = |side| SideInvocations::of(side, &lines, first_measured);
        let (mut senders, mut receivers) = (of(Side::Sender), of(Side::Receiver));
        tokio::try_join!(
            self.collector.reports(&visiting.sender_group, since, &mut senders),
            self.collector.reports(&visiting.receiver_group, since, &mut receivers),
        )?;
        let mut warnings = warnings(cell, &rows, visiting.sent);
        let missing = senders.missing() + receivers.missing();
        let mut invocations = senders.rows(&asked);
        invocations.extend(receivers.rows(&asked));
        if missing > 0 {
            warnings.push(format!(
                "{missing} of {} REPORT lines did not come in time: those invocations have no row",
                missing + invocations.len()
            ));
        }
        Ok(Visited { rows, invocations, messages_took, warnings })
    }
}

impl Visiting<'_> {
    fn wanted(&self, since: WallNs, messages: Range<u64>) -> Wanted<'_> {
        Wanted {
            sender_group: &self.sender_group,
            receiver_group: &self.receiver_group,
            batch: self.batch,
            messages,
            since,
            deadline: Instant::now()
                + self.bench.delivery_deadline
                + self.bench.collector.lines_within(),
        }
    }

    async fn send(&mut self, requests: Vec<Vec<SendRequest>>) -> Result<(), LabError> {
        self.sent.add(self.bench.driver.send(&self.pair.sender, requests).await?);
        Ok(())
    }

    async fn warm_up(&mut self, requests: Vec<SendRequest>, since: WallNs) -> Result<(), LabError> {
        if requests.is_empty() {
            return Ok(());
        }
        self.send(requests.into_iter().map(|request| vec![request]).collect()).await?;
        // With a synchronous invoke, A's answer says that B is done.
        if self.cell.transport != Transport::SyncInvoke {
            let warmup = 0..self.cell.warmup.into();
            self.bench.collector.lines(&self.wanted(since, warmup)).await?;
        }
        Ok(())
    }

    /// Sends, and waits for these messages; gives the lines, and when the last message was through.
    async fn measure(
        &mut self,
        requests: Vec<Vec<SendRequest>>,
        since: WallNs,
        messages: Range<u64>,
    ) -> Result<(Lines, WallNs), LabError> {
        self.send(requests).await?;
        let answered_at = WallNs::now();
        let lines = self.bench.collector.lines(&self.wanted(since, messages.clone())).await?;
        let settled_at = if lines.all_settled(messages.clone()) {
            lines.last_done_at(&messages)
        } else {
            // Until the deadline, the lab waited for messages and for nothing else.
            Some(WallNs::now())
        };
        let ended_at = settled_at.map_or(answered_at, |settled_at| settled_at.max(answered_at));
        Ok((lines, ended_at))
    }

    /// Gives a side a fresh environment before each message. The next is not touched before the
    /// message has arrived: it would retire the environment that is to receive it, and the start
    /// of another beside it would be measured.
    async fn measure_fresh(
        &mut self,
        side: Side,
        requests: Vec<Vec<SendRequest>>,
        since: WallNs,
    ) -> Result<(Lines, Duration), LabError> {
        let (bench, pair) = (self.bench, self.pair);
        let function = match side {
            Side::Sender => &pair.sender,
            Side::Receiver => &pair.receiver,
        };
        let mut environments = FreshEnvironments::of(bench.clients, function).await?;
        let mut took = Duration::ZERO;
        for request in requests.into_iter().flatten() {
            environments.renew().await?;
            let began_at = WallNs::now();
            let messages = request.first_seq..request.first_seq + request.schedule.count();
            let (_, ended_at) = self.measure(vec![vec![request]], began_at, messages).await?;
            took += between(began_at, ended_at);
        }
        // Each has been waited for: one more look at all of them finds what there is.
        let all = Wanted { deadline: Instant::now(), ..self.wanted(since, 0..0) };
        Ok((bench.collector.lines(&all).await?, took))
    }
}

fn between(from: WallNs, to: WallNs) -> Duration {
    Duration::from_nanos(u64::try_from(to.since(from)).unwrap_or_default())
}

fn warnings(cell: &CellPlan, rows: &[Row], sent: Sent) -> Vec<String> {
    let count = |is: fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let rejected = count(|row| row.outcome == Outcome::Rejected);
    let counts = [
        (count(|row| row.outcome == Outcome::Lost), "did not arrive before the deadline"),
        // That is what a probe is sent for.
        (if cell.probe { 0 } else { rejected }, "were refused by the service"),
        (count(|row| row.payload_ok == Some(false)), "arrived damaged"),
        (
            count(|row| row.error_code.as_deref() == Some(SENDER_LINE_MISSING)),
            "have no line of A in the log",
        ),
    ];
    let total = rows.len();
    let mut warnings: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} of {total} messages {what}"))
        .collect();
    if let (true, Some(limit)) = (cell.probe && rejected == 0, &cell.limit) {
        warnings.push(format!(
            "the limit {} of {} bytes is not enforced here: {} bytes were taken",
            limit.name, limit.bytes, cell.payload_bytes
        ));
    }
    if sent.throttled > 0 {
        warnings.push(format!(
            "A was throttled {} times and invoked again: its senders did not begin together",
            sent.throttled
        ));
    }
    warnings
}
