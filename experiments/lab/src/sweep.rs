//! The sweep: the product of the axes, and the order in which a round visits it.

use rand::seq::SliceRandom;
use store::{Architecture, CellPlan, LimitHit, MappingPlan};
use wire::Transport;

use crate::error::LabError;
use crate::experiment::{Axes, Load};
use crate::limits::{Limit, Limits};
use crate::seed::{self, Stream};

/// Every cell of an experiment's sweeps, numbered from 0 in the order of the axes; what two sweeps
/// share is one cell. A cell over a service limit carries that limit and is not run, unless it is
/// the probe of that limit.
///
/// # Errors
/// [`LabError::Usage`] for an axis without a value, a value that cannot be measured, or a payload
/// smaller than the smallest message.
pub fn cells(
    sweeps: &[Axes],
    architecture: Architecture,
    limits: &Limits,
) -> Result<Vec<CellPlan>, LabError> {
    let mut cells: Vec<CellPlan> = Vec::new();
    let mut add = |cell: CellPlan| {
        let known = |other: &CellPlan| CellPlan { cell: cell.cell, ..other.clone() } == cell;
        if !cells.iter().any(known) {
            let number = u32::try_from(cells.len()).unwrap_or(u32::MAX);
            cells.push(CellPlan { cell: number, ..cell });
        }
    };
    for axes in sweeps {
        check(axes)?;
        for &transport in &axes.transports {
            for_transport(axes, transport, architecture, limits, &mut add);
        }
    }
    Ok(cells)
}

fn for_transport(
    axes: &Axes,
    transport: Transport,
    architecture: Architecture,
    limits: &Limits,
    add: &mut impl FnMut(CellPlan),
) {
    // An opt-in that the transport has none of leaves its limit as it is.
    let raisable = limits.payload_bytes(transport, true) != limits.payload_bytes(transport, false);
    for &limit_raised in axes.limit_raised.iter().filter(|raised| raisable || !**raised) {
        let limit = limits.payload_bytes(transport, limit_raised);
        let hit = |limit: &Limit| LimitHit {
            name: limit.name.clone(),
            bytes: limit.bytes,
            source: limit.source.clone(),
        };
        for mapping in mappings(axes, transport) {
            let cell =
                |payload_bytes, concurrency: u32, receiver_ms, memory_mb, load: Load| CellPlan {
                    cell: 0,
                    transport,
                    payload_bytes,
                    concurrency,
                    receiver_ms,
                    memory_mb,
                    architecture,
                    arrival: load.arrival(),
                    rate_per_s: load.rate_per_s(),
                    messages: axes.messages.max(concurrency.saturating_mul(match load {
                        Load::Closed => axes.messages_per_sender.max(1),
                        Load::Constant(_) | Load::Poisson(_) => 1,
                    })),
                    warmup: axes.warmup.max(concurrency),
                    mapping: mapping.clone(),
                    limit_raised,
                    fresh_side: None,
                    limit: limit.filter(|l| u64::from(payload_bytes) > l.bytes).map(hit),
                    probe: false,
                };
            for &payload_bytes in &axes.payload_bytes {
                for &concurrency in &axes.concurrency {
                    for &receiver_ms in &axes.receiver_ms {
                        for &memory_mb in &axes.memory_mb {
                            for &load in &axes.load {
                                for &fresh_side in &axes.fresh_side {
                                    add(CellPlan {
                                        fresh_side,
                                        ..cell(
                                            payload_bytes,
                                            concurrency,
                                            receiver_ms,
                                            memory_mb,
                                            load,
                                        )
                                    });
                                }
                            }
                        }
                    }
                }
            }
            let accepted = limits.accepted_bytes(transport, limit_raised);
            if let (true, Some(accepted), Some(&memory_mb)) =
                (axes.probe_limits, accepted, axes.memory_mb.first())
            {
                let one_over = u32::try_from(accepted.bytes + 1).unwrap_or(u32::MAX);
                add(CellPlan {
                    messages: 1,
                    warmup: 0,
                    limit: Some(hit(accepted)),
                    probe: true,
                    ..cell(one_over, 1, 0, memory_mb, Load::Closed)
                });
            }
        }
    }
}

