//! Figures that no run should give, and some that a run will.

use report::charts::{
    Axis, Chart, Cold, ColdRow, ColdSide, Course, Cross, Crosses, Dash, Distribution,
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

const LONG: &str = "a label that somebody made much longer than any label should ever be, with \
                    everything in it that came to mind, twice over, and then some more";

fn heading(name: &str) -> Heading {
    Heading::new(name, format!("{name}: {LONG}"), format!("{LONG} · {LONG}"))
}

fn line_chart(name: &str, series: Vec<Series>, limits: Vec<Limit>) -> Lines {
    Lines {
        heading: heading(name),
        x: Axis::log(LONG, Unit::Bytes),
        y: Axis::log(LONG, Unit::Duration),
        spread: Spread::Bands,
        panels: vec![Panel { title: LONG.to_owned(), series, limits, references: vec![] }],
    }
}

fn dashes() -> impl Iterator<Item = (Transport, Dash)> {
    [Dash::Solid, Dash::Dashed, Dash::Dotted]
        .into_iter()
        .flat_map(|dash| Transport::ALL.map(|transport| (transport, dash)))
}

/// A number of series whose points are so.
fn series(count: usize, label: &str, dots: &[Dot]) -> Vec<Series> {
    dashes()
        .take(count)
        .map(|(transport, dash)| Series {
            transport,
            label: format!("{transport} {dash:?} {label}"),
            dash,
            dots: dots.to_vec(),
        })
        .collect()
}

fn lines_of_all_sorts() -> Vec<Lines> {
    let dot = |x: f64, y: f64| Dot::new(x, y, Some((y * 0.9, y * 1.1)));
    let decades: Vec<Dot> =
        (0..10).map(|decade| dot(2f64.powi(decade * 3), 10f64.powi(decade))).collect();
    let nan = Dot::new(f64::NAN, 1.0, None);
    let infinite = Dot::new(1024.0, f64::INFINITY, Some((f64::NAN, 2.0)));
    let half = Dot::new(1024.0, 5e6, Some((f64::NEG_INFINITY, 2.0)));
    let limits: Vec<Limit> = [300.0, 310.0, 1e5, 1e6]
        .into_iter()
        .zip(Transport::ALL)
        .map(|(at, transport)| Limit { transport, at, label: LONG.to_owned() })
        .collect();
    let mut all = vec![
        line_chart("twelve-series", series(12, "", &decades), vec![]),
        line_chart("long-labels", series(3, LONG, &decades), limits.clone()),
        line_chart("one-point", series(1, "", &[dot(1024.0, 5e6)]), vec![]),
        line_chart("equal-values", series(5, "", &[dot(256.0, 5e6), dot(1024.0, 5e6)]), vec![]),
        line_chart("zeros", series(2, "", &[dot(0.0, 0.0), dot(1024.0, 5e6)]), vec![]),
        line_chart("only-zero", series(1, "", &[dot(0.0, 0.0)]), vec![]),
        line_chart("negative", series(2, "", &[dot(256.0, -4e4), dot(1024.0, 5e6)]), vec![]),
        line_chart("no-numbers", series(2, "", &[nan, infinite, half, dot(256.0, 1e3)]), limits),
    ];
    let mut linear = line_chart("linear", series(4, "", &decades), vec![]);
    linear.y = Axis::linear("y", Unit::Duration);
    linear.panels[0].references = vec![
        Reference { label: LONG.to_owned(), course: Course::Across(5e8) },
        Reference { label: "here".to_owned(), course: Course::At(64.0) },
        Reference {
            label: "falling".to_owned(),
            course: Course::Line { intercept: 1e9, slope: -1e3 },
        },
    ];
    all.push(linear);
    for panels in [2, 4, 7, 9] {
        let mut many = line_chart(&format!("panels-{panels}"), series(5, "", &decades), vec![]);
        many.panels = vec![many.panels[0].clone(); panels];
        many.panels[1].series.clear();
        all.push(many);
    }
    all
}

fn heat(name: &str, cells: &[HeatCell], panels: usize, columns: u16) -> HeatMap {
    HeatMap {
        heading: heading(name),
        x: Axis::log(LONG, Unit::Bytes).with_ticks((0..columns).map(|c| f64::from(c) * 1e5)),
        y: Axis::log(LONG, Unit::Count).with_ticks([1.0, 1e6]),
        value: Axis::log(LONG, Unit::Duration),
        panels: vec![HeatPanel { title: LONG.to_owned(), rows: vec![cells.to_vec()] }; panels],
    }
}

fn fit(transport: Transport, dots: Vec<Dot>, slope: Option<Measured>) -> Fit {
    Fit { transport, dots, intercept: 0.0, slope }
}

fn slope(name: &str, fits: Vec<Fit>) -> Slopes {
    Slopes {
        heading: heading(name),
        x: Axis::linear(LONG, Unit::Duration),
        y: Axis::linear(LONG, Unit::Duration),
        fits,
    }
}

fn arm(transport: Transport, asked: &[f64]) -> OpenLoopArm {
    let point = |asked: &f64| RatePoint {
        asked: *asked,
        arrived: Measured::new(asked / 2.0, Some((f64::NAN, 1.0))),
        falls_short: true,
        p50: Some(0.0),
        p90: None,
        p99: Some(f64::NAN),
    };
    OpenLoopArm { transport, label: LONG.to_owned(), points: asked.iter().map(point).collect() }
}

fn distribution(label: &str, median: f64, others: f64) -> Distribution {
    Distribution {
        transport: Transport::Kinesis,
        label: label.to_owned(),
        hollow: false,
        median: Measured::new(median, Some((others, others * 2.0))),
        p10: Some(others),
        p90: Some(others * 4.0),
        p99: None,
    }
}

fn change(label: &str, shift: f64, half: f64) -> ForestRow {
    ForestRow {
        transport: Transport::AsyncInvoke,
        label: label.to_owned(),
        shift: Measured::new(shift, Some((shift - half, shift + half))),
        verdict: if shift > 0.0 { Verdict::Slower } else { Verdict::Faster },
    }
}

/// Charts that can be drawn nevertheless.
pub(crate) fn drawable() -> Vec<Chart> {
    let one = Measured::new(5e6, None);
    let dot = Dot::new(0.0, 5e6, None);
    let mut drawn: Vec<_> = lines_of_all_sorts().iter().map(lines).collect();
    let hot = [HeatCell::Value(1e3), HeatCell::Value(1e12), HeatCell::Limit];
    drawn.push(heat_map(&heat("few-cells", &hot, 3, 4)));
    drawn.push(heat_map(&heat("many-columns", &[HeatCell::Value(5.4321e6); 16], 2, 16)));
    drawn.push(heat_map(&heat("one-cell", &[HeatCell::Value(0.0)], 1, 1)));
    let all = |dots: Vec<Dot>| Transport::ALL.map(|t| fit(t, dots.clone(), Some(one))).to_vec();
    drawn.push(slopes(&slope("one-dot", all(vec![dot]))));
    drawn.push(slopes(&slope("no-slope", vec![fit(Transport::Sqs, vec![dot], None)])));
    let arms = |count: usize| {
        dashes().take(count).map(|(t, _)| arm(t, &[1.0, 1e3, 1e6])).collect::<Vec<_>>()
    };
    let rates = |name: &str, arms| OpenLoop { heading: heading(name), arms };
    drawn.push(open_loop(&rates("twelve-arms", arms(12))));
    drawn.push(open_loop(&rates("one-rate", vec![arm(Transport::Sns, &[100.0])])));
    drawn.push(stages(&Stages {
        heading: heading("stages-awkward"),
        rows: vec![
            StageRow {
                transport: Transport::Sns,
                call: Some(9e14),
                stamp: Some(f64::NAN),
                handoff: Some(-4e6),
                receiver: Some(9e9),
                way_back: Some(-3.0),
            },
            StageRow {
                transport: Transport::Sqs,
                call: None,
                stamp: Some(9.876_54e11),
                handoff: Some(9.876_54e11),
                receiver: Some(9.876_54e11),
                way_back: Some(9.876_54e11),
            },
            StageRow {
                transport: Transport::Kinesis,
                call: Some(1.0),
                stamp: None,
                handoff: None,
                receiver: Some(1.0),
                way_back: None,
            },
        ],
    }));
    drawn.push(published(&Published {
        heading: heading("published-awkward"),
        axis: Axis::log(LONG, Unit::Duration),
        groups: vec![PublishedGroup {
            transport: Transport::AsyncInvoke,
            own: Some(OwnFigure { p50: 1e6, p10: Some(f64::NAN), p90: None }),
            published: vec![
                PublishedFigure { label: LONG.to_owned(), p90: Some(9e9), ..Default::default() },
                PublishedFigure { label: "x".to_owned(), mean: Some(1e3), ..Default::default() },
            ],
        }],
    }));
    let changes = |name: &str, rows| Forest {
        heading: heading(name),
        axis: LONG.to_owned(),
        margin: (-50.0, 100.0),
        rows,
    };
    let many = (0..300).map(|row| change("a cell", f64::from(row) / 10.0 - 15.0, 2.0)).collect();
    drawn.push(forest(&changes("three-hundred-rows", many)));
    let mut extreme: Vec<ForestRow> = (0..12).map(|_| change(LONG, -1.0, 0.5)).collect();
    extreme.push(change("", 123_456.0, 1e5));
    let alone = |shift| Measured::new(shift, None);
    for (shift, verdict) in [(9e7, Verdict::Inconclusive), (-99.0, Verdict::Equivalent)] {
        extreme.push(ForestRow { shift: alone(shift), verdict, ..change("far", shift, 0.0) });
    }
    drawn.push(forest(&changes("one-extreme", extreme)));
    drawn.push(forest(&changes("no-change", vec![change("cell", 0.0, 0.0)])));
    drawn.push(cold(&Cold {
        heading: heading("cold-awkward"),
        axis: Axis::log(LONG, Unit::Duration),
        sides: vec![ColdSide {
            title: LONG.to_owned(),
            rows: Transport::ALL
                .map(|transport| ColdRow { transport, warm: None, fresh: Some(one) })
                .to_vec(),
        }],
    }));
    drawn.push(distributions(&Distributions {
        heading: heading("distributions-awkward"),
        axis: Axis::log(LONG, Unit::Duration),
        groups: vec![
            DistributionGroup {
                title: LONG.to_owned(),
                rows: vec![distribution(LONG, 1.0, 9e9), distribution("x", 0.0, f64::NAN)],
            },
            DistributionGroup { title: String::new(), rows: vec![distribution("y", 5.0, 1.0)] },
        ],
    }));
    let range = |median| Range { median, p10_p90: Some((f64::NAN, median)) };
    drawn.push(crosses(&Crosses {
        heading: heading("crosses-awkward"),
        x: Axis::log(LONG, Unit::Duration),
        y: Axis::log(LONG, Unit::Duration),
        crosses: vec![Cross {
            transport: Transport::Kinesis,
            label: LONG.to_owned(),
            hollow: true,
            x: range(0.0),
            y: range(1e9),
        }],
    }));
    drawn.push(shares(&Shares {
        heading: heading("shares-awkward"),
        axis: Axis::log(LONG, Unit::Duration),
        samples: series(12, LONG, &[])
            .iter()
            .map(|series| Sorted {
                transport: series.transport,
                label: series.label.clone(),
                values: &[5.0, 5.0],
            })
            .collect(),
    }));
    for (name, values) in [("one-value", &[5e6][..]), ("negatives", &[-7.0, -3.0])] {
        drawn.push(histogram(&Histogram {
            heading: heading(name),
            transport: Transport::Sqs,
            axis: LONG.to_owned(),
            values,
            uniform_ns: Some(f64::NAN),
        }));
    }
    drawn.into_iter().map(|chart| chart.unwrap().expect("there is something to draw")).collect()
}

#[test]
fn nothing_to_draw_is_no_chart() {
    let nan = Measured::new(f64::NAN, None);
    let not_a_dot = Dot { x: 1.0, y: nan };
    let axis = || Axis::log("", Unit::Duration);
    let drawn = [
        lines(&line_chart("", vec![], vec![])),
        lines(&line_chart("", series(3, "", &[not_a_dot]), vec![])),
        heat_map(&heat("", &[HeatCell::Value(f64::NAN), HeatCell::Limit], 2, 3)),
        heat_map(&heat("", &[], 0, 0)),
        slopes(&slope("", vec![fit(Transport::Sns, vec![not_a_dot], None)])),
        slopes(&slope("", vec![])),
        open_loop(&OpenLoop { heading: heading(""), arms: vec![arm(Transport::Sns, &[])] }),
        open_loop(&OpenLoop { heading: heading(""), arms: vec![] }),
        stages(&Stages { heading: heading(""), rows: vec![] }),
        published(&Published { heading: heading(""), axis: axis(), groups: vec![] }),
        forest(&Forest {
            heading: heading(""),
            axis: String::new(),
            margin: (-9.0, 10.0),
            rows: vec![],
        }),
        cold(&Cold { heading: heading(""), axis: axis(), sides: vec![] }),
        distributions(&Distributions { heading: heading(""), axis: axis(), groups: vec![] }),
        crosses(&Crosses { heading: heading(""), x: axis(), y: axis(), crosses: vec![] }),
        shares(&Shares { heading: heading(""), axis: axis(), samples: vec![] }),
    ];
    for chart in drawn {
        assert_eq!(chart.unwrap(), None);
    }
}
