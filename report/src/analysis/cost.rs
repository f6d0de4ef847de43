//! What a million messages cost.

use store::Architecture;
use wire::Transport;

use crate::reference::Prices;

const KIB: u32 = 1024;

/// What a message uses, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// The transport.
    pub transport: Transport,
    /// Bytes of the payload handed to the service.
    pub payload_bytes: u32,
    /// Instruction set of both functions.
    pub architecture: Architecture,
    /// Memory of both functions, MiB.
    pub memory_mb: u32,
    /// How long A's call takes, milliseconds: what A is kept for handing over one message.
    pub operation_ms: f64,
    /// What is billed for A, milliseconds; with A's own schedule in it, where A sends in an open
    /// loop.
    pub sender_billed_ms: Option<f64>,
    /// What is billed for B, milliseconds.
    pub receiver_billed_ms: f64,
    /// Invocations of B: below 1 where an invocation takes a batch.
    pub receiver_invocations: f64,
    /// Shards of the stream, at least; none of an on-demand stream.
    pub shards: Option<u32>,
    /// Whether the stream is read with enhanced fan-out.
    pub enhanced_fan_out: bool,
}

/// What is paid for by the hour, whether messages come or not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hourly {
    /// One unit for an hour, US dollars: a shard with its consumers, or an on-demand stream.
    pub usd_per_unit: f64,
    /// Units, at least.
    pub units: u32,
    /// Messages a second that one unit carries; none where one carries what comes.
    pub rate_per_unit: Option<f64>,
}

/// Turns dollars an hour at a message a second into dollars a million messages.
const MILLION_OVER_HOUR: f64 = 1e6 / 3_600.0;

impl Hourly {
    /// The units that a rate needs: as many as carry it, and no fewer than there are.
    #[must_use]
    pub fn units_at(&self, rate_per_s: f64) -> f64 {
        let needed = self.rate_per_unit.map_or(0.0, |most| (rate_per_s / most).ceil());
        needed.max(f64::from(self.units))
    }

    /// All units for an hour at a rate, US dollars.
    #[must_use]
    pub fn usd_at(&self, rate_per_s: f64) -> f64 {
        self.usd_per_unit * self.units_at(rate_per_s)
    }
}

/// What messages cost, US dollars: for a million of them, and for an hour.
///
/// At a rate `r` (messages a second) a million messages take `10⁶ / (3600 r)` hours, so that they
/// cost `per_million + hourly · 10⁶ / (3600 r)`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// A's compute time while its call lasts: what A's waiting costs.
    pub sender_waiting: f64,
    /// A's compute time as it was billed in this run, where it is known. Not in the sum: the
    /// schedule of a measurement is in it.
    pub sender_billed: Option<f64>,
    /// A's requests: one invocation of A for a message.
    pub sender_requests: f64,
    /// The service between A and B, beside requests of B and what is paid for by the hour.
    pub transport: f64,
    /// B's compute time.
    pub receiver_compute: f64,
    /// B's requests.
    pub receiver_requests: f64,
    /// What is paid for by the hour.
    pub hourly: Option<Hourly>,
}

impl Cost {
    /// What A costs for a million messages.
    #[must_use]
    pub fn sender(&self) -> f64 {
        self.sender_waiting + self.sender_requests
    }

    /// What B costs for a million messages.
    #[must_use]
    pub fn receiver(&self) -> f64 {
        self.receiver_compute + self.receiver_requests
    }

    /// What a million messages cost beside what is paid for by the hour.
    #[must_use]
    pub fn per_million(&self) -> f64 {
        self.sender() + self.transport + self.receiver()
    }

    /// What a million messages cost at a rate, hours included.
    #[must_use]
    pub fn at(&self, rate_per_s: f64) -> f64 {
        let hours = |hourly: Hourly| hourly.usd_at(rate_per_s) * MILLION_OVER_HOUR / rate_per_s;
        self.per_million() + self.hourly.map_or(0.0, hours)
    }

    /// The rate at which this costs as much as another, if it has `hour` dollars an hour and the
    /// other `other_hour`: where `v + h k / r` and `w + g k / r` are equal, `r = k (h - g) / (w - v)`.
    pub(crate) fn break_even(&self, hour: f64, other: &Self, other_hour: f64) -> Option<f64> {
        let rate =
            MILLION_OVER_HOUR * (hour - other_hour) / (other.per_million() - self.per_million());
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }
}

/// Compute time in US dollars: milliseconds of each of a million messages.
#[must_use]
pub fn compute_per_million(
    ms: f64,
    memory_mb: u32,
    architecture: Architecture,
    prices: &Prices,
) -> f64 {
    let gb_second = match architecture {
        Architecture::X86_64 => prices.lambda.usd_per_gb_second_x86_64,
        Architecture::Arm64 => prices.lambda.usd_per_gb_second_arm64,
    };
    ms / 1e3 * f64::from(memory_mb) / 1024.0 * gb_second * 1e6
}

