//! What a whole run costs: its measured messages and all that was needed to measure them.

use store::{CellPlan, MappingPlan, Side};
use wire::Transport;

use super::{
    Billed, CellFigures, Experiment, RunData, Usage, compute_per_million, cost_per_million,
};
use crate::reference::Prices;

/// What a run costs by list prices, US dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunCost {
    /// Requests of A.
    pub sender_requests: f64,
    /// Compute time of A, as billed: the schedule and the waiting of a measurement are in it.
    pub sender_compute: f64,
    /// Requests of B.
    pub receiver_requests: f64,
    /// Compute time of B, as billed.
    pub receiver_compute: f64,
    /// What the services between them are paid for messages.
    pub services: f64,
    /// Hours of streams, each begun one in full, of those that each experiment deploys.
    pub stream_hours: f64,
    /// Messages that are in it, those to warm up too.
    pub messages: u64,
    /// Messages that no REPORT line of B speaks of: of these B is not in it.
    pub without_report: u64,
}

impl RunCost {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.sender_requests
            + self.sender_compute
            + self.receiver_requests
            + self.receiver_compute
            + self.services
            + self.stream_hours
    }
}

/// What a run costs by list prices, from the billed durations of its REPORT lines and the units of
/// its messages, warm-up ones included.
///
/// Not in it: logs, data transfer, receives of an idle queue, a state machine that invokes senders,
/// and invocations without a REPORT line. On a place that is not AWS it is what the run would cost
/// at AWS if AWS took as long as that place.
#[must_use]
pub fn run_cost(run: &RunData, prices: &Prices) -> RunCost {
    let mut cost = RunCost::default();
    for experiment in Experiment::all(run) {
        for cell in experiment.cells() {
            add_cell(&mut cost, cell, prices);
        }
        cost.stream_hours += stream_hours(run, &experiment, prices);
    }
    cost
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 of anything")]
fn add_cell(cost: &mut RunCost, cell: &CellFigures, prices: &Prices) {
    let plan = &cell.plan;
    let compute = |billed: Billed| {
        let ms = billed.billed_ms as f64;
        compute_per_million(ms, plan.memory_mb, plan.architecture, prices) / 1e6
    };
    let requests =
        |billed: Billed| billed.invocations as f64 * prices.lambda.usd_per_million_requests / 1e6;
    let [sender, receiver] = Side::ALL.map(|side| {
        cell.invocations(side).map_or(Billed::default(), |invocations| invocations.all)
    });
    cost.sender_requests += requests(sender);
    cost.sender_compute += compute(sender);
    cost.receiver_requests += requests(receiver);
    cost.receiver_compute += compute(receiver);
    // What was refused is not paid for.
    let messages = (cell.counts.asked + cell.warmup).saturating_sub(cell.counts.rejected);
    cost.messages += messages;
    cost.without_report += messages.saturating_sub(receiver.messages);
    // Where no invocation of B is known, each message counts as one of its own.
    let per_message = match receiver.messages {
        0 => 1.0,
        messages => receiver.invocations as f64 / messages as f64,
    };
    let mapping = plan.mapping.as_ref();
    let usage = Usage {
        transport: plan.transport,
        payload_bytes: plan.payload_bytes,
        architecture: plan.architecture,
        memory_mb: plan.memory_mb,
        operation_ms: 0.0,
        sender_billed_ms: None,
        receiver_billed_ms: 0.0,
        receiver_invocations: per_message,
        shards: mapping.and_then(|mapping| mapping.shards),
        enhanced_fan_out: mapping.is_some_and(MappingPlan::is_pushed),
    };
    cost.services += messages as f64 * cost_per_million(&usage, prices).transport / 1e6;
}

/// The hours of an experiment's streams. Each combination of what a stream and its functions are
/// made with has a stream of its own, from the experiment's beginning to its end.
fn stream_hours(run: &RunData, experiment: &Experiment<'_>, prices: &Prices) -> f64 {
    let mut streams: Vec<CellPlan> = Vec::new();
    let of_a_stream =
        |cell: &&&CellFigures| cell.plan.transport == Transport::Kinesis && !cell.rounds.is_empty();
    for cell in experiment.cells().iter().filter(of_a_stream) {
        let same = |other: &CellPlan| {
            let of = |plan: &CellPlan| {
                (plan.mapping.clone(), plan.memory_mb, plan.architecture, plan.limit_raised)
            };
            of(other) == of(&cell.plan)
        };
        if !streams.iter().any(same) {
            streams.push(cell.plan.clone());
        }
    }
    let plan = run.manifest.experiments.get(experiment.name);
    let overhead_ns = plan.and_then(|plan| plan.overhead_ns).unwrap_or(0);
    let rounds = experiment.cells().iter().flat_map(|cell| &cell.rounds);
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    let messages_ns: f64 = rounds.filter_map(|round| round.span_ns).map(|ns| ns as f64).sum();
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    let hours = ((messages_ns + overhead_ns as f64) / 3.6e12).ceil().max(1.0);
    let kinesis = &prices.kinesis;
    let an_hour = |plan: &CellPlan| {
        let mapping = plan.mapping.as_ref();
        let pushed = mapping.is_some_and(MappingPlan::is_pushed);
        let consumer = if pushed { kinesis.usd_per_efo_consumer_shard_hour } else { 0.0 };
        let shards = mapping.and_then(|mapping| mapping.shards);
        shards.map_or(kinesis.usd_per_stream_hour, |shards| {
            f64::from(shards) * (kinesis.usd_per_shard_hour + consumer)
        })
    };
    streams.iter().map(an_hour).sum::<f64>() * hours
}
