//! Which transport for which need, by this run's figures.

use store::BackendFacts;
use wire::Transport;

use super::claims_of::ClaimsOf;
use super::findings::DOES_NOT_WAIT;
use super::statistics::LEVELS;
use super::{
    BASELINE, Bound, CONCURRENCY, CellFigures, CellRound, Claim, Conclusions, Cost, Estimate,
    Experiment, Measure, PAYLOAD_SIZE, Quantity, RECEIVER_DURATION, Ranking, RateRange,
    RoundStatistic, Verdict, cell_cost, cheapest_by_rate,
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

impl Need {
    /// Its name in files that programs read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FastestHandoff => "fastest-handoff",
            Self::ShortTail => "short-tail",
            Self::FastestRelease => "fastest-release",
            Self::DoesNotWait => "does-not-wait",
            Self::AnswerOfB => "answer-of-b",
            Self::SmallPayload => "small-payload",
            Self::LargePayload => "large-payload",
            Self::LargestPayload => "largest-payload",
            Self::Throughput => "throughput",
            Self::Cheapest => "cheapest",
            Self::FanOut => "fan-out",
            Self::Stream => "stream",
            Self::FailureOfB => "failure-of-b",
        }
    }
}

/// A figure that an answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerFigure {
    /// What it is, such as `median handoff`.
    pub what: String,
    /// The figure.
    pub estimate: Estimate,
    /// The figure with the messages that it leaves out, where these are more than
    /// [`super::LEFT_OUT_SHOWN`].
    pub with_left_out: Option<f64>,
    /// Its unit; none for US dollars.
    pub quantity: Option<Quantity>,
    /// Where it is from and what its interval is, where that is not what holds for the answer.
    pub source: Option<String>,
}

/// The transports for a need, with the figures that say so.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The need.
    pub need: Need,
    /// The transports in tiers, the best first. Within a tier none is shown to be worse than its
    /// first by more than the margin.
    pub tiers: Vec<Vec<Transport>>,
    /// How many transports were compared.
    pub compared: usize,
    /// The figures of the first of them.
    pub figures: Vec<AnswerFigure>,
    /// The smallest ratio between the first and those that stand with it, or the next, that this
    /// sample would have found; none where nothing was compared.
    pub finds: Option<f64>,
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

/// Whether A waits for B over a transport.
#[derive(Clone, Debug, PartialEq)]
pub struct Waits {
    /// The transport.
    pub transport: Transport,
    /// That it does not.
    pub claim: Claim,
}

fn named<'a>(experiments: &'a [Experiment<'a>], name: &str) -> Option<&'a Experiment<'a>> {
    experiments.iter().find(|experiment| experiment.name == name)
}

