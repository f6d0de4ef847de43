//! One figure of each round, which a claim rests on.

use std::collections::BTreeMap;

use super::statistics::{LEVELS, RoundSample, RoundsTest, theil_sen};
use super::{CellFigures, CellRound, Measure, MeasureFigures};

/// What is taken of the messages of one cell in one round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RoundStatistic {
    /// The median of a measure.
    Median(Measure),
    /// The arithmetic mean of a measure.
    Mean(Measure),
    /// A percentile of a measure, one of [`LEVELS`], where the round's messages carry it.
    Level(Measure, f64),
    /// Messages that arrived per second.
    Throughput,
}

impl RoundStatistic {
    /// Its name in files that programs read.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Median(measure) => format!("median {}", measure.name()),
            Self::Mean(measure) => format!("mean {}", measure.name()),
            Self::Level(measure, level) => format!("p{} {}", level * 100.0, measure.name()),
            Self::Throughput => "throughput".to_owned(),
        }
    }

    const fn measure(self) -> Option<Measure> {
        match self {
            Self::Median(measure) | Self::Mean(measure) | Self::Level(measure, _) => Some(measure),
            Self::Throughput => None,
        }
    }

    fn of_sample(self, sample: &RoundSample) -> Option<f64> {
        match self {
            Self::Median(_) => sample.median,
            Self::Mean(_) => sample.mean,
            Self::Level(_, level) => {
                sample.levels[LEVELS.iter().position(|one| (one - level).abs() < 1e-9)?]
            }
            Self::Throughput => None,
        }
    }
}

/// How the figure of a round is made from those of its cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// That of one cell.
    Of,
    /// That of the first cell over that of the second.
    Ratio,
    /// That of the first cell less that of the second.
    Difference,
    /// The operation duration over the handoff, of one cell.
    PutShare,
    /// The Theil–Sen slope over B's duration, of all cells.
    Slope,
    /// Growth of the operation duration from the first cell to the second, less this share of the
    /// growth of the response.
    Hidden(f64),
}

impl Form {
    /// Its name in files that programs read.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Of => "of one cell".to_owned(),
            Self::Ratio => "ratio".to_owned(),
            Self::Difference => "difference".to_owned(),
            Self::PutShare => "operation duration over handoff".to_owned(),
            Self::Slope => "slope over receiver duration".to_owned(),
            Self::Hidden(share) => {
                format!("growth of operation duration less {share} of that of response")
            }
        }
    }
}

/// The scale on which the rounds' figures are averaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundScale {
    /// The logarithm: the figure is their geometric mean.
    Log,
    /// As they are: the figure is their arithmetic mean.
    Linear,
}

impl RoundScale {
    /// A figure on the scale.
    #[must_use]
    pub fn of(self, figure: f64) -> f64 {
        if self == Self::Log { figure.ln() } else { figure }
    }

    /// A figure back from the scale.
    #[must_use]
    pub fn back(self, scaled: f64) -> f64 {
        if self == Self::Log { scaled.exp() } else { scaled }
    }

    /// Its name in files that programs read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Linear => "linear",
        }
    }
}

/// One figure of each round, from cells of one experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundContrast {
    /// How a round's figure is made.
    pub form: Form,
    /// What is taken of each cell.
    pub statistic: RoundStatistic,
    /// The scale of `figures`.
    pub scale: RoundScale,
    /// One for each round in which every cell has messages, on the scale.
    pub figures: Vec<f64>,
    /// How many messages they rest on.
    pub n: usize,
    /// The figure with the messages that it leaves out, where a cell's are more than
    /// [`super::LEFT_OUT_SHOWN`] of all; not on the scale.
    pub with_left_out: Option<f64>,
}

impl RoundContrast {
    /// The contrast of some cells; none without a round that has messages in all of them, and none
    /// where a ratio is asked for and a round's figure is not above 0, as of two clocks it can be.
    #[must_use]
    pub fn of(form: Form, statistic: RoundStatistic, cells: &[&CellFigures]) -> Option<Self> {
        let scale = match (form, statistic) {
            (Form::Ratio | Form::PutShare, _) | (Form::Of, RoundStatistic::Median(_)) => {
                RoundScale::Log
            }
            _ => RoundScale::Linear,
        };
        let figures = scaled(form, statistic, scale, &Reader { cells, with_left_out: false })?;
        let with_left_out = Reader { cells, with_left_out: true };
        let with_left_out = if with_left_out.differs(form, statistic) {
            scaled(form, statistic, scale, &with_left_out).and_then(|all| mean(&all))
        } else {
            None
        };
        let with_left_out = with_left_out.map(|mean| scale.back(mean));
        let n = messages(form, statistic, cells);
        Some(Self { form, statistic, scale, figures, n, with_left_out })
    }

    /// The mean over the rounds, geometric where the scale is logarithmic.
    #[must_use]
    pub fn figure(&self) -> Option<f64> {
        Some(self.scale.back(mean(&self.figures)?))
    }

    /// The test of the rounds' figures, of two rounds or more.
    #[must_use]
    pub fn test(&self) -> Option<RoundsTest> {
        RoundsTest::of(&self.figures)
    }
}

