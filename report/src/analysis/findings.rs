//! The post's findings F1 to F4 as claims, with every threshold in this one file.

use wire::Transport;

use super::{Baseline, Claim, Estimate, Measure, Side, Verdict};

/// Above this share of B's own duration, A waits for B.
const WAITS: f64 = 0.9;
/// Below this share of B's own duration, A does not wait for B.
const DOES_NOT_WAIT: f64 = 0.1;
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

/// A finding of the post with its claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// F1 to F4.
    pub id: &'static str,
    /// What the post says.
    pub statement: &'static str,
    /// The inequalities it consists of.
    pub claims: Vec<Claim>,
    /// The mechanisms of local-cloud that it rests on there.
    pub local_mechanism: &'static str,
}

impl Finding {
    /// Reproduced when every claim is; not reproduced when any is refuted; else undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::together(self.claims.iter().map(Claim::verdict))
    }
}

/// The findings, with what this run says of them.
#[must_use]
pub fn findings(baseline: &Baseline<'_>) -> Vec<Finding> {
    let claims = ClaimsOf { baseline };
    vec![claims.f1(), claims.f2(), claims.f3(), claims.f4()]
}

struct ClaimsOf<'a> {
    baseline: &'a Baseline<'a>,
}

impl ClaimsOf<'_> {
    fn f1(&self) -> Finding {
        use Transport::{AsyncInvoke, Kinesis, Sns, SyncInvoke};
        let mut claims: Vec<Claim> = [AsyncInvoke, Sns, Kinesis]
            .into_iter()
            .map(|other| self.handoff_difference(SyncInvoke, Side::Below, other))
            .collect();
        claims.push(self.wait_slope(SyncInvoke, Side::Above, WAITS));
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
        let (receiver, handoff) = (self.baseline.shortest(), Measure::Handoff);
        let figures = |transport| self.baseline.measure(transport, receiver, handoff);
        let ratio =
            self.baseline
                .of_medians(figures(AsyncInvoke), figures(SyncInvoke), |one, other| one / other);
        let median = figures(AsyncInvoke).map(|figures| figures.summary.median);
        let cells = |transports: &[Transport]| self.cells(transports, &[receiver]);
        let claims = vec![
            self.wait_slope(AsyncInvoke, Side::Below, DOES_NOT_WAIT),
            Claim {
                statement: "median handoff of async-invoke over that of sync-invoke".to_owned(),
                side: Side::Below,
                threshold: SAME_ORDER,
                is_duration: false,
                estimate: ratio,
                cells: cells(&[AsyncInvoke, SyncInvoke]),
            },
            Claim {
                statement: "median handoff of async-invoke".to_owned(),
                side: Side::Below,
                threshold: UNNOTICED_NS,
                is_duration: true,
                estimate: median,
                cells: cells(&[AsyncInvoke]),
            },
        ];
        Finding {
            id: "F2",
            statement: "Asynchronous invoke performs well end to end and A does not wait for B.",
            claims,
            local_mechanism: "the internal queue of asynchronous invokes answers A before B runs",
        }
    }

    fn f3(&self) -> Finding {
        Finding {
            id: "F3",
            statement: "SNS decouples better, but takes longer end to end than asynchronous invoke.",
            claims: vec![self.handoff_difference(
                Transport::Sns,
                Side::Above,
                Transport::AsyncInvoke,
            )],
            local_mechanism: "SNS delivers through the same queue as an asynchronous invoke and \
                              adds the topic's fan-out; what AWS adds between its fleets is not \
                              there",
        }
    }

    fn f4(&self) -> Finding {
        use Transport::{AsyncInvoke, Kinesis, Sns, SyncInvoke};
        let receiver = self.baseline.shortest();
        let handoff = self.baseline.measure(Kinesis, receiver, Measure::Handoff);
        let put = self.baseline.measure(Kinesis, receiver, Measure::Operation);
        let cells = self.cells(&[Kinesis], &[receiver]);
        let mut claims = vec![
            Claim {
                statement: "median operation duration of kinesis over its median handoff"
                    .to_owned(),
                side: Side::Below,
                threshold: QUICK_PUT,
                is_duration: false,
                estimate: self.baseline.of_medians(put, handoff, |put, handoff| put / handoff),
                cells: cells.clone(),
            },
            Claim {
                statement: "mean handoff of kinesis".to_owned(),
                side: Side::Above,
                threshold: SLOW_DELIVERY_NS,
                is_duration: true,
                estimate: handoff.map(|figures| figures.summary.mean),
                cells,
            },
        ];
        for other in [SyncInvoke, AsyncInvoke, Sns] {
            claims.push(self.handoff_difference(Kinesis, Side::Above, other));
        }
        Finding {
            id: "F4",
            statement: "Kinesis takes about 10 ms to put, and over 0.5 s to deliver.",
            claims,
            local_mechanism: "an event source mapping polls each shard once per poll interval, at \
                              a random phase",
        }
    }

    fn handoff_difference(&self, one: Transport, side: Side, other: Transport) -> Claim {
        let receiver = self.baseline.shortest();
        let figures = |transport| self.baseline.measure(transport, receiver, Measure::Handoff);
        let difference = self.baseline.of_medians(figures(one), figures(other), |a, b| a - b);
        Claim {
            statement: format!("median handoff of {one} less that of {other}"),
            side,
            threshold: 0.0,
            is_duration: true,
            estimate: difference,
            cells: self.cells(&[one, other], &[receiver]),
        }
    }

    fn wait_slope(&self, transport: Transport, side: Side, threshold: f64) -> Claim {
        let estimate: Option<Estimate> = self.baseline.wait_slope(transport);
        let durations = [self.baseline.shortest(), self.baseline.longest()];
        Claim {
            statement: format!(
                "growth of {transport}'s median operation duration per unit of B's duration"
            ),
            side,
            threshold,
            is_duration: false,
            estimate,
            cells: self.cells(&[transport], &durations),
        }
    }

    fn cells(&self, transports: &[Transport], durations: &[u32]) -> Vec<u32> {
        let pairs = transports.iter().flat_map(|t| durations.iter().map(|d| (*t, *d)));
        let mut cells: Vec<u32> =
            pairs.filter_map(|(t, d)| self.baseline.cell(t, d)).map(|c| c.plan.cell).collect();
        cells.dedup();
        cells
    }
}
