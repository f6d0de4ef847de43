//! Figures as a run would give them, for every kind of chart.

use report::charts::{
    Axis, Chart, ChartError, Cold, ColdRow, ColdSide, Course, Cross, Crosses, Dash, Distribution,
    DistributionGroup, Distributions, Dot, Fit, Forest, ForestRow, Heading, HeatCell, HeatMap,
    HeatPanel, Histogram, Limit, Lines, Measured, OpenLoop, OpenLoopArm, OwnFigure, Panel,
    Published, PublishedFigure, PublishedGroup, Range, RatePoint, Reference, Series, Shares,
    Slopes, Sorted, Spread, StageRow, Stages, Unit, Verdict,
};
use report::charts::{
    cold, crosses, distributions, forest, heat_map, histogram, lines, open_loop, published, shares,
    slopes, stages,
};
use wire::Transport;

pub(crate) const MS: f64 = 1e6;
const KIB: f64 = 1024.0;
const PAYLOADS: [f64; 7] =
    [256.0, 1.0 * KIB, 8.0 * KIB, 64.0 * KIB, 256.0 * KIB, 1024.0 * KIB, 6144.0 * KIB];
const SENDERS: [f64; 7] = [1.0, 2.0, 4.0, 16.0, 64.0, 256.0, 1000.0];
const RECEIVERS_MS: [f64; 6] = [0.0, 10.0, 100.0, 500.0, 1000.0, 3000.0];

/// The index of a transport: 0 for the first.
fn index(transport: Transport) -> usize {
    Transport::ALL.iter().position(|other| *other == transport).unwrap_or_default()
}

/// A handoff as each transport has it, in nanoseconds.
fn typical(transport: Transport) -> f64 {
    [4.2, 11.0, 31.0, 540.0, 17.0][index(transport)] * MS
}

fn limit(transport: Transport) -> f64 {
    [6144.0, 1024.0, 256.0, 1024.0, 256.0][index(transport)] * KIB
}

/// From -1 to 1, the same for the same numbers.
#[expect(clippy::cast_precision_loss, reason = "a few bits")]
fn noise(a: usize, b: usize, c: usize) -> f64 {
    let mut x = (a as u64 + 1) * 0x9e37_79b9 + (b as u64 + 1) * 0x85eb_ca6b + (c as u64) * 77_777;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    (x % 2001) as f64 / 1000.0 - 1.0
}

fn around(value: f64, share: f64) -> Option<(f64, f64)> {
    Some((value * (1.0 - share), value * (1.0 + share)))
}

fn payload_series(transport: Transport, factor: f64, dash: Dash, label: String) -> Series {
    let visited = PAYLOADS.iter().enumerate().filter(|(_, bytes)| **bytes <= limit(transport));
    let dots = visited.map(|(at, bytes)| {
        let grown = typical(transport) * factor * (1.0 + bytes / (900.0 * KIB));
        let value = grown * (1.0 + 0.05 * noise(index(transport), at, 1));
        Dot::new(*bytes, value, around(value, 0.08 + 0.04 * noise(index(transport), at, 2)))
    });
    Series { transport, label, dash, dots: dots.collect() }
}

fn limits() -> Vec<Limit> {
    Transport::ALL
        .map(|transport| Limit { transport, at: limit(transport), label: "limit".to_owned() })
        .to_vec()
}

fn payload_size() -> Lines {
    let named = |t: Transport| payload_series(t, 1.0, Dash::Solid, t.name().to_owned());
    Lines {
        heading: Heading::new(
            "payload-size",
            "Handoff over payload size",
            "median with its 95 % interval · one sender, receiver 0 ms",
        ),
        x: Axis::log("payload", Unit::Bytes).with_ticks(PAYLOADS),
        y: Axis::log("handoff, median", Unit::Duration),
        spread: Spread::Bands,
        panels: vec![Panel {
            series: Transport::ALL.map(named).to_vec(),
            limits: limits(),
            ..Panel::default()
        }],
    }
}

