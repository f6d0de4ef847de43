//! What a plan would cost on AWS, from `data/reference/aws_prices.toml`: an estimate before anything
//! is measured. What a run did cost comes from its REPORT lines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use store::{Architecture, CellPlan, ExperimentPlan, MappingPlan};
use wire::Transport;

use crate::deploy::PairKey;
use crate::error::LabError;
use crate::experiment::Shards;
use crate::plan::visits_of;

/// Where the prices lie below the workspace's folder.
pub const FILE: &str = "data/reference/aws_prices.toml";

/// What a call of A's takes beside B's work, and B's handler beside it.
const CALL: Duration = Duration::from_millis(20);
const HANDLER: Duration = Duration::from_millis(5);
/// Bytes that the functions and Lambda log for a message on both sides, and for an invocation.
const LOG_BYTES_PER_MESSAGE: f64 = 900.0;
const LOG_BYTES_PER_INVOCATION: f64 = 400.0;
/// SendMessage, and a ReceiveMessage and DeleteMessageBatch that few messages share.
const QUEUE_REQUESTS_PER_MESSAGE: f64 = 3.0;
/// Lambda keeps five long polls of 20 s open
/// (<https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>).
const QUEUE_POLLS_PER_SECOND: f64 = 5.0 / 20.0;

/// What a GB of data is at AWS.
const GB: f64 = 1_073_741_824.0;

const ASSUMPTIONS: &str = "call 20 ms and B's handler 5 ms beside B's work; one message an \
                           invocation, or one poll's over Kinesis; 900 B of log a message and 400 \
                           B an invocation; whole shard-hours; no free tier; no \
                           initialisation; these prices, whatever the region";

/// Prices in USD.
#[derive(Clone, Debug, PartialEq)]
pub struct Prices {
    region: String,
    as_of: String,
    request: f64,
    gb_second: BTreeMap<Architecture, f64>,
    publish: f64,
    publish_unit: f64,
    shard_hour: f64,
    put_unit_price: f64,
    put_unit: f64,
    consumer_shard_hour: f64,
    consumer_gb: f64,
    stream_hour: f64,
    gb_in: f64,
    in_unit: f64,
    gb_out: f64,
    consumer_gb_out: f64,
    queue_request: f64,
    queue_unit: f64,
    log_gb: f64,
    transition: f64,
}

impl Prices {
    /// Reads the prices of the workspace at `root`.
    ///
    /// # Errors
    /// When the file cannot be read, or a price is missing or no number.
    pub fn read(root: &Path) -> Result<Self, LabError> {
        let path = root.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(LabError::io("read", &path))?;
        Self::parse(&text).map_err(|reason| LabError::BadFile { path, reason })
    }

    /// What so many GB-seconds cost.
    #[must_use]
    pub fn lambda_usd(&self, architecture: Architecture, gb_seconds: f64) -> f64 {
        gb_seconds * self.gb_second.get(&architecture).copied().unwrap_or_default()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
        let price = |section: &str, key: &str| {
            let value = table.get(section).and_then(|section| section.get(key));
            let value = value.ok_or_else(|| format!("{section}.{key} is missing"))?;
            #[expect(clippy::cast_precision_loss, reason = "a unit's bytes are far below 2^52")]
            let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
            number
                .filter(|number| number.is_finite() && *number >= 0.0)
                .ok_or_else(|| format!("{section}.{key} is {value}: expected a number from 0 on"))
        };
        let text = |key: &str| {
            let value = table.get(key).and_then(toml::Value::as_str).map(str::to_owned);
            value.ok_or_else(|| format!("{key} is missing or no text"))
        };
        let million = |section, key| price(section, key).map(|usd| usd / 1e6);
        let gb_second = Architecture::ALL.into_iter().map(|architecture| {
            let key = format!("usd_per_gb_second_{}", architecture.name());
            price("lambda", &key).map(|usd| (architecture, usd))
        });
        Ok(Self {
            region: text("region")?,
            as_of: text("as_of")?,
            request: million("lambda", "usd_per_million_requests")?,
            gb_second: gb_second.collect::<Result<_, _>>()?,
            publish: million("sns", "usd_per_million_publishes")?,
            publish_unit: price("sns", "publish_unit_bytes")?,
            shard_hour: price("kinesis", "usd_per_shard_hour")?,
            put_unit_price: million("kinesis", "usd_per_million_put_units")?,
            put_unit: price("kinesis", "put_unit_bytes")?,
            consumer_shard_hour: price("kinesis", "usd_per_efo_consumer_shard_hour")?,
            consumer_gb: price("kinesis", "usd_per_efo_gb")?,
            stream_hour: price("kinesis", "usd_per_stream_hour")?,
            gb_in: price("kinesis", "usd_per_gb_in")?,
            in_unit: price("kinesis", "in_unit_bytes")?,
            gb_out: price("kinesis", "usd_per_gb_out")?,
            consumer_gb_out: price("kinesis", "usd_per_efo_gb_out")?,
            queue_request: million("sqs", "usd_per_million_requests")?,
            queue_unit: price("sqs", "request_unit_bytes")?,
            log_gb: price("cloudwatch_logs", "usd_per_gb_ingested")?,
            transition: million("step_functions", "usd_per_million_state_transitions")?,
        })
    }
}

