//! Which rows a figure rests on, and what a percentile is: once, for every program that shows one.
//!
//! The lab's closing table, the report and the comparison of two runs show the same medians because
//! they take them from here.

use crate::{Outcome, Side};

/// Whether the figures of a cell include a message.
///
/// They leave out warm-up messages, and messages that met a start of an execution environment which
/// the cell does not ask for. Where a cell gives one side a fresh environment before each message,
/// they include exactly the messages that met that start and no other.
#[must_use]
pub fn is_in_figures(
    warmup: bool,
    sender_cold: bool,
    receiver_cold: bool,
    fresh_side: Option<Side>,
) -> bool {
    !warmup
        && sender_cold == (fresh_side == Some(Side::Sender))
        && receiver_cold == (fresh_side == Some(Side::Receiver))
}

/// The operation duration of a message, nanoseconds; none where the service refused it, because how
/// long a refusal took says nothing of a put.
#[must_use]
pub fn operation_duration_ns(outcome: Outcome, operation_ns: Option<u64>) -> Option<i64> {
    operation_ns.filter(|_| outcome != Outcome::Rejected).map(u64::cast_signed)
}

/// A quantile of values in ascending order, interpolated between the two nearest order statistics
/// at `(n - 1) p`; none of no values.
///
/// Definition 7 of Hyndman and Fan, "Sample quantiles in statistical packages", The American
/// Statistician 50 (1996), the default of numpy and R.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "p is in [0, 1] and no sample has 2^53 values"
)]
pub fn percentile(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = last as f64 * p.clamp(0.0, 1.0);
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    let (low, high) = (ascending[below], ascending[above]);
    Some(low + (high - low) * (place - below as f64))
}

/// The median of values in nanoseconds, in any order; none of no values.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "2^53 ns are 104 days")]
pub fn median_ns(values: &[i64]) -> Option<f64> {
    let mut ascending: Vec<f64> = values.iter().map(|ns| *ns as f64).collect();
    ascending.sort_unstable_by(f64::total_cmp);
    percentile(&ascending, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_are_exact() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(percentile(&values, 0.0), Some(1.0));
        assert_eq!(percentile(&values, 1.0), Some(8.0));
        assert_eq!(percentile(&values, 0.5), Some(3.0));
        assert_eq!(percentile(&values[..1], 0.99), Some(1.0));
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(median_ns(&[8, 1, 4, 2]), Some(3.0));
        assert_eq!(median_ns(&[]), None);
    }

    #[test]
    fn a_start_that_the_cell_does_not_ask_for_is_left_out() {
        let flags = [false, true];
        for warmup in flags {
            for sender in flags {
                for receiver in flags {
                    let of = |side| is_in_figures(warmup, sender, receiver, side);
                    assert_eq!(of(None), !warmup && !sender && !receiver);
                    assert_eq!(of(Some(Side::Sender)), !warmup && sender && !receiver);
                    assert_eq!(of(Some(Side::Receiver)), !warmup && !sender && receiver);
                }
            }
        }
    }

    #[test]
    fn how_long_a_refusal_took_is_no_operation_duration() {
        assert_eq!(operation_duration_ns(Outcome::Rejected, Some(7)), None);
        assert_eq!(operation_duration_ns(Outcome::Lost, Some(7)), Some(7));
        assert_eq!(operation_duration_ns(Outcome::Delivered, None), None);
    }
}
