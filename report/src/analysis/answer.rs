//! Which transport for which need, by this run's figures.

use wire::Transport;

use super::findings::DOES_NOT_WAIT;
use super::{
    BASELINE, CONCURRENCY, CellFigures, CellRound, Cost, Estimate, Experiment, Measure,
    PAYLOAD_SIZE, Quantity, RECEIVER_DURATION, RateRange, RunData, Statistic, cell_cost,
    cheapest_by_rate,
};
use crate::reference::Prices;

/// A need that a transport can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// B has the message as soon as possible.
    FastestHandoff,
    /// As few messages as possible take much longer than the others.
    ShortTail,
    /// A is free again as soon as possible, B being idle.
    FastestRelease,
    /// A does not wait, however long B works.
    DoesNotWait,
    /// A wants B's answer.
    AnswerOfB,
    /// The smallest payload measured.
    SmallPayload,
    /// The largest payload that most transports take.
    LargePayload,
    /// The largest payload that any of them takes.
    LargestPayload,
    /// Many messages a second from many senders.
    Throughput,
    /// The lowest price.
    Cheapest,
    /// Several receivers that A does not know.
    FanOut,
    /// An ordered stream that can be read again.
    Stream,
    /// A message outlives a B that fails.
    FailureOfB,
}

/// A figure that an answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerFigure {
    /// What it is, such as `median handoff`.
    pub what: String,
    /// The figure.
    pub estimate: Estimate,
    /// Its unit; none for US dollars.
    pub quantity: Option<Quantity>,
}

/// The transport for a need, with the figures that say so.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The need.
    pub need: Need,
    /// The best transport first; the others are those that the data cannot tell apart from it.
    pub transports: Vec<Transport>,
    /// The figures of the first of them.
    pub figures: Vec<AnswerFigure>,
    /// The experiment that they are from.
    pub experiment: String,
    /// The cell that they are from.
    pub cell: Option<u32>,
    /// What holds in that cell, such as B's duration or the payload.
    pub conditions: String,
    /// Of the cheapest: which at which rate.
    pub by_rate: Option<CheapestByRate>,
}

/// Which transport is the cheapest at which rate.
#[derive(Clone, Debug, PartialEq)]
pub struct CheapestByRate {
    /// The ranges of rates, ascending.
    pub ranges: Vec<RateRange>,
    /// What each transport costs, with its cell.
    pub costs: Vec<(Transport, u32, Cost)>,
}

/// The answers that the run has figures for.
#[must_use]
pub fn answers(run: &RunData, prices: &Prices) -> Vec<Answer> {
    let mut answers = Vec::new();
    let baseline = Experiment::of(run, BASELINE);
    let payloads = Experiment::of(run, PAYLOAD_SIZE);
    let concurrency = Experiment::of(run, CONCURRENCY);
    if let Some(baseline) = &baseline {
        let durations = Experiment::of(run, RECEIVER_DURATION);
        let of = Of { experiment: baseline };
        answers.extend(of.baseline(durations.as_ref().unwrap_or(baseline)));
    }
    if let Some(payloads) = &payloads {
        answers.extend(Of { experiment: payloads }.payloads());
    }
    if let Some(concurrency) = &concurrency {
        answers.extend(Of { experiment: concurrency }.throughput());
    }
    if let Some(baseline) = &baseline {
        let of = Of { experiment: baseline };
        answers.extend(of.cheapest(prices));
        answers.extend(of.named(Need::FanOut, Transport::Sns));
        answers.extend(of.named(Need::Stream, Transport::Kinesis));
        answers.extend(of.named(Need::FailureOfB, Transport::Sqs));
    }
    answers
}

struct Of<'a> {
    experiment: &'a Experiment<'a>,
}