fn receiver_duration() -> Lines {
    let series = Transport::ALL.map(|transport| {
        let dots = RECEIVERS_MS.into_iter().enumerate().map(|(at, ms)| {
            let waits = if transport == Transport::SyncInvoke { ms * MS } else { 0.0 };
            let value = typical(transport).min(20.0 * MS) * 0.4 + waits;
            let value = value * (1.0 + 0.03 * noise(index(transport), at, 3));
            Dot::new(ms * MS, value, around(value, 0.06))
        });
        let label = transport.name().to_owned();
        Series { transport, label, dash: Dash::Solid, dots: dots.collect() }
    });
    Lines {
        heading: Heading::new(
            "receiver-duration",
            "Operation duration over receiver duration",
            "median with its 95 % interval",
        ),
        x: Axis::log("receiver duration", Unit::Duration)
            .with_ticks(RECEIVERS_MS.map(|ms| ms * MS)),
        y: Axis::log("operation duration, median", Unit::Duration),
        spread: Spread::Bars,
        panels: vec![Panel {
            series: series.to_vec(),
            references: vec![Reference {
                label: "A waits for all of it (slope 1)".to_owned(),
                course: Course::Line { intercept: 0.0, slope: 1.0 },
            }],
            ..Panel::default()
        }],
    }
}

fn small_multiples() -> Lines {
    let panels = SENDERS[..6].iter().map(|senders| Panel {
        title: format!("{senders} senders"),
        series: Transport::ALL
            .into_iter()
            .flat_map(|transport| {
                let slower = 1.0 + senders / 80.0;
                let p50 = format!("{transport} p50");
                let p99 = format!("{transport} p99");
                [
                    payload_series(transport, slower, Dash::Solid, p50),
                    payload_series(transport, slower * 3.0, Dash::Dashed, p99),
                ]
            })
            .collect(),
        limits: limits(),
        references: vec![],
    });
    Lines {
        heading: Heading::new(
            "payload-by-senders",
            "Handoff over payload size, by concurrency",
            "median and p99 with their 95 % intervals · receiver 0 ms",
        ),
        panels: panels.collect(),
        ..payload_size()
    }
}

fn p99() -> HeatMap {
    let panels = Transport::ALL.map(|transport| HeatPanel {
        title: transport.name().to_owned(),
        rows: SENDERS
            .into_iter()
            .enumerate()
            .map(|(row, senders)| {
                let cells = PAYLOADS.into_iter().enumerate().map(|(column, bytes)| {
                    if bytes > limit(transport) {
                        return HeatCell::Limit;
                    }
                    if row == 6 && column > 2 {
                        return HeatCell::Missing;
                    }
                    let grown = (1.0 + senders / 60.0) * (1.0 + bytes / (900.0 * KIB));
                    let factor = 1.0 + 0.3 * noise(index(transport), row, column);
                    HeatCell::Value(typical(transport) * 1.6 * grown * factor)
                });
                cells.collect()
            })
            .collect(),
    });
    HeatMap {
        heading: Heading::new(
            "p99",
            "p99 of the handoff over payload and concurrency",
            "closed loop, receiver 0 ms",
        ),
        x: Axis::log("payload", Unit::Bytes).with_ticks(PAYLOADS),
        y: Axis::log("senders", Unit::Count).with_ticks(SENDERS),
        value: Axis::log("handoff, p99", Unit::Duration),
        panels: panels.to_vec(),
    }
}

fn one_heat_map() -> HeatMap {
    let mut input = p99();
    input.heading.name = "p99-one".to_owned();
    input.panels.truncate(1);
    input
}