#[expect(clippy::cast_precision_loss, reason = "as many values as there are rounds")]
fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Reads the figures of rounds, with or without the messages that figures leave out.
struct Reader<'a> {
    cells: &'a [&'a CellFigures],
    with_left_out: bool,
}

type ByRound = BTreeMap<u32, f64>;

impl Reader<'_> {
    fn measure<'c>(&self, cell: &'c CellFigures, measure: Measure) -> Option<&'c MeasureFigures> {
        let all = cell.with_left_out(measure).filter(|_| self.with_left_out);
        all.or_else(|| cell.measure(measure))
    }

    /// Whether any of the cells leaves out enough messages to show the figure with them.
    fn differs(&self, form: Form, statistic: RoundStatistic) -> bool {
        let measures = measures(form, statistic);
        let left_out = |cell: &&CellFigures| {
            measures.iter().any(|measure| cell.with_left_out(*measure).is_some())
        };
        self.cells.iter().any(left_out)
    }

    fn of(&self, cell: &CellFigures, statistic: RoundStatistic) -> ByRound {
        let Some(measure) = statistic.measure() else {
            let rate = |round: &CellRound| Some((round.round, round.throughput_per_s()?));
            return cell.rounds.iter().filter_map(rate).collect();
        };
        let Some(figures) = self.measure(cell, measure) else { return ByRound::new() };
        let of = |sample: &RoundSample| Some((sample.round, statistic.of_sample(sample)?));
        figures.rounds.iter().filter_map(of).collect()
    }

    /// A function of two cells' figures in each round that has both.
    fn both(&self, one: ByRound, other: &ByRound, of: impl Fn(f64, f64) -> f64) -> ByRound {
        let both = |(round, value): (u32, f64)| Some((round, of(value, *other.get(&round)?)));
        one.into_iter().filter_map(both).collect()
    }
}

/// The measures whose values a contrast rests on.
fn measures(form: Form, statistic: RoundStatistic) -> Vec<Measure> {
    match form {
        Form::PutShare => vec![Measure::Operation, Measure::Handoff],
        Form::Hidden(_) => vec![Measure::Operation, Measure::Response],
        _ => statistic.measure().into_iter().collect(),
    }
}

fn messages(form: Form, statistic: RoundStatistic, cells: &[&CellFigures]) -> usize {
    let measure = match form {
        Form::PutShare => Some(Measure::Handoff),
        Form::Hidden(_) => Some(Measure::Response),
        _ => statistic.measure(),
    };
    let of = |cell: &&CellFigures| match measure {
        Some(measure) => cell.measure(measure).map_or(0, |found| found.summary.n),
        None => usize::try_from(cell.counts.asked).unwrap_or(usize::MAX),
    };
    cells.iter().map(of).sum()
}

/// The rounds' figures on the scale; none without any, or where one has no logarithm.
fn scaled(
    form: Form,
    statistic: RoundStatistic,
    scale: RoundScale,
    reader: &Reader<'_>,
) -> Option<Vec<f64>> {
    let figures = by_round(form, statistic, reader)?;
    let figures: Vec<f64> = figures.into_values().map(|figure| scale.of(figure)).collect();
    (!figures.is_empty() && figures.iter().all(|figure| figure.is_finite())).then_some(figures)
}

fn by_round(form: Form, statistic: RoundStatistic, reader: &Reader<'_>) -> Option<ByRound> {
    let of =
        |place: usize, statistic| reader.cells.get(place).map(|cell| reader.of(cell, statistic));
    let (operation, handoff, response) = (
        RoundStatistic::Median(Measure::Operation),
        RoundStatistic::Median(Measure::Handoff),
        RoundStatistic::Median(Measure::Response),
    );
    Some(match form {
        Form::Of => of(0, statistic)?,
        Form::Ratio => reader.both(of(0, statistic)?, &of(1, statistic)?, |a, b| {
            // Of two negative figures the ratio says nothing.
            if a > 0.0 && b > 0.0 { a / b } else { f64::NAN }
        }),
        Form::Difference => reader.both(of(0, statistic)?, &of(1, statistic)?, |a, b| a - b),
        Form::PutShare => reader.both(of(0, operation)?, &of(0, handoff)?, |put, handoff| {
            if put > 0.0 && handoff > 0.0 { put / handoff } else { f64::NAN }
        }),
        Form::Slope => slopes(statistic, reader),
        Form::Hidden(share) => {
            let less = |a: f64, b: f64| a - b;
            let call = reader.both(of(1, operation)?, &of(0, operation)?, less);
            let waited = reader.both(of(1, response)?, &of(0, response)?, less);
            reader.both(call, &waited, |call, waited| call - share * waited)
        }
    })
}

/// The slope over B's duration in each round that has two durations or more.
fn slopes(statistic: RoundStatistic, reader: &Reader<'_>) -> ByRound {
    let mut points: BTreeMap<u32, Vec<(f64, f64)>> = BTreeMap::new();
    for cell in reader.cells {
        let receiver_ns = f64::from(cell.plan.receiver_ms) * 1e6;
        for (round, value) in reader.of(cell, statistic) {
            points.entry(round).or_default().push((receiver_ns, value));
        }
    }
    let slope = |(round, points): (u32, Vec<(f64, f64)>)| Some((round, theil_sen(&points)?.slope));
    points.into_iter().filter_map(slope).collect()
}