/// What a plan would cost, in USD by what is paid for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Where and when the prices held.
    pub prices: String,
    /// USD by what is paid for.
    pub usd: BTreeMap<String, f64>,
    /// GB-seconds of both functions.
    pub gb_seconds: f64,
}

impl Cost {
    /// The estimate for an experiment that takes `time` to measure.
    #[must_use]
    pub fn of(plan: &ExperimentPlan, time: Duration, prices: &Prices) -> Self {
        let mut cost = Self {
            prices: format!("{}, list prices of {}", prices.region, prices.as_of),
            usd: BTreeMap::new(),
            gb_seconds: 0.0,
        };
        for cell in &plan.cells {
            let visits = visits_of(cell, plan.rounds);
            if visits > 0 {
                cost.add_cell(cell, f64::from(visits), prices);
            }
        }
        cost.add_deployed(plan, time, prices);
        cost
    }

    fn enter(&mut self, what: &str, usd: f64) {
        *self.usd.entry(what.to_owned()).or_default() += usd;
    }

    fn add_cell(&mut self, cell: &CellPlan, visits: f64, prices: &Prices) {
        let (messages, warmup) = (f64::from(cell.messages), f64::from(cell.warmup));
        let all = messages + warmup;
        let senders = f64::from(cell.concurrency);
        let bytes = f64::from(cell.payload_bytes);
        let units = |unit: f64| (bytes / unit).ceil().max(1.0);
        let work_s = f64::from(cell.receiver_ms) / 1e3;
        let waits_s = if cell.transport == Transport::SyncInvoke { work_s } else { 0.0 };
        // In an open loop A waits for its schedule, in a closed one for its calls.
        let call_s = CALL.as_secs_f64() + waits_s;
        let sending_s = match cell.rate_per_s {
            Some(rate) => senders * (messages / rate + call_s + call_s),
            None => all * call_s,
        };
        let gb = f64::from(cell.memory_mb) / 1024.0;
        let gb_second = prices.gb_second.get(&cell.architecture).copied().unwrap_or_default();
        let a_invocations = senders + senders.min(warmup);
        let b_invocations = all / per_invocation(cell);
        let working_s = b_invocations * (work_s + HANDLER.as_secs_f64());
        self.gb_seconds += visits * (sending_s + working_s) * gb;
        self.enter("A: Lambda requests", visits * a_invocations * prices.request);
        self.enter("A: Lambda GB-seconds", visits * sending_s * gb * gb_second);
        self.enter("B: Lambda GB-seconds", visits * working_s * gb * gb_second);
        // Lambda: an event's first 256 KiB are one request, each further 64 KiB one more.
        let requests = match cell.transport {
            Transport::AsyncInvoke | Transport::Sns => {
                1.0 + ((bytes - 262_144.0) / 65_536.0).ceil().max(0.0)
            }
            Transport::SyncInvoke | Transport::Kinesis | Transport::Sqs => 1.0,
        };
        self.enter("B: Lambda requests", visits * b_invocations * requests * prices.request);
        match cell.transport {
            Transport::SyncInvoke | Transport::AsyncInvoke => {}
            Transport::Sns => {
                self.enter("SNS", visits * all * units(prices.publish_unit) * prices.publish);
            }
            Transport::Kinesis if on_demand(cell) => {
                let gb_in = all * units(prices.in_unit) * prices.in_unit / GB;
                let gb_out = all * bytes / GB;
                let out = if pushed(cell) { prices.consumer_gb_out } else { prices.gb_out };
                let usd = gb_in * prices.gb_in + gb_out * out;
                self.enter("Kinesis on demand, bytes", visits * usd);
            }
            Transport::Kinesis => {
                let puts = visits * all * units(prices.put_unit) * prices.put_unit_price;
                self.enter("Kinesis put units", puts);
                if pushed(cell) {
                    self.enter("Kinesis fan-out", visits * all * bytes / 1e9 * prices.consumer_gb);
                }
            }
            Transport::Sqs => {
                let requests = all * QUEUE_REQUESTS_PER_MESSAGE * units(prices.queue_unit);
                self.enter("SQS", visits * requests * prices.queue_request);
            }
        }
        let log_bytes = all * LOG_BYTES_PER_MESSAGE
            + (a_invocations + b_invocations) * LOG_BYTES_PER_INVOCATION;
        self.enter("logs ingested", visits * log_bytes / 1e9 * prices.log_gb);
    }

