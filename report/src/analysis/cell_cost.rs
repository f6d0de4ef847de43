//! What a cell's messages would cost at AWS, by its billed durations.

use store::Side;

use super::{CellFigures, Cost, InvocationFigures, Measure, Usage, cost_per_million};
use crate::reference::Prices;

/// What a million messages of a cell cost; none without its operation durations or without REPORT
/// lines of B, from which the billed durations are.
#[must_use]
pub fn cell_cost(cell: &CellFigures, prices: &Prices) -> Option<Cost> {
    Some(cost_per_million(&usage(cell)?, prices))
}

fn usage(cell: &CellFigures) -> Option<Usage> {
    let plan = &cell.plan;
    let operation_ns = cell.measure(Measure::Operation)?.summary.mean.value;
    let receiver = cell.invocations(Side::Receiver)?;
    let sender = cell.invocations(Side::Sender);
    let mapping = plan.mapping.as_ref();
    Some(Usage {
        transport: plan.transport,
        payload_bytes: plan.payload_bytes,
        architecture: plan.architecture,
        memory_mb: plan.memory_mb,
        operation_ms: operation_ns / 1e6,
        sender_billed_ms: sender.and_then(InvocationFigures::billed_ms_per_message),
        receiver_billed_ms: receiver.billed_ms_per_message()?,
        receiver_invocations: receiver.per_message()?,
        shards: mapping.and_then(|mapping| mapping.shards),
        enhanced_fan_out: mapping.and_then(|mapping| mapping.enhanced_fan_out) == Some(true),
    })
}
