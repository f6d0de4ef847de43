//! What a message's size costs.

use wire::Transport;

use crate::analysis::claims_of::{Claimed, ClaimsOf};
use crate::analysis::{Bound, CellFigures, Claim, Finding, Measure, bytes};

const KIB: u32 = 1 << 10;
/// "The size hardly matters": the median handoff of the larger payload is below this multiple.
const HARDLY: f64 = 1.5;
/// "Several times as long": above this multiple.
const SEVERAL: f64 = 2.0;

pub(super) fn hypotheses(claims: ClaimsOf<'_>) -> Vec<Finding> {
    let cell = |transport: Transport, payload: u32| {
        claims.find(|plan| plan.transport == transport && plan.payload_bytes == payload)
    };
    let ratio = |transport, large, bound, threshold| -> Option<Claim> {
        let small = claims.experiment.values(|plan| plan.payload_bytes).first().copied()?;
        let (one, other) = (cell(transport, large)?, cell(transport, small)?);
        let words = format!(
            "median handoff over {transport} with {} over that with {}",
            bytes(large.into()),
            bytes(small.into())
        );
        let claimed = Claimed::ratio(words, bound, threshold);
        Some(claims.ratio(claimed, Measure::Handoff, Some(one), Some(other)))
    };
    let of_all = |large, bound, threshold| -> Vec<Claim> {
        let all = Transport::ALL.into_iter();
        all.filter_map(|transport| ratio(transport, large, bound, threshold)).collect()
    };
    let probes: Vec<&CellFigures> = claims.experiment.probes().collect();
    let sum = |of: fn(&CellFigures) -> u64| probes.iter().map(|cell| of(cell)).sum();
    let refused = (sum(|cell| cell.counts.rejected), sum(|cell| cell.counts.asked));
    vec![
        Finding {
            id: "S1",
            statement: "From the smallest message to 16 KiB the size hardly matters.",
            claims: of_all(16 * KIB, Bound::Below, HARDLY),
            local_mechanism: "16 KiB are a few copies through loopback sockets",
        },
        Finding {
            id: "S2",
            statement: "A mebibyte takes several times as long.",
            claims: of_all(KIB * KIB, Bound::Above, SEVERAL),
            local_mechanism: "every service reads, copies and passes on the whole message, and the \
                              function's runtime parses it before the handler begins",
        },
        Finding {
            id: "S3",
            statement: "One byte over a limit is refused.",
            claims: vec![claims.all_of(
                "messages one byte over a limit that were refused",
                refused,
                probes.iter().copied(),
            )],
            local_mechanism: "local-cloud enforces the limits that the services document",
        },
    ]
}
