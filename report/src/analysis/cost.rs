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
    /// Shards of the stream; none of an on-demand stream.
    pub shards: Option<u32>,
    /// Messages that the stream carries in a second: over them its hours are spread.
    pub rate_per_s: Option<f64>,
    /// Whether the stream is read with enhanced fan-out.
    pub enhanced_fan_out: bool,
}

/// What a million messages cost, US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// A's compute time while its call lasts: what A's waiting costs.
    pub sender_waiting: f64,
    /// A's compute time as it was billed in this run, where it is known. Not in the sum: the
    /// schedule of a measurement is in it.
    pub sender_billed: Option<f64>,
    /// A's requests: one invocation of A for a message.
    pub sender_requests: f64,
    /// The service between A and B, beside requests of B.
    pub transport: f64,
    /// Hours of the stream or its shards, of these; none where no rate is known.
    pub stream_hours: Option<f64>,
    /// B's compute time.
    pub receiver_compute: f64,
    /// B's requests.
    pub receiver_requests: f64,
}

impl Cost {
    /// What A costs.
    #[must_use]
    pub fn sender(&self) -> f64 {
        self.sender_waiting + self.sender_requests
    }

    /// What B costs.
    #[must_use]
    pub fn receiver(&self) -> f64 {
        self.receiver_compute + self.receiver_requests
    }

    /// What all of it costs.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.sender() + self.transport + self.receiver()
    }
}

/// What a million messages cost by a price table: list prices, no free tier, no data transfer, no
/// logs.
///
/// - Compute: milliseconds × memory (GB of 1024 MiB) × the architecture's price of a GB-second.
/// - `sync-invoke`: a request of B for each message.
/// - `async-invoke`: the first 256 KiB of an event are one request, each further 64 KiB one more.
/// - `sns`: a publish in units of 64 KiB; deliveries to Lambda are free, and asynchronous invokes of B.
/// - `kinesis`: put units of 25 KiB, hours of shards, with enhanced fan-out its consumer's hours of
///   shards and bytes; reading by an event source mapping is free; a request of B for each batch. On
///   demand: hours of the stream, bytes put in units of 1 KiB, and bytes read.
/// - `sqs`: a send in units of 64 KiB, and for each batch a receive in units of 64 KiB and a delete;
///   a request of B for each batch.
#[must_use]
pub fn cost_per_million(usage: &Usage, prices: &Prices) -> Cost {
    let gb_second = match usage.architecture {
        Architecture::X86_64 => prices.lambda.usd_per_gb_second_x86_64,
        Architecture::Arm64 => prices.lambda.usd_per_gb_second_arm64,
    };
    let request = prices.lambda.usd_per_million_requests;
    let compute = |ms: f64| ms / 1e3 * f64::from(usage.memory_mb) / 1024.0 * gb_second * 1e6;
    let units = |bytes: u32| f64::from(usage.payload_bytes.div_ceil(bytes).max(1));
    let mut stream_hours = None;
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
            let hour = usage.shards.map_or(kinesis.usd_per_stream_hour, |shards| {
                f64::from(shards) * (kinesis.usd_per_shard_hour + consumer)
            });
            stream_hours = usage
                .rate_per_s
                .filter(|rate| *rate > 0.0)
                .map(|rate| hour * 1e6 / (rate * 3600.0));
            let (put, read) = if usage.shards.is_some() {
                let put = units(kinesis.put_unit_bytes) * kinesis.usd_per_million_put_units;
                (put, if pushed { kinesis.usd_per_efo_gb } else { 0.0 })
            } else {
                let unit = kinesis.in_unit_bytes;
                let put = gb(units(unit) * f64::from(unit)) * kinesis.usd_per_gb_in;
                (put, if pushed { kinesis.usd_per_efo_gb_out } else { kinesis.usd_per_gb_out })
            };
            put + stream_hours.unwrap_or(0.0) + gb(bytes) * read
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
        stream_hours,
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
            rate_per_s: Some(100.0),
            enhanced_fan_out,
        };
        let cost = |shards, pushed| cost_per_million(&usage(shards, pushed), &prices);
        let hours = 1e6 / (100.0 * 3_600.0);
        let gib = |bytes: f64| bytes * 1e6 / f64::powi(1024.0, 3);

        let two = cost(Some(2), false);
        near(two.stream_hours.unwrap(), 2.0 * 0.015 * hours);
        near(two.transport, 2.0 * 0.015 * hours + 0.014);
        near(cost(Some(2), true).transport, 4.0 * 0.015 * hours + 0.014 + gib(1_500.0) * 0.013);

        let on_demand = cost(None, false);
        near(on_demand.stream_hours.unwrap(), 0.04 * hours);
        // 1,500 bytes are put as two units of 1 KiB, and read as they are.
        let bytes = gib(2_048.0) * 0.08 + gib(1_500.0) * 0.04;
        near(on_demand.transport, 0.04 * hours + bytes);
        near(cost(None, true).transport, 0.04 * hours + bytes + gib(1_500.0) * 0.01);
        near(on_demand.sender(), 0.01 * 16.666_7 + 0.2);
        near(on_demand.receiver(), 0.005 * 16.666_7 + 0.1);
    }
}