fn slope() -> Slopes {
    let fits = Transport::ALL.map(|transport| {
        let waits = if transport == Transport::SyncInvoke { 1.0 } else { 0.0 };
        let intercept = typical(transport).min(20.0 * MS) * 0.4;
        let dots = RECEIVERS_MS.into_iter().enumerate().map(|(at, ms)| {
            let value = intercept * (1.0 + 0.08 * noise(index(transport), at, 5));
            let value = value + waits * ms * MS;
            Dot::new(ms * MS, value, around(value, 0.05))
        });
        let spread = 0.002;
        Fit {
            transport,
            dots: dots.collect(),
            intercept,
            slope: Some(Measured::new(waits, Some((waits - spread, waits + spread)))),
        }
    });
    Slopes {
        heading: Heading::new(
            "waiting",
            "What A's waiting costs: operation duration against receiver duration",
            "medians with 95 % intervals; line and figure: Theil–Sen slope with its interval",
        ),
        x: Axis::linear("receiver duration", Unit::Duration),
        y: Axis::linear("operation duration", Unit::Duration),
        fits: fits.to_vec(),
    }
}

fn rates() -> OpenLoop {
    let arms = Transport::ALL.map(|transport| {
        let ceiling = [420.0, 900.0, 600.0, 950.0, 700.0][index(transport)];
        let points = [10.0, 30.0, 100.0, 300.0, 1000.0].into_iter().enumerate();
        let points = points.map(|(at, asked)| {
            let arrived = f64::min(asked * 0.998, ceiling);
            let late = (asked / ceiling).max(1.0).powi(3);
            let p50 = typical(transport) * late * (1.0 + 0.1 * noise(index(transport), at, 7));
            RatePoint {
                asked,
                arrived: Measured::new(arrived, around(arrived, 0.01)),
                falls_short: arrived < asked * 0.98,
                p50: Some(p50),
                p90: Some(p50 * 1.9),
                p99: (at > 0).then_some(p50 * 3.4),
            }
        });
        OpenLoopArm { transport, label: transport.name().to_owned(), points: points.collect() }
    });
    OpenLoop {
        heading: Heading::new(
            "open-loop",
            "Asked rate and what arrived, and the response meanwhile",
            "Poisson arrivals, 16 senders, receiver 0 ms · response from the intended time on",
        ),
        arms: arms.to_vec(),
    }
}

fn where_time_goes() -> Stages {
    let rows = Transport::ALL.map(|transport| {
        let all = typical(transport);
        let waits = transport == Transport::SyncInvoke;
        StageRow {
            transport,
            call: Some(if waits { all + 5.0 * MS } else { all * 0.08 }),
            stamp: (transport == Transport::Kinesis).then_some(40.0 * MS),
            handoff: Some(all),
            receiver: Some(3.0 * MS),
            way_back: waits.then_some(2.0 * MS),
        }
    });
    Stages {
        heading: Heading::new("stages", "Where a message's time goes", "medians; receiver 3 ms"),
        rows: rows.to_vec(),
    }
}

fn others() -> Published {
    let figure = |label: &str, p10: f64, p50: f64, p90: f64| PublishedFigure {
        label: label.to_owned(),
        p10: (p10 > 0.0).then_some(p10 * MS),
        p50: Some(p50 * MS),
        p90: (p90 > 0.0).then_some(p90 * MS),
        mean: None,
    };
    let mean = |label: &str, ms: f64| PublishedFigure {
        label: label.to_owned(),
        mean: Some(ms * MS),
        ..PublishedFigure::default()
    };
    let groups = Transport::ALL.map(|transport| PublishedGroup {
        transport,
        own: (transport != Transport::Sns).then(|| OwnFigure {
            p50: typical(transport),
            p10: Some(typical(transport) * 0.45),
            p90: Some(typical(transport) * 1.9),
        }),
        published: match transport {
            Transport::SyncInvoke => vec![
                figure("STeLLAR, 1 KB chained (2021)", 0.0, 11.0, 0.0),
                figure("STeLLAR, 4 MB chained (2021)", 0.0, 124.0, 0.0),
            ],
            Transport::Sns => vec![
                figure("Bite-Sized Serverless (2022)", 62.0, 73.0, 125.0),
                mean("lambdaperf (2018)", 199.0),
            ],
            Transport::Kinesis => vec![
                figure("Bite-Sized Serverless (2022)", 267.0, 627.0, 965.0),
                figure("Bite-Sized Serverless, enhanced fan-out (2022)", 28.8, 49.4, 67.5),
                mean("the original post (2018)", 500.0),
            ],
            _ => vec![],
        },
    });
    Published {
        heading: Heading::new(
            "published",
            "Published figures beside this run's",
            "handoff; other machines, years and loads: ranges to compare with, not to pass or fail",
        ),
        axis: Axis::log("handoff", Unit::Duration),
        groups: groups.to_vec(),
    }
}