impl Of<'_> {
    fn baseline(&self, durations: &Experiment<'_>) -> Vec<Answer> {
        let (short, long) = (self.experiment.shortest(), self.experiment.longest());
        let at = |receiver_ms| -> Vec<&CellFigures> {
            let cells = self.experiment.measured();
            cells.filter(|cell| cell.plan.receiver_ms == receiver_ms).collect()
        };
        let slope = |transport| durations.slope_over_receiver(transport, Measure::Operation);
        let free: Vec<&CellFigures> = at(long)
            .into_iter()
            .filter(|cell| {
                let interval = slope(cell.plan.transport).and_then(|slope| slope.interval);
                interval.is_some_and(|(_, high)| high < DOES_NOT_WAIT)
            })
            .collect();
        let with_slope = |answer: Option<Answer>| {
            answer.map(|mut answer| {
                let waits = answer.transports.first().and_then(|first| slope(*first));
                answer.figures.extend(waits.map(|estimate| AnswerFigure {
                    what: "A waits, per unit of B's duration,".to_owned(),
                    estimate,
                    quantity: Some(Quantity::Ratio),
                }));
                answer
            })
        };
        let sync: Vec<&CellFigures> = at(short)
            .into_iter()
            .filter(|cell| cell.plan.transport == Transport::SyncInvoke)
            .collect();
        let median = Statistic::Median;
        [
            self.lowest(Need::FastestHandoff, at(short), median, Measure::Handoff),
            self.lowest(Need::ShortTail, at(short), Statistic::P99, Measure::Handoff),
            self.lowest(Need::FastestRelease, at(short), median, Measure::Operation),
            with_slope(self.lowest(Need::DoesNotWait, free, median, Measure::Handoff)),
            with_slope(self.lowest(Need::AnswerOfB, sync, median, Measure::Operation)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn payloads(&self) -> Vec<Answer> {
        let with = |bytes: u32| -> Vec<&CellFigures> {
            let cells = self.experiment.measured().filter(|cell| {
                cell.plan.payload_bytes == bytes && cell.measure(Measure::Handoff).is_some()
            });
            cells.collect()
        };
        let transports = |bytes: u32| {
            let mut transports: Vec<_> = with(bytes).iter().map(|c| c.plan.transport).collect();
            transports.sort_unstable();
            transports.dedup();
            transports.len()
        };
        let mut sizes = self.experiment.values(|plan| plan.payload_bytes);
        sizes.retain(|bytes| transports(*bytes) > 0);
        let largest = sizes.last().copied();
        let most = sizes.iter().map(|bytes| transports(*bytes)).max().unwrap_or(0);
        let by_most = |bytes: &&u32| transports(**bytes) > 1 && transports(**bytes) * 2 > most;
        let shared = sizes.iter().rev().find(by_most).copied();
        let answer = |need, bytes: Option<u32>| {
            self.lowest(need, with(bytes?), Statistic::Median, Measure::Handoff)
        };
        [
            answer(Need::SmallPayload, sizes.first().copied()),
            answer(Need::LargePayload, shared),
            answer(Need::LargestPayload, largest.filter(|bytes| Some(*bytes) != shared)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The most messages a second with the most senders.
    fn throughput(&self) -> Option<Answer> {
        let closed = |cell: &&CellFigures| cell.plan.rate_per_s.is_none();
        let most = self.experiment.measured().filter(closed).map(|c| c.plan.concurrency).max()?;
        let cells = || {
            let busy = self.experiment.measured().filter(closed);
            busy.filter(move |cell| cell.plan.concurrency == most)
        };
        let smallest = cells().map(|cell| cell.plan.payload_bytes).min()?;
        // What was refused was not handed over, and what it would have cost is not known.
        let taken = |cell: &&CellFigures| cell.counts.rejected == 0;
        let rate = CellRound::throughput_per_s;
        let mut ranked: Vec<(Estimate, &CellFigures)> = cells()
            .filter(|cell| cell.plan.payload_bytes == smallest)
            .filter(taken)
            .filter_map(|cell| Some((self.experiment.of_rounds(cell, rate)?, cell)))
            .collect();
        ranked.sort_by(|a, b| b.0.value.total_cmp(&a.0.value));
        let (first, best) = *ranked.first()?;
        let transports = ranked
            .iter()
            .filter(|(_, cell)| {
                let ratio = self.experiment.ratio_of_rounds(cell, best, rate);
                ratio.and_then(|r| r.interval).is_none_or(|(_, high)| high >= 1.0)
            })
            .map(|(_, cell)| cell.plan.transport)
            .collect();
        let figure = AnswerFigure {
            what: "messages handed over a second".to_owned(),
            estimate: first,
            quantity: Some(Quantity::Rate),
        };
        Some(self.answer(Need::Throughput, transports, vec![figure], best))
    }

    /// Never one rate's winner: what is paid by the hour is shared by as many messages as come.
    fn cheapest(&self, prices: &Prices) -> Option<Answer> {
        let cells = baseline_costs(self.experiment, prices);
        let costs: Vec<(Transport, Cost)> =
            cells.iter().map(|(cell, cost)| (cell.plan.transport, *cost)).collect();
        let ranges = cheapest_by_rate(&costs);
        let first = ranges.first()?.cheapest;
        let best = cells.iter().find(|(cell, _)| cell.plan.transport == first)?.0;
        let mut transports: Vec<Transport> = Vec::new();
        for range in &ranges {
            if !transports.contains(&range.cheapest) {
                transports.push(range.cheapest);
            }
        }
        let costs = cells.iter().map(|(cell, cost)| (cell.plan.transport, cell.plan.cell, *cost));
        let by_rate = CheapestByRate { costs: costs.collect(), ranges };
        let answer = self.answer(Need::Cheapest, transports, vec![], best);
        Some(Answer { cell: None, by_rate: Some(by_rate), ..answer })
    }

    /// What a transport is the answer to by its nature, with its handoff.
    fn named(&self, need: Need, transport: Transport) -> Option<Answer> {
        let cell = self.experiment.cell(transport, self.experiment.shortest())?;
        self.lowest(need, vec![cell], Statistic::Median, Measure::Handoff)
    }

    /// The cell with the lowest statistic of a measure, and those whose difference to it may be
    /// nothing.
    fn lowest(
        &self,
        need: Need,
        among: Vec<&CellFigures>,
        statistic: Statistic,
        measure: Measure,
    ) -> Option<Answer> {
        let value = |cell: &CellFigures| Some(cell.measure(measure)?.statistic(statistic)?.0);
        let mut ranked: Vec<(f64, &CellFigures)> =
            among.into_iter().filter_map(|cell| Some((value(cell)?, cell))).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (_, best) = *ranked.first()?;
        let mut transports = vec![best.plan.transport];
        for (_, other) in &ranked[1..] {
            let difference = self.experiment.contrast(
                statistic,
                measure,
                Some(other),
                Some(best),
                |other, best| other - best,
            );
            let apart = difference.and_then(|d| d.interval).is_some_and(|(low, _)| low > 0.0);
            if !apart && !transports.contains(&other.plan.transport) {
                transports.push(other.plan.transport);
            }
        }
        let summary = &best.measure(measure)?.summary;
        let figure = |what: &str, estimate| AnswerFigure {
            what: format!("{what} {}", measure.name()),
            estimate,
            quantity: Some(Quantity::Duration),
        };
        let p99 = summary.estimate_at(0.99).map(|p99| figure("p99", p99));
        let mut figures = vec![figure("median", summary.median)];
        match statistic {
            Statistic::P99 => figures = p99.into_iter().chain(figures).collect(),
            Statistic::Median | Statistic::Mean => {}
        }
        Some(self.answer(need, transports, figures, best))
    }

    fn answer(
        &self,
        need: Need,
        transports: Vec<Transport>,
        figures: Vec<AnswerFigure>,
        best: &CellFigures,
    ) -> Answer {
        use super::CellAxis::{Consumer, Load, Payload, Receiver, Senders, Shards};
        let cheapest = need == Need::Cheapest;
        let kinesis = best.plan.transport == Transport::Kinesis;
        let varied = self.experiment.axes();
        let mut axes = vec![Payload, Senders, Load, Receiver, Consumer, Shards];
        axes.retain(|axis| match axis {
            Payload => cheapest || varied.contains(axis),
            Senders => varied.contains(axis),
            Load => false,
            // Pushed records and polled ones are as far apart as two transports.
            Consumer => kinesis,
            Shards => kinesis && need == Need::Throughput,
            _ => true,
        });
        let words = |axis: &super::CellAxis| match axis {
            Payload => format!("payload {}", axis.value(&best.plan)),
            axis => axis.words(&best.plan),
        };
        let conditions: Vec<String> = axes.iter().map(words).collect();
        Answer {
            need,
            transports,
            figures,
            experiment: self.experiment.name.to_owned(),
            cell: Some(best.plan.cell),
            conditions: conditions.join(", "),
            by_rate: None,
        }
    }
}

/// What each transport costs where B works for the shortest time, with the cell that says so.
#[must_use]
pub fn baseline_costs<'a>(
    experiment: &Experiment<'a>,
    prices: &Prices,
) -> Vec<(&'a CellFigures, Cost)> {
    let cost = |transport| {
        let cell = experiment.cell(transport, experiment.shortest())?;
        Some((cell, cell_cost(cell, prices)?))
    };
    experiment.transports().into_iter().filter_map(cost).collect()
}