/// Whether A waits for B, over each transport: by the experiment that varies B's duration, and by the
/// baseline where that does not have the transport.
pub(super) fn waits(experiments: &[Experiment<'_>], backend: &BackendFacts) -> Vec<Waits> {
    let of = |transport: Transport| {
        let of_durations = [RECEIVER_DURATION, BASELINE].map(|name| named(experiments, name));
        let has = |experiment: &&Experiment<'_>| experiment.transports().contains(&transport);
        let experiment = of_durations.into_iter().flatten().find(has)?;
        let claims = ClaimsOf { experiment, backend };
        let claim = claims.slope(transport, Measure::Operation, Bound::Below, DOES_NOT_WAIT);
        Some(Waits { transport, claim })
    };
    Transport::ALL.into_iter().filter_map(of).collect()
}

/// The cells that needs are answered by.
pub(super) fn rankings<'a>(experiments: &'a [Experiment<'a>]) -> Vec<Ranking<'a>> {
    let mut rankings = Vec::new();
    if let Some(experiment) = named(experiments, BASELINE) {
        rankings.extend(Of { experiment }.baseline());
    }
    if let Some(experiment) = named(experiments, PAYLOAD_SIZE) {
        rankings.extend(Of { experiment }.payloads());
    }
    if let Some(experiment) = named(experiments, CONCURRENCY) {
        rankings.extend(Of { experiment }.throughput());
    }
    rankings
}

/// The answers that the run has figures for.
pub(super) fn answers(
    conclusions: &Conclusions<'_>,
    experiments: &[Experiment<'_>],
    prices: &Prices,
) -> Vec<Answer> {
    let mut answers = Vec::new();
    for ranking in &conclusions.rankings {
        let Some(experiment) = named(experiments, ranking.experiment) else { continue };
        let of = Of { experiment };
        answers.extend(of.ranked(ranking, conclusions));
        if ranking.need == Need::DoesNotWait {
            answers.extend(of.waiting(conclusions));
        }
    }
    if let Some(experiment) = named(experiments, BASELINE) {
        let of = Of { experiment };
        answers.extend(of.cheapest(prices));
        answers.extend(of.named(Need::FanOut, Transport::Sns));
        answers.extend(of.named(Need::Stream, Transport::Kinesis));
        answers.extend(of.named(Need::FailureOfB, Transport::Sqs));
    }
    answers
}

struct Of<'a, 'e> {
    experiment: &'e Experiment<'a>,
}

const TAILS: [f64; 2] = [0.99, 0.9];

impl<'a> Of<'a, '_> {
    fn at(&self, receiver_ms: u32) -> Vec<&'a CellFigures> {
        let cells = self.experiment.measured();
        cells.filter(|cell| cell.plan.receiver_ms == receiver_ms).collect()
    }

    fn baseline(&self) -> Vec<Ranking<'a>> {
        let (short, long) = (self.experiment.shortest(), self.experiment.longest());
        let (operation, handoff) =
            (RoundStatistic::Median(Measure::Operation), RoundStatistic::Median(Measure::Handoff));
        let tail = self.tail(&self.at(short));
        let tail = tail.map(|level| RoundStatistic::Level(Measure::Handoff, level));
        [
            self.lowest(Need::FastestHandoff, self.at(short), handoff),
            tail.and_then(|tail| self.lowest(Need::ShortTail, self.at(short), tail)),
            self.lowest(Need::FastestRelease, self.at(short), operation),
            self.lowest(Need::DoesNotWait, self.at(long), handoff),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The furthest percentile that every round of these cells carries, as rounds are compared; none
    /// where their rounds have too few messages.
    fn tail(&self, cells: &[&CellFigures]) -> Option<f64> {
        let carries = |level: f64| {
            let place = LEVELS.iter().position(|one| (one - level).abs() < 1e-9);
            let figures = cells.iter().filter_map(|cell| cell.measure(Measure::Handoff));
            place.is_some_and(|place| {
                figures.flat_map(|found| &found.rounds).all(|round| round.levels[place].is_some())
            })
        };
        TAILS.into_iter().find(|level| carries(*level))
    }

    fn payloads(&self) -> Vec<Ranking<'a>> {
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
        let ranking = |need, bytes: Option<u32>| {
            self.lowest(need, with(bytes?), RoundStatistic::Median(Measure::Handoff))
        };
        [
            ranking(Need::SmallPayload, sizes.first().copied()),
            ranking(Need::LargePayload, shared),
            ranking(Need::LargestPayload, largest.filter(|bytes| Some(*bytes) != shared)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The most messages a second with the most senders.
    fn throughput(&self) -> Option<Ranking<'a>> {
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
        let cells = cells()
            .filter(|cell| cell.plan.payload_bytes == smallest)
            .filter(taken)
            .filter_map(|cell| Some((self.experiment.of_rounds(cell, rate)?, cell)));
        Ranking::of(Need::Throughput, self.experiment, RoundStatistic::Throughput, true, cells)
    }

    /// Never one rate's winner: what is paid by the hour is shared by as many messages as come.
    fn cheapest(&self, prices: &Prices) -> Option<Answer> {
        let cells = baseline_costs(self.experiment, prices);
        let costs: Vec<(Transport, Cost)> =
            cells.iter().map(|(cell, cost)| (cell.plan.transport, *cost)).collect();
        let ranges = cheapest_by_rate(&costs);
        let first = ranges.first()?.cheapest;
        let best = cells.iter().find(|(cell, _)| cell.plan.transport == first)?.0;
        let costs = cells.iter().map(|(cell, cost)| (cell.plan.transport, cell.plan.cell, *cost));
        let by_rate = CheapestByRate { costs: costs.collect(), ranges };
        let answer = self.answer(Need::Cheapest, vec![], vec![], best);
        Some(Answer { cell: None, by_rate: Some(by_rate), ..answer })
    }

    /// What a transport is the answer to by its nature, with its handoff.
    fn named(&self, need: Need, transport: Transport) -> Option<Answer> {
        let cell = self.experiment.cell(transport, self.experiment.shortest())?;
        let figure = median(cell, Measure::Handoff)?;
        Some(self.answer(need, vec![vec![transport]], vec![figure], cell))
    }

    /// Who wants B's answer has to wait for it.
    fn waiting(&self, conclusions: &Conclusions<'_>) -> Option<Answer> {
        let sync = Transport::SyncInvoke;
        let cell = self.experiment.cell(sync, self.experiment.shortest())?;
        let figures = vec![median(cell, Measure::Operation)?];
        let figures = figures.into_iter().chain(slope_of(conclusions, sync)).collect();
        Some(self.answer(Need::AnswerOfB, vec![vec![sync]], figures, cell))
    }

    /// Ranks cells by a statistic of a measure, the lowest first.
    fn lowest(
        &self,
        need: Need,
        among: Vec<&'a CellFigures>,
        statistic: RoundStatistic,
    ) -> Option<Ranking<'a>> {
        let figure = |cell: &CellFigures| match statistic {
            RoundStatistic::Median(measure) => Some(cell.measure(measure)?.summary.median),
            RoundStatistic::Mean(measure) => Some(cell.measure(measure)?.summary.mean),
            RoundStatistic::Level(measure, level) => {
                cell.measure(measure)?.summary.estimate_at(level)
            }
            RoundStatistic::Throughput => None,
        };
        let cells = among.into_iter().filter_map(|cell| Some((figure(cell)?, cell)));
        Ranking::of(need, self.experiment, statistic, false, cells)
    }

    /// The answer that a ranking gives, once it is judged.
    fn ranked(&self, ranking: &Ranking<'_>, conclusions: &Conclusions<'_>) -> Option<Answer> {
        let mut ranking = ranking.clone();
        if ranking.need == Need::DoesNotWait {
            let free = |cell: &CellFigures| {
                conclusions.waits.iter().any(|waits| {
                    waits.transport == cell.plan.transport
                        && waits.claim.verdict() == Verdict::Holds
                })
            };
            ranking.retain(free);
        }
        let (best, first) = (*ranking.cells.first()?, *ranking.figures.first()?);
        let mut figures = match ranking.statistic {
            RoundStatistic::Median(measure) | RoundStatistic::Mean(measure) => {
                vec![median(best, measure)?]
            }
            RoundStatistic::Level(measure, level) => {
                let what = format!("p{} {}", level * 100.0, measure.name());
                let with = best.with_left_out(measure);
                let with_left_out = with.and_then(|found| found.summary.at(level));
                let quantity = Some(Quantity::Duration);
                let tail =
                    AnswerFigure { what, estimate: first, with_left_out, quantity, source: None };
                vec![tail, median(best, measure)?]
            }
            RoundStatistic::Throughput => vec![AnswerFigure {
                what: "messages handed over a second".to_owned(),
                estimate: first,
                with_left_out: None,
                quantity: Some(Quantity::Rate),
                source: None,
            }],
        };
        if ranking.need == Need::DoesNotWait {
            figures.extend(slope_of(conclusions, best.plan.transport));
        }
        let tiers = ranking.tiers().into_iter().map(|tier| {
            let mut transports: Vec<Transport> = Vec::new();
            for place in tier {
                let transport = ranking.cells[place].plan.transport;
                if !transports.contains(&transport) {
                    transports.push(transport);
                }
            }
            transports
        });
        let finds = ranking.finds(conclusions.family.alpha_of_each(), conclusions.margin);
        let compared = ranking.cells.len();
        Some(Answer {
            finds,
            compared,
            ..self.answer(ranking.need, tiers.collect(), figures, best)
        })
    }

    fn answer(
        &self,
        need: Need,
        tiers: Vec<Vec<Transport>>,
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
            tiers,
            compared: 0,
            figures,
            finds: None,
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

/// The median of a measure of a cell.
fn median(cell: &CellFigures, measure: Measure) -> Option<AnswerFigure> {
    Some(AnswerFigure {
        what: format!("median {}", measure.name()),
        estimate: cell.measure(measure)?.summary.median,
        with_left_out: cell.with_left_out(measure).map(|found| found.summary.median.value),
        quantity: Some(Quantity::Duration),
        source: None,
    })
}

/// How much A waits, per unit of B's duration.
fn slope_of(conclusions: &Conclusions<'_>, transport: Transport) -> Option<AnswerFigure> {
    let waits = conclusions.waits.iter().find(|waits| waits.transport == transport)?;
    let with_left_out = waits.claim.tested().and_then(|contrast| contrast.with_left_out);
    let estimate = waits.claim.estimate()?;
    let cells: Vec<String> = waits.claim.cells.iter().map(u32::to_string).collect();
    let source = format!(
        "mean over the rounds with the interval of the claims, {} cells {}, n = {}",
        waits.claim.experiment,
        cells.join(", "),
        estimate.n
    );
    Some(AnswerFigure {
        what: "A waits, per unit of B's duration,".to_owned(),
        estimate,
        with_left_out,
        quantity: Some(Quantity::Ratio),
        source: Some(source),
    })
}