fn two_runs() -> Forest {
    let rows = Transport::ALL.into_iter().flat_map(|transport| {
        PAYLOADS[..5].iter().enumerate().map(move |(at, bytes)| {
            let shift = 14.0 * noise(index(transport), at, 11);
            let half = 4.0 + 3.0 * noise(index(transport), at, 12);
            // Of the smallest payloads there are too few rounds.
            let interval = (at > 0).then_some((shift - half, shift + half));
            let (low, high) = interval.unwrap_or((-99.0, 99.0));
            ForestRow {
                transport,
                label: format!("{} KiB, 16 senders", bytes / KIB),
                shift: Measured::new(shift, interval),
                verdict: match (low > 0.0, high < 0.0) {
                    (true, _) => Verdict::Slower,
                    (_, true) => Verdict::Faster,
                    _ if low > -9.1 && high < 10.0 => Verdict::Equivalent,
                    _ => Verdict::Inconclusive,
                },
            }
        })
    });
    Forest {
        heading: Heading::new(
            "compare",
            "Handoff: run B against run A",
            "Hodges–Lehmann shift with its interval, corrected for the number of comparisons",
        ),
        axis: "shift of the handoff".to_owned(),
        margin: (-9.090_909, 10.0),
        rows: rows.collect(),
    }
}

fn fresh() -> Cold {
    let side = |title: &str, start_ms: f64, of: usize| ColdSide {
        title: title.to_owned(),
        rows: Transport::ALL
            .map(|transport| {
                let warm = typical(transport) * if of == 0 { 0.3 } else { 1.0 };
                let start = start_ms * MS * (1.0 + 0.2 * noise(index(transport), of, 13));
                ColdRow {
                    transport,
                    warm: Some(Measured::new(warm, around(warm, 0.05))),
                    fresh: Some(Measured::new(warm + start, around(warm + start, 0.09))),
                }
            })
            .to_vec(),
    };
    Cold {
        heading: Heading::new(
            "cold-start",
            "Fresh environments against warm ones",
            "medians with 95 % intervals, sender and receiver apart",
        ),
        axis: Axis::log("duration, median", Unit::Duration),
        sides: vec![
            side("A: first operation of an environment", 62.0, 0),
            side("B: handoff to an environment's first invocation", 35.0, 1),
        ],
    }
}

fn tuning() -> Distributions {
    let row = |label: &str, hollow: bool, p50: f64| Distribution {
        transport: Transport::Kinesis,
        label: label.to_owned(),
        hollow,
        median: Measured::new(p50 * MS, around(p50 * MS, 0.06)),
        p10: Some(p50 * 0.2 * MS),
        p90: Some(p50 * 1.75 * MS),
        p99: Some(p50 * 1.98 * MS),
    };
    let group =
        |title: &str, rows: Vec<Distribution>| DistributionGroup { title: title.to_owned(), rows };
    Distributions {
        heading: Heading::new(
            "kinesis-tuning",
            "Kinesis: how much of the handoff is the poll",
            "one setting changed at a time; hollow: the baseline's",
        ),
        axis: Axis::log("handoff", Unit::Duration),
        groups: vec![
            group(
                "shards",
                vec![row("1", true, 520.0), row("2", false, 515.0), row("4", false, 507.0)],
            ),
            group(
                "batch size",
                vec![row("1", false, 1910.0), row("10", false, 700.0), row("100", true, 520.0)],
            ),
            group(
                "batching window",
                vec![row("0 s", true, 520.0), row("1 s", false, 1480.0), row("5 s", false, 4100.0)],
            ),
            group(
                "parallelization factor",
                vec![row("1", true, 520.0), row("2", false, 512.0), row("10", false, 505.0)],
            ),
            group(
                "consumer",
                vec![row("shared throughput", true, 520.0), row("enhanced fan-out", false, 12.0)],
            ),
        ],
    }
}

