//! A cell reduced to its figures.

use std::collections::BTreeMap;

use rayon::prelude::*;
use store::{CellPlan, Side};

use super::part::PartValues;
use super::statistics::{ClusteredSample, Proportion, Resampling};
use super::{Counts, InvocationFigures, Measure, MeasureFigures};

/// What one round of a cell was like, beside its measures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellRound {
    /// The round, from 0.
    pub round: u32,
    /// What became of its messages.
    pub counts: Counts,
    /// Messages that A put.
    pub put: u64,
    /// From the first put to the last, nanoseconds of A's wall clock.
    pub put_span_ns: Option<i64>,
    /// From the first put to the last arrival, nanoseconds of two wall clocks.
    pub span_ns: Option<i64>,
    /// From the first arrival to the last, nanoseconds of B's wall clock.
    pub arrival_span_ns: Option<i64>,
}

impl CellRound {
    /// Puts per second: the gaps between the first and the last put over their time.
    #[must_use]
    pub fn put_rate_per_s(&self) -> Option<f64> {
        rate_per_s(self.put, self.put_span_ns)
    }

    /// Arrivals per second: the gaps between the first and the last arrival over their time. What a
    /// message takes is in both ends, and so in neither.
    #[must_use]
    pub fn arrival_rate_per_s(&self) -> Option<f64> {
        rate_per_s(self.arrived(), self.arrival_span_ns)
    }

    const fn arrived(&self) -> u64 {
        self.counts.delivered + self.counts.duplicated + self.counts.failed
    }

    /// Messages that arrived per second, from the first put to the last arrival.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
    pub fn throughput_per_s(&self) -> Option<f64> {
        let span = self.span_ns.filter(|span| *span > 0)?;
        Some(self.arrived() as f64 / (span as f64 / 1e9))
    }
}

/// The gaps between so many moments over the time from the first to the last.
#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
fn rate_per_s(moments: u64, span_ns: Option<i64>) -> Option<f64> {
    let span = span_ns.filter(|span| *span > 0)?;
    Some(moments.checked_sub(1)? as f64 / (span as f64 / 1e9))
}

/// Messages that met a cold start, warm-up ones too; values in ascending order, nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColdFigures {
    /// Operation durations where A was cold.
    pub sender_operation_ns: Vec<i64>,
    /// Handoffs where B was cold.
    pub receiver_handoff_ns: Vec<i64>,
}

/// Where the messages that a figure leaves out are more than this share of all, the figure with them
/// stands beside it.
pub const LEFT_OUT_SHOWN: f64 = 0.01;

/// A cell reduced to its figures. Warm-up messages are in none of them. Messages that met a start
/// which the cell does not ask for are in the counts, in `cold`, in the response and in
/// [`CellFigures::with_left_out`] only.
#[derive(Clone, Debug, PartialEq)]
pub struct CellFigures {
    /// The experiment.
    pub experiment: String,
    /// Its plan.
    pub plan: CellPlan,
    /// What became of its messages.
    pub counts: Counts,
    /// Warm-up messages.
    pub warmup: u64,
    /// How often each error code was the service's refusal.
    pub rejected_codes: BTreeMap<String, u64>,
    /// How often each error code came with a failure of B.
    pub failed_codes: BTreeMap<String, u64>,
    /// The rounds that there are parts of, in order.
    pub rounds: Vec<CellRound>,
    /// Cold starts.
    pub cold: ColdFigures,
    /// The shortest handoff, and the shortest way from the end of B's work to the end of A's call;
    /// for the bound on the clocks. Warm-up messages too.
    pub shortest_ns: (Option<i64>, Option<i64>),
    measures: [Option<MeasureFigures>; Measure::ALL.len()],
    with_left_out: [Option<MeasureFigures>; Measure::ALL.len()],
    invocations: [Option<InvocationFigures>; 2],
}

impl CellFigures {
    /// The figures of a cell from those of its parts; none of the parts, none of the figures.
    pub(crate) fn of(
        experiment: &str,
        plan: &CellPlan,
        mut parts: Vec<PartValues>,
        resampling: &Resampling,
    ) -> Self {
        let mut cell = Self {
            experiment: experiment.to_owned(),
            plan: plan.clone(),
            counts: Counts::default(),
            warmup: 0,
            rejected_codes: BTreeMap::new(),
            failed_codes: BTreeMap::new(),
            rounds: Vec::new(),
            cold: ColdFigures::default(),
            shortest_ns: (None, None),
            measures: Default::default(),
            with_left_out: Default::default(),
            invocations: Default::default(),
        };
        for part in &mut parts {
            cell.add(part);
        }
        cell.cold.sender_operation_ns.sort_unstable();
        cell.cold.receiver_handoff_ns.sort_unstable();
        for invocations in cell.invocations.iter_mut().flatten() {
            invocations.init_ns.sort_unstable();
        }
        let samples: Vec<Sample> = Measure::ALL
            .into_iter()
            .map(|measure| Sample::of(measure, &mut parts, resampling.rounds()))
            .collect();
        let reduced: Vec<_> = samples
            .into_par_iter()
            .map(|sample| (sample.measure, sample.reduce(resampling)))
            .collect();
        for (measure, (figures, with_left_out)) in reduced {
            cell.measures[measure.place()] = figures;
            cell.with_left_out[measure.place()] = with_left_out;
        }
        cell
    }

