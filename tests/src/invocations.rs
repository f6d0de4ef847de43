//! What must hold of a part's invocations.

use std::collections::{BTreeMap, HashMap};

use store::{Invocation, PartKey, Row, RunDir, Side};

/// Reads a part and its invocations, holds one against the other, and gives the invocations.
///
/// # Panics
/// When they do not fit together.
#[expect(clippy::unwrap_used, reason = "called by tests, which fail there")]
pub fn check(run: &RunDir, key: &PartKey) -> Vec<Invocation> {
    let rows = run.read_part(key).unwrap();
    let invocations = run.read_invocations(key).unwrap();
    let by_id: HashMap<(Side, &str), &Invocation> =
        invocations.iter().map(|i| ((i.side, i.request_id.as_str()), i)).collect();
    assert_eq!(by_id.len(), invocations.len(), "{key}: nothing was tried again");
    let mut messages: BTreeMap<(Side, &str), u32> = BTreeMap::new();
    let mut cold_calls: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &rows {
        let sides = [
            (Side::Sender, &row.sender_request_id, &row.sender_env, row.sender_cold),
            (Side::Receiver, &row.receiver_request_id, &row.receiver_env, row.receiver_cold),
        ];
        for (side, request_id, env, cold) in sides {
            let Some(request_id) = request_id else { continue };
            *messages.entry((side, request_id)).or_default() += 1;
            let Some(invocation) = by_id.get(&(side, request_id.as_str())) else {
                panic!("{key}: the {side}'s invocation {request_id} has no row: {row:?}");
            };
            assert_eq!(Some(&invocation.env), env.as_ref(), "{row:?}");
            match side {
                // Every message of the invocation that initialised the environment.
                Side::Receiver => {
                    assert_eq!(invocation.init_ns.is_some(), cold == Some(true), "{invocation:?}");
                }
                // The first of its calls.
                Side::Sender => {
                    assert_eq!(cold, row.sender_call.map(|call| call == 0), "{row:?}");
                    *cold_calls.entry(request_id).or_insert(0) += u32::from(cold == Some(true));
                }
            }
            assert!(row.warmup || !invocation.warmup, "{invocation:?} has measured {row:?}");
        }
    }
    check_calls(key, &rows);
    for invocation in &invocations {
        if let Some(cold) = cold_calls.get(invocation.request_id.as_str()) {
            assert_eq!(*cold, u32::from(invocation.init_ns.is_some()), "{invocation:?}");
        }
        let place = (invocation.side, invocation.request_id.as_str());
        assert_eq!(messages.get(&place), Some(&invocation.messages), "{invocation:?}");
        assert!(invocation.billed_ms * 1_000_000 >= invocation.duration_ns, "{invocation:?}");
        let (memory, most) = (invocation.memory_mb, invocation.max_memory_mb.unwrap());
        assert!(most > 0 && most <= memory, "{invocation:?}");
    }
    invocations
}

/// An environment's calls have their numbers without a gap, in the order in which they were started.
fn check_calls(key: &PartKey, rows: &[Row]) {
    let mut environments: BTreeMap<&str, Vec<(u64, i64)>> = BTreeMap::new();
    for row in rows {
        if let (Some(env), Some(call), Some(at)) =
            (&row.sender_env, row.sender_call, row.put_started_at_ns)
        {
            environments.entry(env).or_default().push((call, at));
        }
    }
    for (env, mut calls) in environments {
        calls.sort_unstable();
        for pair in calls.windows(2) {
            let [(one, at), (next, later)] = pair else { continue };
            assert!(*next == one + 1 && at <= later, "{key}, {env}: {pair:?}");
        }
    }
}
