//! The post's findings F1 to F4 as claims, with every threshold in this one file.

use wire::Transport;

use super::claims_of::{Claimed, ClaimsOf, both};
use super::{
    BASELINE, Bound, CellFigures, Claim, Experiment, Finding, Form, Measure, RECEIVER_DURATION,
    RoundStatistic, RunData,
};

/// Above this share of B's own duration, A waits for B.
pub(super) const WAITS: f64 = 0.9;
/// Below this share of B's own duration, A does not wait for B.
pub(super) const DOES_NOT_WAIT: f64 = 0.1;
/// Asynchronous invoke "performs well": within an order of magnitude of the fastest way there is...
const SAME_ORDER: f64 = 10.0;
/// ... and below what a person notices as a delay: 0.1 s (Miller, "Response time in man-computer
/// conversational transactions", 1968; Nielsen, "Usability Engineering", 1993, section 5.5).
const UNNOTICED_NS: f64 = 100e6;
/// "About 10 ms to put, over 0.5 s to deliver" are a factor of 50; a tenth allows for a put that is
/// five times as long before it is no longer quick beside the delivery.
const QUICK_PUT: f64 = 0.1;
/// The post says "over 0.5 s": one rounded average without a spread. A poll at 1 Hz makes a uniform
/// wait of 0 to 1 s, 0.5 s on average; 0.4 s leaves a fifth for the rounding and for the messages of
/// a batch that share a poll.
const SLOW_DELIVERY_NS: f64 = 0.4e9;
/// The post's "over 0.5 s", taken literally.
const HALF_A_SECOND_NS: f64 = 0.5e9;
/// "About 10 ms to put", taken as within a factor of two of it. Only AWS can tell: elsewhere a put
/// takes as long as this machine does.
const ABOUT_TEN_MS_NS: (f64, f64) = (5e6, 20e6);

/// Why a finding's thresholds are where they are, where its words alone would not say so.
#[must_use]
pub fn threshold_reason(id: &str) -> Option<&'static str> {
    match id {
        "F1" => Some(
            "a caller waits when its call grows by more than 0.9 of B's duration, and does not when \
             by less than 0.1",
        ),
        "F2" => Some(
            "\"performs well\" is taken as the same order of magnitude as the fastest way, and below \
             100 ms, which a person does not notice as a delay (Nielsen, 1993)",
        ),
        "F4" => Some(
            "the post's two figures are rounded averages of a few calls, 50 apart: a tenth leaves a \
             put five times as long, and 0.4 s a fifth below its half second, for the rounding and for \
             messages that share a poll; the literal reading, over 0.5 s, stands beside it and does \
             not decide; the phases of the poll are stratified over the rounds, which the interval does \
             not know and is too wide for; about 10 ms is taken as 5 to 20 ms",
        ),
        _ => None,
    }
}

/// The findings, with what this run says of them; none of a run without a baseline.
pub(super) fn findings(run: &RunData) -> Vec<Finding> {
    let Some(baseline) = Experiment::of(run, BASELINE) else { return vec![] };
    // How A's call grows with B's duration is told best by the experiment that varies it.
    let durations = Experiment::of(run, RECEIVER_DURATION)
        .filter(|one| one.measured().any(|cell| cell.measure(Measure::Operation).is_some()));
    let backend = &run.manifest.backend;
    let claims = Claims {
        baseline: ClaimsOf { experiment: &baseline, backend },
        durations: ClaimsOf { experiment: durations.as_ref().unwrap_or(&baseline), backend },
    };
    vec![claims.f1(), claims.f2(), claims.f3(), claims.f4()]
}

struct Claims<'a> {
    baseline: ClaimsOf<'a>,
    durations: ClaimsOf<'a>,
}

impl<'a> Claims<'a> {
    fn f1(&self) -> Finding {
        use Transport::{AsyncInvoke, Kinesis, Sns, SyncInvoke};
        let mut claims: Vec<Claim> = [AsyncInvoke, Sns, Kinesis]
            .into_iter()
            .map(|other| self.handoffs(SyncInvoke, Bound::Below, other))
            .collect();
        claims.push(self.durations.slope(SyncInvoke, Measure::Operation, Bound::Above, WAITS));
        Finding {
            id: "F1",
            statement: "Synchronous invoke is the fastest end to end, but A waits, so A's \
                        operation duration grows with B's own duration.",
            claims,
            local_mechanism: "a synchronous invoke goes straight to a free execution environment, \
                              and its answer comes back on the same connection",
        }
    }