/// Lambda's default for the most messages of one invocation
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>).
const STREAM_BATCH_SIZE: u32 = 100;
const QUEUE_BATCH_SIZE: u32 = 10;

/// How an event source mapping may read for a transport: once for each point of its axes, and once
/// without a mapping for a transport that needs none.
fn mappings(axes: &Axes, transport: Transport) -> Vec<Option<MappingPlan>> {
    let default = match transport {
        Transport::SyncInvoke | Transport::AsyncInvoke | Transport::Sns => return vec![None],
        Transport::Kinesis => STREAM_BATCH_SIZE,
        Transport::Sqs => QUEUE_BATCH_SIZE,
    };
    let sizes = if axes.batch_size.is_empty() { vec![default] } else { axes.batch_size.clone() };
    let mut mappings = Vec::new();
    for &batch_size in &sizes {
        for &batching_window_ms in &axes.batching_window_ms {
            if transport == Transport::Sqs {
                mappings.push(Some(MappingPlan {
                    shards: None,
                    batch_size,
                    batching_window_ms,
                    parallelization_factor: None,
                    enhanced_fan_out: None,
                }));
                continue;
            }
            for &shards in &axes.shards {
                for &factor in &axes.parallelization_factor {
                    for &enhanced_fan_out in &axes.enhanced_fan_out {
                        mappings.push(Some(MappingPlan {
                            shards: shards.provisioned(),
                            batch_size,
                            batching_window_ms,
                            parallelization_factor: Some(factor),
                            enhanced_fan_out: Some(enhanced_fan_out),
                        }));
                    }
                }
            }
        }
    }
    mappings
}

fn check(axes: &Axes) -> Result<(), LabError> {
    let usage = |message: String| Err(LabError::Usage(message));
    let lengths = [
        ("transports", axes.transports.len()),
        ("payload_bytes", axes.payload_bytes.len()),
        ("concurrency", axes.concurrency.len()),
        ("receiver_ms", axes.receiver_ms.len()),
        ("memory_mb", axes.memory_mb.len()),
        ("load", axes.load.len()),
        ("shards", axes.shards.len()),
        ("batching_window_ms", axes.batching_window_ms.len()),
        ("parallelization_factor", axes.parallelization_factor.len()),
        ("enhanced_fan_out", axes.enhanced_fan_out.len()),
        ("limit_raised", axes.limit_raised.len()),
        ("fresh_side", axes.fresh_side.len()),
    ];
    for (name, length) in lengths {
        if length == 0 {
            return usage(format!("the axis {name} has no value"));
        }
    }
    if axes.rounds == 0 || axes.messages == 0 {
        return usage("a sweep needs at least 1 round and 1 message per cell and round".into());
    }
    for rate in axes.load.iter().filter_map(|load| load.rate_per_s()) {
        if !(rate.is_finite() && rate > 0.0) {
            return usage(format!("a rate of {rate} messages/s: expected a number above 0"));
        }
    }
    let shards = axes.shards.iter().filter_map(|shards| shards.provisioned()).collect();
    let ranges = [
        ("concurrency", &axes.concurrency, 1, 100_000),
        // Lambda's own, of CreateFunction and CreateEventSourceMapping.
        ("memory_mb", &axes.memory_mb, 128, 10_240),
        ("shards", &shards, 1, 10_000),
        ("batch_size", &axes.batch_size, 1, 10_000),
        ("batching_window_ms", &axes.batching_window_ms, 0, 300_000),
        ("parallelization_factor", &axes.parallelization_factor, 1, 10),
    ];
    for (name, values, least, most) in ranges {
        if let Some(value) = values.iter().find(|value| !(least..=most).contains(*value)) {
            return usage(format!("{name} of {value}: expected {least} to {most}"));
        }
    }
    if let Some(window) = axes.batching_window_ms.iter().find(|window| **window % 1000 != 0) {
        return usage(format!("batching_window_ms of {window}: Lambda takes whole seconds"));
    }
    let queue_batch = axes.batch_size.iter().find(|size| **size > QUEUE_BATCH_SIZE);
    if let (Some(size), true, true) = (
        queue_batch,
        axes.transports.contains(&Transport::Sqs),
        axes.batching_window_ms.contains(&0),
    ) {
        return usage(format!(
            "batch_size of {size} over sqs without a batching window: expected at most \
             {QUEUE_BATCH_SIZE}, or a batching_window_ms of at least 1000"
        ));
    }
    for &receiver_ms in &axes.receiver_ms {
        let work = wire::DurationNs(u64::from(receiver_ms) * 1_000_000);
        let smallest = wire::Envelope::smallest(work, false);
        for &bytes in &axes.payload_bytes {
            if bytes < smallest {
                return usage(format!(
                    "a payload of {bytes} bytes is too small: the smallest message for a receiver \
                     of {receiver_ms} ms has {smallest} bytes, over any transport"
                ));
            }
        }
    }
    Ok(())
}