    /// What it costs to have a state machine invoke the senders: for an execution its one state and
    /// its start, and for a sender its start, its one state and one for each request, of which there
    /// is usually one before and one while messages are measured.
    pub fn add_state_machine(&mut self, plan: &ExperimentPlan, prices: &Prices) {
        for cell in &plan.cells {
            let visits = f64::from(visits_of(cell, plan.rounds));
            let (senders, executions) = match cell.fresh_side {
                // One after the other, each by an execution of its own.
                Some(_) => (1.0, f64::from(cell.messages) + 1.0),
                None => (f64::from(cell.concurrency), 2.0),
            };
            let transitions = executions * (2.0 + senders * 3.0);
            self.enter("Step Functions", visits * transitions * prices.transition);
        }
    }

    /// What is paid for as long as the experiment is deployed.
    fn add_deployed(&mut self, plan: &ExperimentPlan, time: Duration, prices: &Prices) {
        let run = plan.cells.iter().filter(|cell| visits_of(cell, plan.rounds) > 0);
        let pairs: BTreeSet<(PairKey, bool)> =
            run.map(|cell| (PairKey::of(cell), pushed(cell))).collect();
        let hours = (time.as_secs_f64() / 3_600.0).ceil();
        for (pair, pushed) in &pairs {
            let shards = pair.mapping.as_ref().and_then(|mapping| mapping.shards);
            if pair.mapping.as_ref().is_some_and(MappingPlan::is_on_demand) {
                self.enter("Kinesis on demand, hours", hours * prices.stream_hour);
            } else if let Some(shards) = shards.map(f64::from) {
                self.enter("Kinesis shard-hours", shards * hours * prices.shard_hour);
                if *pushed {
                    let usd = shards * hours * prices.consumer_shard_hour;
                    self.enter("Kinesis fan-out", usd);
                }
            } else if pair.mapping.is_some() {
                let polls = QUEUE_POLLS_PER_SECOND * time.as_secs_f64();
                self.enter("SQS", polls * prices.queue_request);
            }
        }
    }

    /// The whole of it, in USD.
    #[must_use]
    pub fn total_usd(&self) -> f64 {
        self.usd.values().sum()
    }

    /// Adds another estimate.
    pub fn add(&mut self, other: &Self) {
        self.prices.clone_from(&other.prices);
        self.gb_seconds += other.gb_seconds;
        for (what, usd) in &other.usd {
            self.enter(what, *usd);
        }
    }

    /// In words, with what is taken for granted.
    #[must_use]
    pub fn describe(&self) -> String {
        let parts: Vec<String> =
            self.usd.iter().map(|(what, usd)| format!("{what} {usd:.4}")).collect();
        format!(
            "  cost on AWS, an estimate: {:.2} USD ({}), {:.1} GB-seconds\n    {}\n    Taken for granted: {ASSUMPTIONS}.\n",
            self.total_usd(),
            self.prices,
            self.gb_seconds,
            parts.join(", "),
        )
    }
}

fn on_demand(cell: &CellPlan) -> bool {
    cell.mapping.as_ref().is_some_and(MappingPlan::is_on_demand)
}

fn pushed(cell: &CellPlan) -> bool {
    cell.mapping.as_ref().is_some_and(|mapping| mapping.enhanced_fan_out == Some(true))
}

