//! Which transport is the cheapest at which rate.

use wire::Transport;

use super::Cost;

/// The highest rate that is looked at, messages a second.
pub const HIGHEST_RATE: f64 = 10_000.0;

/// A difference below this, US dollars for a million messages, is not shown.
const A_CENT: f64 = 0.01;

/// Rates at which the same transport is the cheapest.
#[derive(Clone, Debug, PartialEq)]
pub struct RateRange {
    /// Above which rate, messages a second; 0 for the first range.
    pub from: f64,
    /// Up to which rate, the break-even with the next range's transport; [`HIGHEST_RATE`] for the
    /// last.
    pub to: f64,
    /// The cheapest.
    pub cheapest: Transport,
    /// Those that cost less than a cent more at every rate.
    pub alike: Vec<Transport>,
}

/// The ranges of rates up to [`HIGHEST_RATE`], in which one of the transports is the cheapest.
///
/// What is paid by the hour grows by steps (a shard more), and between two steps of any of them
/// every cost is `v + h k / r`: so the rates at which two are equal are solved for exactly between
/// each pair of steps, and between two neighbours of all these rates one transport is the cheapest.
#[must_use]
pub fn cheapest_by_rate(costs: &[(Transport, Cost)]) -> Vec<RateRange> {
    let mut marks: Vec<f64> = vec![0.0, HIGHEST_RATE];
    for (place, (_, one)) in costs.iter().enumerate() {
        for (_, other) in &costs[place + 1..] {
            marks.extend(break_evens(one, other));
        }
        marks.extend(steps(one));
    }
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    let mut ranges: Vec<RateRange> = Vec::new();
    for pair in marks.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let inside = f64::midpoint(from, to);
        let least = costs.iter().min_by(|a, b| a.1.at(inside).total_cmp(&b.1.at(inside)));
        let Some((cheapest, cost)) = least else { return vec![] };
        match ranges.last_mut() {
            Some(range) if range.cheapest == *cheapest => range.to = to,
            _ => {
                ranges.push(RateRange { from, to, cheapest: *cheapest, alike: alike(cost, costs) })
            }
        }
    }
    ranges
}

/// The rates up to [`HIGHEST_RATE`] at which two cost the same, ascending; none of two that differ
/// by the same at every rate.
#[must_use]
pub fn break_evens(one: &Cost, other: &Cost) -> Vec<f64> {
    let mut marks = steps(one);
    marks.extend(steps(other));
    marks.extend([0.0, HIGHEST_RATE]);
    marks.sort_by(f64::total_cmp);
    marks.dedup();
    let between = |pair: &[f64]| {
        let (from, to) = (pair[0], pair[1]);
        let hour = |cost: &Cost| cost.hourly.map_or(0.0, |h| h.usd_at(f64::midpoint(from, to)));
        let rate = one.break_even(hour(one), other, hour(other))?;
        (from < rate && rate <= to).then_some(rate)
    };
    marks.windows(2).filter_map(between).collect()
}

/// The rates up to which so many units do, one more each.
fn steps(cost: &Cost) -> Vec<f64> {
    let Some((hourly, most)) = cost.hourly.and_then(|h| Some((h, h.rate_per_unit?))) else {
        return vec![];
    };
    let ends = (hourly.units..).map(|units| f64::from(units) * most);
    ends.take_while(|rate| *rate < HIGHEST_RATE).filter(|rate| *rate > 0.0).collect()
}

fn alike(cheapest: &Cost, costs: &[(Transport, Cost)]) -> Vec<Transport> {
    let close = |cost: &Cost| {
        cost != cheapest
            && cost.hourly == cheapest.hourly
            && (cost.per_million() - cheapest.per_million()).abs() < A_CENT
    };
    costs.iter().filter(|(_, cost)| close(cost)).map(|(transport, _)| *transport).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Hourly;

    fn cost(per_million: f64, hourly: Option<(f64, u32, Option<f64>)>) -> Cost {
        let hourly = hourly.map(|(usd_per_unit, units, rate_per_unit)| Hourly {
            usd_per_unit,
            units,
            rate_per_unit,
        });
        Cost { transport: per_million, hourly, ..Cost::default() }
    }

    /// A shard at $0.015 and $0.23 a million against $0.43 a million: 0.015 / 0.0036 / 0.2 = 20.83.
    #[test]
    fn a_shard_pays_from_its_break_even_on() {
        let costs = [
            (Transport::Kinesis, cost(0.23, Some((0.015, 1, Some(1_000.0))))),
            (Transport::AsyncInvoke, cost(0.43, None)),
            (Transport::SyncInvoke, cost(0.435, None)),
            (Transport::Sns, cost(0.93, None)),
        ];
        let ranges = cheapest_by_rate(&costs);
        let shown: Vec<_> =
            ranges.iter().map(|range| (range.cheapest, range.alike.len())).collect();
        assert_eq!(shown, [(Transport::AsyncInvoke, 1), (Transport::Kinesis, 0)]);
        assert!((ranges[0].to - 0.015 / 0.0036 / 0.2).abs() < 1e-9);
        assert_eq!((ranges[0].from, ranges[1].to), (0.0, HIGHEST_RATE));
        assert!(break_evens(&costs[1].1, &costs[3].1).is_empty());
    }

    /// Where another shard is needed just above a break-even, there is more than one.
    #[test]
    fn a_step_makes_more_break_evens() {
        let stream = cost(0.1, Some((0.36, 1, Some(500.0))));
        let flat = cost(0.35, None);
        // One shard: 100 / r = 0.25 at 400/s. Two, from 500/s on: 200 / r at 800/s; three from
        // 1,000/s on: at 1,200/s. And so on, until rates are so high that a step changes little.
        let found = break_evens(&stream, &flat);
        assert_eq!(
            found.iter().map(|rate| rate.round()).collect::<Vec<_>>()[..3],
            [400.0, 800.0, 1200.0]
        );
        for rate in found {
            assert!((stream.at(rate) - flat.at(rate)).abs() < 1e-9, "{rate}");
        }
    }

    /// The cheapest of a range is the cheapest everywhere in it, whatever the costs.
    #[test]
    fn no_other_is_cheaper_within_a_range() {
        for seed in 1..=40_u32 {
            let value = |n: u32, most: f64| f64::from(seed * 7919 * n % 1009) / 1009.0 * most;
            let hour = |n: u32| (value(n, 0.5), n, Some(50.0 + value(n + 1, 2000.0)));
            let costs = [
                (Transport::Kinesis, cost(value(2, 0.8), Some(hour(1)))),
                (Transport::Sqs, cost(value(3, 0.8), Some(hour(2)))),
                (Transport::AsyncInvoke, cost(value(5, 0.8), None)),
                (Transport::Sns, cost(value(7, 0.8), None)),
            ];
            let ranges = cheapest_by_rate(&costs);
            assert_eq!(ranges.first().map(|range| range.from), Some(0.0));
            assert_eq!(ranges.last().map(|range| range.to), Some(HIGHEST_RATE));
            assert!(ranges.windows(2).all(|pair| pair[0].to == pair[1].from));
            for range in &ranges {
                for step in 1..100 {
                    let share = f64::from(step) / 100.0;
                    let rate = range.from + (range.to - range.from) * share;
                    let at =
                        |transport| costs.iter().find(|c| c.0 == transport).unwrap().1.at(rate);
                    let least = costs.iter().map(|c| c.1.at(rate)).fold(f64::INFINITY, f64::min);
                    assert!(at(range.cheapest) <= least + 1e-9, "{seed}: {range:?} at {rate}");
                }
            }
        }
    }
}