/// The order in which a round visits the cells `0..cells`: a permutation that depends on the seed
/// and the round alone, so that a run that was stopped goes on in the order it began in.
#[must_use]
pub fn order(seed: u64, round: u32, cells: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..cells).collect();
    order.shuffle(&mut seed::generator(seed, Stream::Order { round }));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Profile, Shards};

    fn limits() -> Limits {
        Limits::parse(
            "[sns]\npayload_bytes_max = 2_000\npayload_bytes_opt_in = 3_000\n\
             source = \"as documented\"\n",
            std::path::Path::new("limits.toml"),
        )
        .unwrap()
    }

    #[test]
    fn a_round_visits_every_cell_once() {
        for seed in 0..50 {
            for round in 0..4 {
                let mut visited = order(seed, round, 9);
                visited.sort_unstable();
                assert_eq!(visited, (0..9).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_order_depends_on_seed_and_round() {
        assert_eq!(order(7, 3, 16), order(7, 3, 16));
        assert_ne!(order(7, 3, 16), order(7, 4, 16));
        assert_ne!(order(7, 3, 16), order(8, 3, 16));
        // Pinned: a run begun by an older build must go on in the same order.
        assert_eq!(order(1, 0, 8), PINNED_ORDER);
    }

    const PINNED_ORDER: [u32; 8] = [0, 2, 6, 1, 7, 3, 5, 4];

    #[test]
    fn every_position_is_taken_by_every_cell() {
        let mut seen = [[false; 4]; 4];
        for round in 0..200 {
            for (position, cell) in order(5, round, 4).into_iter().enumerate() {
                seen[position][cell as usize] = true;
            }
        }
        assert_eq!(seen, [[true; 4]; 4]);
    }

    fn of(axes: Axes) -> Result<Vec<CellPlan>, LabError> {
        cells(&[axes], Architecture::X86_64, &limits())
    }

    #[test]
    fn cells_are_the_product_of_the_axes() {
        let axes =
            Axes { receiver_ms: vec![0, 100], concurrency: vec![1, 8], ..Axes::of(Profile::Smoke) };
        let cells = of(axes).unwrap();
        assert_eq!(cells.len(), 4 * Transport::ALL.len());
        for (number, cell) in cells.iter().enumerate() {
            assert_eq!(cell.cell as usize, number);
            let same =
                |other: &&CellPlan| CellPlan { cell: cell.cell, ..(*other).clone() } == *cell;
            assert_eq!(cells.iter().filter(same).count(), 1, "cell {number} is there once");
        }
    }

    #[test]
    fn an_axis_varies_only_the_transports_that_have_it() {
        let axes = Axes {
            shards: vec![Shards::Provisioned(1), Shards::OnDemand],
            parallelization_factor: vec![1, 2],
            batching_window_ms: vec![0, 1000],
            ..Axes::of(Profile::Smoke)
        };
        let cells = of(axes).unwrap();
        let count = |transport| cells.iter().filter(|cell| cell.transport == transport).count();
        let counts = Transport::ALL.map(count);
        assert_eq!(counts, [1, 1, 1, 8, 2]);
        let sizes: Vec<_> =
            cells.iter().filter_map(|c| Some(c.mapping.as_ref()?.batch_size)).collect();
        assert_eq!(sizes, [100; 8].into_iter().chain([10; 2]).collect::<Vec<_>>());
    }

    #[test]
    fn what_two_sweeps_share_is_one_cell() {
        let one = Axes { concurrency: vec![1, 2], ..Axes::of(Profile::Smoke) };
        let other = Axes { concurrency: vec![2, 4], ..Axes::of(Profile::Smoke) };
        let cells = cells(&[one, other], Architecture::X86_64, &limits()).unwrap();
        assert_eq!(cells.len(), 3 * Transport::ALL.len());
        assert!(cells.iter().zip(0..).all(|(cell, number)| cell.cell == number));
    }

    #[test]
    fn every_sender_has_a_message_to_warm_up_and_one_to_measure() {
        let axes = Axes { concurrency: vec![1, 64], ..Axes::of(Profile::Smoke) };
        let cells = of(axes).unwrap();
        let counts: Vec<_> = cells[..2].iter().map(|cell| (cell.messages, cell.warmup)).collect();
        assert_eq!(counts, [(24, 5), (64, 64)]);
    }

    #[test]
    fn a_payload_over_a_limit_is_that_limit() {
        let axes = Axes { payload_bytes: vec![2_000, 2_001], ..Axes::of(Profile::Smoke) };
        let cells = of(axes).unwrap();
        let over: Vec<_> = cells.iter().filter(|cell| cell.limit.is_some()).collect();
        assert_eq!(over.len(), 1);
        assert_eq!((over[0].transport.name(), over[0].payload_bytes), ("sns", 2_001));
        let limit = over[0].limit.as_ref().unwrap();
        assert_eq!((limit.bytes, limit.source.as_str()), (2_000, "as documented"));
        assert!(!over[0].visited_in(0));
    }

    #[test]
    fn a_raised_limit_is_an_axis_of_those_that_have_one_and_each_limit_is_probed() {
        let axes = Axes {
            payload_bytes: vec![2_500],
            limit_raised: vec![false, true],
            probe_limits: true,
            ..Axes::of(Profile::Smoke)
        };
        let cells = of(axes).unwrap();
        let sns: Vec<_> = cells.iter().filter(|cell| cell.transport == Transport::Sns).collect();
        let seen: Vec<_> = sns
            .iter()
            .map(|c| (c.limit_raised, c.payload_bytes, c.limit.is_some(), c.probe))
            .collect();
        let expected = [
            (false, 2_500, true, false),
            (false, 2_001, true, true),
            (true, 2_500, false, false),
            (true, 3_001, true, true),
        ];
        assert_eq!(seen, expected);
        assert!(sns[1].visited_in(0) && !sns[1].visited_in(1));
        assert!(sns[2].visited_in(0) && sns[2].visited_in(1));
        assert_eq!((sns[1].messages, sns[1].warmup), (1, 0));
        assert_eq!(cells.iter().filter(|cell| cell.limit_raised).count(), 2, "only SNS has it");
    }

    #[test]
    fn what_cannot_be_measured_is_refused_by_name() {
        let axes = || Axes::of(Profile::Smoke);
        let smallest = wire::Envelope::smallest(wire::DurationNs(0), false);
        let cases = [
            (Axes { payload_bytes: vec![smallest - 1], ..axes() }, smallest.to_string()),
            (Axes { payload_bytes: vec![], ..axes() }, "payload_bytes".to_owned()),
            (Axes { concurrency: vec![0], ..axes() }, "concurrency of 0".to_owned()),
            (Axes { rounds: 0, ..axes() }, "round".to_owned()),
            (Axes { shards: vec![Shards::Provisioned(0)], ..axes() }, "shards of 0".to_owned()),
            (Axes { parallelization_factor: vec![11], ..axes() }, "1 to 10".to_owned()),
            (Axes { batching_window_ms: vec![1500], ..axes() }, "whole seconds".to_owned()),
            (Axes { batch_size: vec![100], ..axes() }, "at most 10".to_owned()),
            (Axes { load: vec![Load::Poisson(0.0)], ..axes() }, "rate of 0".to_owned()),
            (Axes { load: vec![Load::Constant(f64::NAN)], ..axes() }, "rate of NaN".to_owned()),
        ];
        for (axes, named) in cases {
            let error = of(axes).unwrap_err();
            assert!(matches!(error, LabError::Usage(_)));
            assert!(error.to_string().contains(&named), "{error} names {named}");
        }
        let fits = Axes { payload_bytes: vec![smallest], ..axes() };
        assert!(of(fits).is_ok());
    }
}