/// Messages of one invocation of B: a second's worth of a polled shard, as far as a batch takes it.
fn per_invocation(cell: &CellPlan) -> f64 {
    match (&cell.mapping, cell.rate_per_s) {
        (Some(mapping), Some(rate)) if mapping.is_polled_stream() => {
            let shards = f64::from(mapping.shards.unwrap_or(Shards::ON_DEMAND));
            (rate / shards).min(f64::from(cell.messages)).clamp(1.0, mapping.batch_size.into())
        }
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Axes, Load, Profile};
    use crate::limits::Limits;
    use crate::plan;

    fn root() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn cost(axes: Axes) -> Cost {
        let axes = Axes { rounds: 10, messages: 95, warmup: 5, memory_mb: vec![1024], ..axes };
        let plan = plan::of(&[axes], Architecture::X86_64, &Limits::default()).unwrap();
        Cost::of(&plan, Duration::from_secs(60), &Prices::read(&root()).unwrap())
    }

    fn over(transport: Transport) -> Axes {
        Axes { transports: vec![transport], load: vec![Load::Closed], ..Axes::of(Profile::Quick) }
    }

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn what_is_paid_for_is_counted() {
        // 10 rounds of 100 messages.
        let sync = cost(Axes { receiver_ms: vec![100], ..over(Transport::SyncInvoke) });
        near(sync.usd["B: Lambda requests"], 1_000.0 * 0.2e-6);
        near(sync.usd["A: Lambda requests"], 20.0 * 0.2e-6);
        near(sync.usd["B: Lambda GB-seconds"], 1_000.0 * 0.105 * 0.000_016_666_7);
        // A waits for B.
        near(sync.usd["A: Lambda GB-seconds"], 1_000.0 * 0.12 * 0.000_016_666_7);
        let sent = cost(Axes { receiver_ms: vec![100], ..over(Transport::AsyncInvoke) });
        near(sent.usd["A: Lambda GB-seconds"], 1_000.0 * 0.02 * 0.000_016_666_7);
        near(sync.usd["logs ingested"], (1_000.0 * 900.0 + 1_020.0 * 400.0) / 1e9 * 0.5);
        near(sync.total_usd(), sync.usd.values().sum());
    }

    #[test]
    fn units_follow_the_size_and_hours_the_shards() {
        let large = |transport| Axes { payload_bytes: vec![262_144], ..over(transport) };
        near(cost(large(Transport::Sns)).usd["SNS"], 1_000.0 * 4.0 * 0.5e-6);
        let polled =
            cost(Axes { shards: vec![Shards::Provisioned(4)], ..large(Transport::Kinesis) });
        near(polled.usd["Kinesis put units"], 1_000.0 * 11.0 * 0.014e-6);
        near(polled.usd["Kinesis shard-hours"], 4.0 * 0.015);
        assert!(!polled.usd.contains_key("Kinesis fan-out"));
        let pushed = cost(Axes { enhanced_fan_out: vec![true], ..large(Transport::Kinesis) });
        near(pushed.usd["Kinesis fan-out"], 0.015 + 1_000.0 * 262_144.0 / 1e9 * 0.013);
        let on_demand = |axes| cost(Axes { shards: vec![Shards::OnDemand], ..axes }).usd;
        let of_bytes = on_demand(Axes { payload_bytes: vec![1_500], ..over(Transport::Kinesis) });
        near(of_bytes["Kinesis on demand, hours"], 0.04);
        let usd = 1_000.0 * (2_048.0 * 0.08 + 1_500.0 * 0.04) / GB;
        near(of_bytes["Kinesis on demand, bytes"], usd);
        assert!(!of_bytes.contains_key("Kinesis shard-hours"), "{of_bytes:?}");
        let mib = Axes { payload_bytes: vec![1 << 20], ..over(Transport::AsyncInvoke) };
        near(cost(mib).usd["B: Lambda requests"], 1_000.0 * 13.0 * 0.2e-6);
        let queue = cost(over(Transport::Sqs)).usd["SQS"];
        near(queue, (3_000.0 + 60.0 / 4.0) * 0.4e-6);
    }

    #[test]
    fn a_state_machine_is_paid_for_by_its_transitions() {
        let axes = Axes { concurrency: vec![1_000], ..over(Transport::Sns) };
        let axes = Axes { rounds: 10, ..axes };
        let plan = plan::of(&[axes], Architecture::X86_64, &Limits::default()).unwrap();
        let mut cost = Cost::default();
        cost.add_state_machine(&plan, &Prices::read(&root()).unwrap());
        near(cost.total_usd(), 10.0 * 2.0 * 3_002.0 * 25e-6);
    }

    #[test]
    fn a_missing_price_is_named() {
        let error = Prices::parse("region = \"r\"\nas_of = \"now\"\n[lambda]").unwrap_err();
        assert!(error.contains("lambda.usd_per_million_requests is missing"), "{error}");
        let error = Prices::parse(
            "region = \"r\"\nas_of = \"now\"\n[lambda]\nusd_per_million_requests = \"x\"",
        );
        assert!(error.unwrap_err().contains("expected a number"));
    }

    #[test]
    fn an_estimate_says_that_it_is_one() {
        let text = cost(over(Transport::Sns)).describe();
        for part in ["an estimate", "USD", "us-east-1", "Taken for granted"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
