//! How often a value of one sample is larger than one of another.

/// Cliff's delta: the share of pairs in which `one` is larger less the share in which it is
/// smaller; 1 where every value of `one` is larger, 0 where neither is. None where one of the
/// samples is empty. Both in ascending order.
///
/// Cliff, "Dominance statistics: ordinal analyses to answer ordinal questions", Psychological
/// Bulletin 114 (1993). A common reading of its size (Romano et al., 2006): below 0.147 negligible,
/// below 0.33 small, below 0.474 medium, else large.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "2^53 pairs are more than two samples have")]
pub fn cliffs_delta(one: &[f64], other: &[f64]) -> Option<f64> {
    let pairs = one.len() as u64 * other.len() as u64;
    (pairs > 0).then(|| dominance(one, other) as f64 / pairs as f64)
}

/// Pairs in which `one` is larger less pairs in which it is smaller.
pub(crate) fn dominance(one: &[f64], other: &[f64]) -> i64 {
    let (mut below, mut up_to, mut sum) = (0, 0, 0_i64);
    for value in one {
        while below < other.len() && other[below] < *value {
            below += 1;
        }
        while up_to < other.len() && other[up_to] <= *value {
            up_to += 1;
        }
        sum += (below + up_to) as i64 - other.len() as i64;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_from_one_to_minus_one() {
        assert_eq!(cliffs_delta(&[5.0, 6.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(cliffs_delta(&[1.0, 2.0], &[5.0, 6.0]), Some(-1.0));
        assert_eq!(cliffs_delta(&[1.0, 1.0], &[1.0]), Some(0.0));
        assert_eq!(cliffs_delta(&[], &[1.0]), None);
    }
}