fn baseline() -> Distributions {
    let group = |ms: f64| DistributionGroup {
        title: format!("receiver {ms} ms"),
        rows: Transport::ALL
            .map(|transport| Distribution {
                transport,
                label: transport.name().to_owned(),
                hollow: ms > 0.0,
                median: Measured::new(typical(transport), around(typical(transport), 0.03)),
                p10: Some(typical(transport) * 0.8),
                p90: Some(typical(transport) * 1.7),
                p99: (ms > 0.0).then_some(typical(transport) * 3.0),
            })
            .to_vec(),
    };
    Distributions {
        heading: Heading::new("handoff", "Handoff", "per transport and receiver duration"),
        axis: Axis::log("handoff", Unit::Duration),
        groups: vec![group(0.0), group(500.0)],
    }
}

fn two_figures() -> Crosses {
    let crosses = Transport::ALL.into_iter().flat_map(|transport| {
        [0.0, 500.0].into_iter().map(move |ms| {
            let waits = if transport == Transport::SyncInvoke { ms * MS } else { 0.0 };
            let range = |median: f64| Range { median, p10_p90: Some((median * 0.7, median * 1.6)) };
            Cross {
                transport,
                label: format!("receiver {ms} ms"),
                hollow: ms > 0.0,
                x: range(typical(transport).min(20.0 * MS) * 0.4 + waits),
                y: range(typical(transport)),
            }
        })
    });
    Crosses {
        heading: Heading::new(
            "headline",
            "How long A is busy, and how long until B has the message",
            "medians; bars: p10 to p90 · filled: receiver 0 ms · hollow: 500 ms",
        ),
        x: Axis::log("operation duration: A's call", Unit::Duration),
        y: Axis::log("handoff: from A to B", Unit::Duration),
        crosses: crosses.collect(),
    }
}

fn sample(transport: Transport) -> Vec<f64> {
    let mut values: Vec<f64> = (0..400)
        .map(|at| {
            let factor = match transport {
                Transport::Kinesis => 1.0 + 0.98 * noise(3, at, 21),
                _ => (0.5 * noise(index(transport), at, 22)).exp(),
            };
            typical(transport) * factor
        })
        .collect();
    values.sort_by(f64::total_cmp);
    values
}

fn cumulative() -> Result<Option<Chart>, ChartError> {
    let samples = Transport::ALL.map(sample);
    let samples = Transport::ALL.into_iter().zip(&samples).map(|(transport, values)| Sorted {
        transport,
        label: transport.name().to_owned(),
        values,
    });
    shares(&Shares {
        heading: Heading::new(
            "handoff-distribution",
            "Handoff: cumulative distribution",
            "share of messages handed over within a time · marker: median",
        ),
        axis: Axis::log("handoff", Unit::Duration),
        samples: samples.collect(),
    })
}

fn polls() -> Result<Option<Chart>, ChartError> {
    let values = sample(Transport::Kinesis);
    histogram(&Histogram {
        heading: Heading::new(
            "kinesis-handoff",
            "Kinesis: how long the handoff took",
            "400 messages, receiver 0 ms",
        ),
        transport: Transport::Kinesis,
        axis: "handoff".to_owned(),
        values: &values,
        uniform_ns: Some(1000.0 * MS),
    })
}

/// One chart of every kind, as a report would draw it.
pub(crate) fn all() -> Vec<Chart> {
    let drawn = [
        lines(&payload_size()),
        lines(&receiver_duration()),
        lines(&small_multiples()),
        heat_map(&p99()),
        heat_map(&one_heat_map()),
        slopes(&slope()),
        open_loop(&rates()),
        stages(&where_time_goes()),
        published(&others()),
        forest(&two_runs()),
        cold(&fresh()),
        distributions(&tuning()),
        distributions(&baseline()),
        crosses(&two_figures()),
        cumulative(),
        polls(),
    ];
    drawn.into_iter().map(|chart| chart.unwrap().unwrap()).collect()
}
