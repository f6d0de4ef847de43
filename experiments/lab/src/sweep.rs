//! The sweep: the product of the axes, and the order in which a round visits it.

use rand::seq::SliceRandom;
use store::{Architecture, Arrival, CellPlan, LimitHit};

use crate::error::LabError;
use crate::experiment::Axes;
use crate::limits::Limits;
use crate::seed::{self, Stream};

/// Every cell of a sweep, numbered from 0 in the order of the axes. A cell over a service limit
/// carries that limit and is not run.
///
/// # Errors
/// [`LabError::Usage`] for an axis without a value, a value that cannot be measured, or a payload
/// smaller than the smallest message.
pub fn cells(
    axes: &Axes,
    architecture: Architecture,
    limits: &Limits,
) -> Result<Vec<CellPlan>, LabError> {
    check(axes)?;
    let mut cells: Vec<CellPlan> = Vec::new();
    for &transport in &axes.transports {
        for &payload_bytes in &axes.payload_bytes {
            for &concurrency in &axes.concurrency {
                for &receiver_ms in &axes.receiver_ms {
                    for &memory_mb in &axes.memory_mb {
                        let limit = limits
                            .payload_bytes(transport)
                            .filter(|limit| u64::from(payload_bytes) > limit.bytes)
                            .map(|limit| LimitHit {
                                name: limit.name.clone(),
                                bytes: limit.bytes,
                                source: limit.source.clone(),
                            });
                        cells.push(CellPlan {
                            cell: u32::try_from(cells.len()).unwrap_or(u32::MAX),
                            transport,
                            payload_bytes,
                            concurrency,
                            receiver_ms,
                            memory_mb,
                            architecture,
                            arrival: axes.arrival,
                            rate_per_s: (axes.arrival != Arrival::Closed)
                                .then_some(axes.rate_per_s),
                            messages: axes.messages,
                            limit,
                        });
                    }
                }
            }
        }
    }
    Ok(cells)
}

fn check(axes: &Axes) -> Result<(), LabError> {
    let usage = |message: String| Err(LabError::Usage(message));
    let lengths = [
        ("transports", axes.transports.len()),
        ("payload_bytes", axes.payload_bytes.len()),
        ("concurrency", axes.concurrency.len()),
        ("receiver_ms", axes.receiver_ms.len()),
        ("memory_mb", axes.memory_mb.len()),
    ];
    for (name, length) in lengths {
        if length == 0 {
            return usage(format!("the axis {name} has no value"));
        }
    }
    if axes.rounds == 0 || axes.messages == 0 {
        return usage("a sweep needs at least 1 round and 1 message per cell and round".into());
    }
    if axes.shards == 0 {
        return usage("a stream of 0 shards: expected at least 1".into());
    }
    if axes.arrival != Arrival::Closed && !(axes.rate_per_s.is_finite() && axes.rate_per_s > 0.0) {
        let rate = axes.rate_per_s;
        return usage(format!("a rate of {rate} messages/s: expected a number above 0"));
    }
    for &concurrency in &axes.concurrency {
        if concurrency == 0 || concurrency > axes.messages {
            let messages = axes.messages;
            return usage(format!(
                "concurrency {concurrency} with {messages} messages per cell and round: expected \
                 1 to {messages}, a message at least for every sender"
            ));
        }
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
    use crate::experiment::Profile;

    fn limits() -> Limits {
        Limits::parse(
            "[sns]\npayload_bytes_max = 2_000\nsource = \"as documented\"\n",
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

    #[test]
    fn cells_are_the_product_of_the_axes() {
        let axes =
            Axes { receiver_ms: vec![0, 100], concurrency: vec![1, 8], ..Axes::of(Profile::Smoke) };
        let cells = cells(&axes, Architecture::X86_64, &limits()).unwrap();
        assert_eq!(cells.len(), 16);
        for (number, cell) in cells.iter().enumerate() {
            assert_eq!(cell.cell as usize, number);
            let same =
                |other: &&CellPlan| CellPlan { cell: cell.cell, ..(*other).clone() } == *cell;
            assert_eq!(cells.iter().filter(same).count(), 1, "cell {number} is there once");
        }
    }

    #[test]
    fn a_payload_over_a_limit_is_that_limit() {
        let axes = Axes { payload_bytes: vec![2_000, 2_001], ..Axes::of(Profile::Smoke) };
        let cells = cells(&axes, Architecture::X86_64, &limits()).unwrap();
        let over: Vec<_> = cells.iter().filter(|cell| cell.limit.is_some()).collect();
        assert_eq!(over.len(), 1);
        assert_eq!((over[0].transport.name(), over[0].payload_bytes), ("sns", 2_001));
        let limit = over[0].limit.as_ref().unwrap();
        assert_eq!((limit.bytes, limit.source.as_str()), (2_000, "as documented"));
    }

    #[test]
    fn what_cannot_be_measured_is_refused_by_name() {
        let axes = || Axes::of(Profile::Smoke);
        let smallest = wire::Envelope::smallest(wire::DurationNs(0), false);
        let cases = [
            (Axes { payload_bytes: vec![smallest - 1], ..axes() }, smallest.to_string()),
            (Axes { payload_bytes: vec![], ..axes() }, "payload_bytes".to_owned()),
            (Axes { concurrency: vec![0], ..axes() }, "concurrency 0".to_owned()),
            (Axes { concurrency: vec![25], ..axes() }, "concurrency 25".to_owned()),
            (Axes { rounds: 0, ..axes() }, "round".to_owned()),
            (Axes { shards: 0, ..axes() }, "0 shards".to_owned()),
            (Axes { rate_per_s: 0.0, ..axes() }, "rate of 0".to_owned()),
            (Axes { rate_per_s: f64::NAN, ..axes() }, "rate of NaN".to_owned()),
        ];
        for (axes, named) in cases {
            let error = cells(&axes, Architecture::X86_64, &limits()).unwrap_err();
            assert!(matches!(error, LabError::Usage(_)));
            assert!(error.to_string().contains(&named), "{error} names {named}");
        }
        let fits = Axes { payload_bytes: vec![smallest], ..axes() };
        assert!(cells(&fits, Architecture::X86_64, &limits()).is_ok());
    }
}