    fn f2(&self) -> Finding {
        use Transport::{AsyncInvoke, SyncInvoke};
        let (one, other) = (self.cell(AsyncInvoke), self.cell(SyncInvoke));
        let claims = vec![
            self.durations.slope(AsyncInvoke, Measure::Operation, Bound::Below, DOES_NOT_WAIT),
            self.baseline.ratio(
                Claimed::ratio(
                    "median handoff of async-invoke over that of sync-invoke",
                    Bound::Below,
                    SAME_ORDER,
                ),
                Measure::Handoff,
                one,
                other,
            ),
            self.of_one(
                Claimed::duration("median handoff of async-invoke", Bound::Below, UNNOTICED_NS),
                RoundStatistic::Median(Measure::Handoff),
                AsyncInvoke,
            ),
        ];
        Finding {
            id: "F2",
            statement: "Asynchronous invoke performs well end to end and A does not wait for B.",
            claims,
            local_mechanism: "the internal queue of asynchronous invokes answers A before B runs",
        }
    }

    fn f3(&self) -> Finding {
        let claims = vec![self.handoffs(Transport::Sns, Bound::Above, Transport::AsyncInvoke)];
        Finding {
            id: "F3",
            statement: "SNS decouples better, but takes longer end to end than asynchronous invoke.",
            claims,
            local_mechanism: "SNS delivers through the same queue as an asynchronous invoke and \
                              adds the topic's fan-out; what AWS adds between its fleets is not \
                              there",
        }
    }

    fn f4(&self) -> Finding {
        use Transport::{AsyncInvoke, Kinesis, Sns, SyncInvoke};
        let put = |bound, threshold| {
            let claimed =
                Claimed::duration("median operation duration of kinesis", bound, threshold);
            let statistic = RoundStatistic::Median(Measure::Operation);
            self.of_one(claimed.aws_only(), statistic, Kinesis)
        };
        let delivery = |threshold| {
            Claimed::duration("mean handoff of kinesis", Bound::Above, threshold).modelled()
        };
        let mean = RoundStatistic::Mean(Measure::Handoff);
        let mut claims = vec![
            self.baseline.rounds(
                Claimed::ratio(
                    "median operation duration of kinesis over its median handoff",
                    Bound::Below,
                    QUICK_PUT,
                )
                .modelled(),
                Form::PutShare,
                RoundStatistic::Median(Measure::Handoff),
                &self.cell(Kinesis).map(|cell| vec![cell]),
            ),
            self.of_one(delivery(SLOW_DELIVERY_NS), mean, Kinesis),
            self.of_one(delivery(HALF_A_SECOND_NS).literally(), mean, Kinesis),
            put(Bound::Above, ABOUT_TEN_MS_NS.0),
            put(Bound::Below, ABOUT_TEN_MS_NS.1),
        ];
        for other in [SyncInvoke, AsyncInvoke, Sns] {
            claims.push(self.handoffs(Kinesis, Bound::Above, other));
        }
        Finding {
            id: "F4",
            statement: "Kinesis takes about 10 ms to put, and over 0.5 s to deliver.",
            claims,
            local_mechanism: "an event source mapping polls each shard once per poll interval, at \
                              a random phase",
        }
    }

    /// The cell of a transport with the shortest receiver duration.
    fn cell(&self, transport: Transport) -> Option<&'a CellFigures> {
        let experiment = self.baseline.experiment;
        experiment.cell(transport, experiment.shortest())
    }

    fn of_one(&self, claimed: Claimed, statistic: RoundStatistic, transport: Transport) -> Claim {
        let cells = self.cell(transport).map(|cell| vec![cell]);
        self.baseline.rounds(claimed, Form::Of, statistic, &cells)
    }

    /// One transport's median handoff over another's. Beside Kinesis, whose poll local-cloud models,
    /// the model decides.
    fn handoffs(&self, one: Transport, bound: Bound, other: Transport) -> Claim {
        let words = format!("median handoff of {one} over that of {other}");
        let claimed = Claimed::ratio(words, bound, 1.0);
        let polled = [one, other].contains(&Transport::Kinesis);
        let claimed = if polled { claimed.modelled() } else { claimed };
        let cells = both(self.cell(one), self.cell(other));
        let median = RoundStatistic::Median(Measure::Handoff);
        self.baseline.rounds(claimed, Form::Ratio, median, &cells)
    }
}
