//! What a fresh execution environment adds.

use store::Side;
use wire::Transport;

use crate::analysis::claims_of::{Claimed, ClaimsOf};
use crate::analysis::{Bound, Claim, Finding, Measure};

/// A start "adds" when the median is above this multiple of that with warm environments.
const ADDS: f64 = 1.2;

pub(super) fn hypotheses(claims: ClaimsOf<'_>) -> Vec<Finding> {
    let of_all = |side, measure: Measure| -> Vec<Claim> {
        let transports = claims.experiment.transports().into_iter();
        transports.map(|transport| adds(claims, transport, side, measure)).collect()
    };
    vec![
        Finding {
            id: "D1",
            statement: "A fresh B adds its start to the handoff.",
            claims: of_all(Side::Receiver, Measure::Handoff),
            local_mechanism: "a fresh environment is a new process, and the message waits until it \
                              asks for its first event",
        },
        Finding {
            id: "D2",
            statement: "A fresh A adds the making of its client's connection to its call.",
            claims: of_all(Side::Sender, Measure::Operation),
            local_mechanism: "a new process of A has no connection yet, here over loopback and \
                              without TLS",
        },
    ]
}

fn adds(claims: ClaimsOf<'_>, transport: Transport, side: Side, measure: Measure) -> Claim {
    let cell = |fresh: Option<Side>| {
        claims.find(|plan| plan.transport == transport && plan.fresh_side == fresh)
    };
    let name = match side {
        Side::Sender => "A",
        Side::Receiver => "B",
    };
    let claimed = Claimed::ratio(
        format!(
            "median {} over {transport} with a fresh {name} over that when warm",
            measure.name()
        ),
        Bound::Above,
        ADDS,
    );
    claims.ratio(claimed, measure, cell(Some(side)), cell(None))
}