/// What a million messages cost by a price table: list prices, no free tier, no data transfer, no
/// logs.
///
/// - Compute: milliseconds × memory (GB of 1024 MiB) × the architecture's price of a GB-second.
/// - `sync-invoke`: a request of B for each message.
/// - `async-invoke`: the first 256 KiB of an event are one request, each further 64 KiB one more.
/// - `sns`: a publish in units of 64 KiB; deliveries to Lambda are free, and asynchronous invokes of B.
/// - `kinesis`: put units of 25 KiB, hours of shards (as many as carry the rate), with enhanced
///   fan-out its consumer's hours of shards and bytes; reading by an event source mapping is free; a
///   request of B for each batch. On demand: hours of the stream, bytes put in units of 1 KiB, and
///   bytes read.
/// - `sqs`: a send in units of 64 KiB, and for each batch a receive in units of 64 KiB and a delete;
///   a request of B for each batch.
#[must_use]
pub fn cost_per_million(usage: &Usage, prices: &Prices) -> Cost {
    let request = prices.lambda.usd_per_million_requests;
    let compute = |ms: f64| compute_per_million(ms, usage.memory_mb, usage.architecture, prices);
    let units = |bytes: u32| f64::from(usage.payload_bytes.div_ceil(bytes).max(1));
    let mut hourly = None;
    let gb = |bytes: f64| bytes * 1e6 / f64::powi(1024.0, 3);
    // Of an asynchronous event's bytes.
    let further =
        f64::from(usage.payload_bytes.saturating_sub(256 * KIB).div_ceil(64 * KIB)) * request;
    let transport = match usage.transport {
        Transport::SyncInvoke => 0.0,
        Transport::AsyncInvoke => further,
        Transport::Sns => {
            units(prices.sns.publish_unit_bytes) * prices.sns.usd_per_million_publishes + further
        }
        Transport::Kinesis => {
            let kinesis = &prices.kinesis;
            let pushed = usage.enhanced_fan_out;
            let bytes = f64::from(usage.payload_bytes);
            let consumer = if pushed { kinesis.usd_per_efo_consumer_shard_hour } else { 0.0 };
            hourly = Some(match usage.shards {
                Some(shards) => Hourly {
                    usd_per_unit: kinesis.usd_per_shard_hour + consumer,
                    units: shards,
                    rate_per_unit: Some(kinesis.shard.rate_per_s(usage.payload_bytes)),
                },
                None => Hourly {
                    usd_per_unit: kinesis.usd_per_stream_hour,
                    units: 1,
                    rate_per_unit: None,
                },
            });
            let (put, read) = if usage.shards.is_some() {
                let put = units(kinesis.put_unit_bytes) * kinesis.usd_per_million_put_units;
                (put, if pushed { kinesis.usd_per_efo_gb } else { 0.0 })
            } else {
                let unit = kinesis.in_unit_bytes;
                let put = gb(units(unit) * f64::from(unit)) * kinesis.usd_per_gb_in;
                (put, if pushed { kinesis.usd_per_efo_gb_out } else { kinesis.usd_per_gb_out })
            };
            put + gb(bytes) * read
        }
        Transport::Sqs => {
            let sqs = &prices.sqs;
            // A batch is received by one request, charged in units of its bytes, and deleted by
            // another. Polls that find nothing are not counted: their number has nothing to do
            // with the messages'.
            let batches = usage.receiver_invocations;
            let batch_bytes = f64::from(usage.payload_bytes) / batches.max(f64::MIN_POSITIVE);
            let received = (batch_bytes / f64::from(sqs.request_unit_bytes)).ceil().max(1.0);
            let sent = units(sqs.request_unit_bytes);
            (sent + batches * (received + 1.0)) * sqs.usd_per_million_requests
        }
    };
    Cost {
        sender_waiting: compute(usage.operation_ms),
        sender_billed: usage.sender_billed_ms.map(compute),
        sender_requests: request,
        transport,
        hourly,
        receiver_compute: compute(usage.receiver_billed_ms),
        receiver_requests: usage.receiver_invocations * request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::prices;

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn a_stream_costs_by_its_shards_or_on_demand_by_its_bytes() {
        let prices = prices().unwrap();
        let usage = |shards, enhanced_fan_out| Usage {
            transport: Transport::Kinesis,
            payload_bytes: 1_500,
            architecture: Architecture::X86_64,
            memory_mb: 1_024,
            operation_ms: 10.0,
            sender_billed_ms: None,
            receiver_billed_ms: 5.0,
            receiver_invocations: 0.5,
            shards,
            enhanced_fan_out,
        };
        let cost = |shards, pushed| cost_per_million(&usage(shards, pushed), &prices);
        let hours = 1e6 / (100.0 * 3_600.0);
        let gib = |bytes: f64| bytes * 1e6 / f64::powi(1024.0, 3);
        let hours_of = |cost: Cost| cost.at(100.0) - cost.per_million();

        let two = cost(Some(2), false);
        near(hours_of(two), 2.0 * 0.015 * hours);
        near(two.transport, 0.014);
        let pushed = cost(Some(2), true);
        near(hours_of(pushed), 4.0 * 0.015 * hours);
        near(pushed.transport, 0.014 + gib(1_500.0) * 0.013);

        let on_demand = cost(None, false);
        near(hours_of(on_demand), 0.04 * hours);
        // 1,500 bytes are put as two units of 1 KiB, and read as they are.
        let bytes = gib(2_048.0) * 0.08 + gib(1_500.0) * 0.04;
        near(on_demand.transport, bytes);
        near(cost(None, true).transport, bytes + gib(1_500.0) * 0.01);
        near(on_demand.sender(), 0.01 * 16.666_7 + 0.2);
        near(on_demand.receiver(), 0.005 * 16.666_7 + 0.1);
    }

    /// 1,500 bytes: 1,048,576 / 1,500 = 699 records a second and shard; 100 bytes: 1,000.
    #[test]
    fn shards_follow_the_rate() {
        let prices = prices().unwrap();
        let shard = prices.kinesis.shard;
        near(shard.rate_per_s(1_500), 1_048_576.0 / 1_500.0);
        near(shard.rate_per_s(100), 1_000.0);
        let hourly =
            Hourly { usd_per_unit: 0.015, units: 1, rate_per_unit: Some(shard.rate_per_s(1_500)) };
        for (rate, shards) in [(0.01, 1.0), (699.0, 1.0), (700.0, 2.0), (7_000.0, 11.0)] {
            near(hourly.units_at(rate), shards);
            near(hourly.usd_at(rate), shards * 0.015);
        }
    }
}
