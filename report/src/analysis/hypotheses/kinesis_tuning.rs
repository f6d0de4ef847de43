//! How much of a Kinesis handoff is the poll.

use store::{CellPlan, MappingPlan};

use crate::analysis::claims_of::{Claimed, ClaimsOf};
use crate::analysis::{Bound, CellFigures, Claim, Finding, Measure};

/// "Nearly all of it is the poll": pushed records take less than this share of polled ones.
const NEARLY_ALL: f64 = 0.1;
/// A setting "does nothing" when the median stays within these multiples.
const NOTHING: (f64, f64) = (0.8, 1.25);
/// A batching window "adds to it" at least this share of the window.
const ADDS: f64 = 0.25;
/// "Small batches wait for each other": above this multiple of what large ones take.
const WAIT: f64 = 1.2;

pub(super) fn hypotheses(claims: ClaimsOf<'_>) -> Vec<Finding> {
    vec![
        Finding {
            id: "K1",
            statement: "Nearly all of a Kinesis handoff is the wait for the poll: enhanced \
                        fan-out takes it away.",
            claims: fan_out(claims).into_iter().collect(),
            local_mechanism: "a polled shard is read once per poll interval; a consumer with \
                              enhanced fan-out is pushed each record as it comes",
        },
        Finding {
            id: "K2",
            statement: "More shards do not shorten it.",
            claims: shards(claims),
            local_mechanism: "every shard is polled at the same interval",
        },
        Finding {
            id: "K3",
            statement: "A batching window adds to it.",
            claims: window(claims).into_iter().collect(),
            local_mechanism: "a batch that is not full waits for its window to end",
        },
        Finding {
            id: "K4",
            statement: "Behind a B that works, small batches wait for each other, and a \
                        parallelization factor takes that wait away.",
            claims: behind_work(claims),
            local_mechanism: "batches of a shard follow each other, as many at a time as the \
                              factor says",
        },
    ]
}

/// The cell that is like another but for its mapping and B's duration.
fn with<'a>(
    claims: ClaimsOf<'a>,
    receiver_ms: u32,
    fits: impl Fn(&MappingPlan) -> bool,
) -> Option<&'a CellFigures> {
    claims.find(|plan: &CellPlan| {
        plan.receiver_ms == receiver_ms && plan.mapping.as_ref().is_some_and(&fits)
    })
}

/// One shard, polled, batches of up to 100 without a window, one at a time.
fn is_centre(mapping: &MappingPlan) -> bool {
    let MappingPlan { shards, batch_size, batching_window_ms, parallelization_factor, .. } =
        mapping;
    mapping.enhanced_fan_out != Some(true)
        && (*shards, *batch_size, *batching_window_ms, *parallelization_factor)
            == (Some(1), 100, 0, Some(1))
}

fn centre<'a>(claims: ClaimsOf<'a>) -> Option<&'a CellFigures> {
    with(claims, claims.experiment.shortest(), is_centre)
}

fn fan_out(claims: ClaimsOf<'_>) -> Option<Claim> {
    let polled = centre(claims)?;
    let like = |m: &MappingPlan| {
        m.enhanced_fan_out == Some(true)
            && is_centre(&MappingPlan { enhanced_fan_out: Some(false), ..m.clone() })
    };
    let pushed = with(claims, polled.plan.receiver_ms, like)?;
    let claimed = Claimed::ratio(
        "median handoff of pushed records over that of polled ones",
        Bound::Below,
        NEARLY_ALL,
    )
    .modelled();
    Some(claims.ratio(claimed, Measure::Handoff, Some(pushed), Some(polled)))
}

fn shards(claims: ClaimsOf<'_>) -> Vec<Claim> {
    let Some(one) = centre(claims) else { return vec![] };
    let shards = claims.experiment.values(|plan| plan.mapping.as_ref().and_then(|m| m.shards));
    let Some(most) = shards.last().copied().flatten().filter(|most| *most > 1) else {
        return vec![];
    };
    let like = |m: &MappingPlan| {
        m.shards == Some(most) && is_centre(&MappingPlan { shards: Some(1), ..m.clone() })
    };
    let Some(many) = with(claims, one.plan.receiver_ms, like) else { return vec![] };
    let words = format!("median handoff with {most} shards over that with one");
    [(Bound::Above, NOTHING.0), (Bound::Below, NOTHING.1)]
        .map(|(bound, threshold)| {
            let claimed = Claimed::ratio(words.clone(), bound, threshold).modelled();
            claims.ratio(claimed, Measure::Handoff, Some(many), Some(one))
        })
        .into()
}

fn window(claims: ClaimsOf<'_>) -> Option<Claim> {
    let without = centre(claims)?;
    let like = |m: &MappingPlan| {
        m.batching_window_ms > 0 && is_centre(&MappingPlan { batching_window_ms: 0, ..m.clone() })
    };
    let waiting = with(claims, without.plan.receiver_ms, like)?;
    let window_ms = waiting.plan.mapping.as_ref()?.batching_window_ms;
    let claimed = Claimed::duration(
        format!("median handoff with a window of {window_ms} ms less that without"),
        Bound::Above,
        ADDS * f64::from(window_ms) * 1e6,
    )
    .modelled();
    Some(claims.difference(claimed, Measure::Handoff, Some(waiting), Some(without)))
}

fn behind_work(claims: ClaimsOf<'_>) -> Vec<Claim> {
    let longest = claims.experiment.longest();
    let like = |size: u32, factor: u32| {
        with(claims, longest, |m| {
            m.batch_size == size
                && m.parallelization_factor == Some(factor)
                && m.enhanced_fan_out != Some(true)
                && m.shards == Some(1)
                && m.batching_window_ms == 0
        })
    };
    let (small, large) = (like(1, 1), like(100, 1));
    let factors = claims
        .experiment
        .values(|plan| plan.mapping.as_ref().and_then(|m| m.parallelization_factor));
    let most = factors.last().copied().flatten().unwrap_or(1);
    let parallel = if most > 1 { like(1, most) } else { None };
    let mut found = Vec::new();
    if small.is_some() && large.is_some() {
        let claimed = Claimed::ratio(
            format!(
                "median handoff with batches of 1 behind {longest} ms of work over that with 100"
            ),
            Bound::Above,
            WAIT,
        )
        .modelled();
        found.push(claims.ratio(claimed, Measure::Handoff, small, large));
    }
    if small.is_some() && parallel.is_some() {
        let claimed = Claimed::ratio(
            format!("median handoff with batches of 1, {most} at a time, over that one at a time"),
            Bound::Below,
            1.0 / WAIT,
        )
        .modelled();
        found.push(claims.ratio(claimed, Measure::Handoff, parallel, small));
    }
    found
}