    fn add(&mut self, part: &mut PartValues) {
        self.counts += part.counts;
        self.warmup += part.warmup;
        for (codes, more) in [
            (&mut self.rejected_codes, &part.rejected_codes),
            (&mut self.failed_codes, &part.failed_codes),
        ] {
            for (code, count) in more {
                *codes.entry(code.clone()).or_default() += count;
            }
        }
        for (all, more) in self.invocations.iter_mut().zip(&mut part.invocations) {
            if let Some(more) = more.take() {
                all.get_or_insert_default().add(more);
            }
        }
        self.cold.sender_operation_ns.append(&mut part.sender_cold);
        self.cold.receiver_handoff_ns.append(&mut part.receiver_cold);
        let least = |one: Option<i64>, other: Option<i64>| one.into_iter().chain(other).min();
        self.shortest_ns = (
            least(self.shortest_ns.0, part.shortest_there_ns),
            least(self.shortest_ns.1, part.shortest_back_ns),
        );
        let from_first = |last: Option<i64>| Some(last?.saturating_sub(part.first_put_ns?));
        self.rounds.push(CellRound {
            round: part.round,
            counts: part.counts,
            put: part.put,
            put_span_ns: from_first(part.last_put_ns),
            span_ns: from_first(part.last_received_ns),
            arrival_span_ns: part
                .last_received_ns
                .zip(part.first_received_ns)
                .map(|(last, first)| last.saturating_sub(first)),
        });
    }

    /// The figures of a measure, where there are values.
    #[must_use]
    pub fn measure(&self, measure: Measure) -> Option<&MeasureFigures> {
        let of = |measure: Measure| self.measures[measure.place()].as_ref();
        match measure {
            // Without a stamp of the service it is the way from the put.
            Measure::Delivery if of(Measure::Service).is_none() => of(Measure::Handoff),
            measure => of(measure),
        }
    }

    /// The figures of a measure with the messages that [`CellFigures::measure`] leaves out, where
    /// these are more than [`LEFT_OUT_SHOWN`] of all.
    #[must_use]
    pub fn with_left_out(&self, measure: Measure) -> Option<&MeasureFigures> {
        self.with_left_out[measure.place()].as_ref()
    }

    /// The share of messages that were lost, of those not refused.
    #[must_use]
    pub fn loss(&self) -> Proportion {
        self.share(Counts::loss)
    }

    /// The share that arrived more than once, of those that arrived.
    #[must_use]
    pub fn duplicates(&self) -> Proportion {
        self.share(Counts::duplicates)
    }

    /// The share that the service refused, of all.
    #[must_use]
    pub fn rejections(&self) -> Proportion {
        self.share(Counts::rejections)
    }

    /// The share on which B raised an error, of those that arrived.
    #[must_use]
    pub fn failures(&self) -> Proportion {
        self.share(Counts::failures)
    }

    fn share(&self, of: impl Fn(&Counts) -> (u64, u64)) -> Proportion {
        let rounds: Vec<(u64, u64)> = self.rounds.iter().map(|round| of(&round.counts)).collect();
        Proportion::of_rounds(&rounds)
    }

    /// The invocations of a side, where their REPORT lines were read.
    #[must_use]
    pub fn invocations(&self, side: Side) -> Option<&InvocationFigures> {
        match side {
            Side::Sender => self.invocations[0].as_ref(),
            Side::Receiver => self.invocations[1].as_ref(),
        }
    }

    /// Messages that arrived per second: the median of the rounds.
    #[must_use]
    pub fn throughput_per_s(&self) -> Option<f64> {
        self.median_of_rounds(CellRound::throughput_per_s)
    }

    fn median_of_rounds(&self, of: fn(&CellRound) -> Option<f64>) -> Option<f64> {
        let mut values: Vec<f64> = self.rounds.iter().filter_map(of).collect();
        values.sort_unstable_by(f64::total_cmp);
        super::percentile(&values, 0.5)
    }
}

/// The values of a measure of one cell by round: those that its figures rest on, and those that they
/// leave out.
struct Sample {
    measure: Measure,
    by_round: Vec<Vec<i64>>,
    left_out: Vec<Vec<i64>>,
}

impl Sample {
    fn of(measure: Measure, parts: &mut [PartValues], rounds: usize) -> Self {
        let mut sample = Self {
            measure,
            by_round: vec![Vec::new(); rounds],
            left_out: vec![Vec::new(); rounds],
        };
        let place = measure.place();
        for part in parts {
            let round = part.round as usize;
            sample.by_round[round] = std::mem::take(&mut part.values[place]);
            sample.left_out[round] = std::mem::take(&mut part.left_out[place]);
        }
        sample
    }

    /// The figures, and those with what they leave out where that is more than
    /// [`LEFT_OUT_SHOWN`].
    #[expect(clippy::cast_precision_loss, reason = "no cell has 2^53 messages")]
    fn reduce(self, resampling: &Resampling) -> (Option<MeasureFigures>, Option<MeasureFigures>) {
        let Self { measure, mut by_round, left_out } = self;
        let count = |rounds: &[Vec<i64>]| rounds.iter().map(Vec::len).sum::<usize>();
        let (kept, more) = (count(&by_round), count(&left_out));
        let of =
            |sample: &ClusteredSample| MeasureFigures::of(sample, resampling, measure.is_main());
        let sample = ClusteredSample::new(&by_round);
        if more as f64 <= LEFT_OUT_SHOWN * (kept + more) as f64 {
            // The ordered sample is as large as the values.
            drop(by_round);
            return (of(&sample), None);
        }
        let figures = of(&sample);
        for (round, more) in by_round.iter_mut().zip(left_out) {
            round.extend(more);
        }
        (figures, of(&ClusteredSample::new(&by_round)))
    }
}
