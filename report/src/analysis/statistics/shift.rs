//! By how much one sample lies above another.

/// The Hodges–Lehmann shift: the median of all differences `one - other`; none where one of the
/// samples is empty. Both in ascending order.
///
/// Hodges and Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
/// Statistics 34 (1963). Exact without forming the `n m` differences: a candidate is halved out of
/// the ordered floating-point numbers, and the differences up to it are counted along the two
/// ordered samples, `O((n + m) · 64)`; after Monahan, "Algorithm 616: fast computation of the
/// Hodges-Lehmann location estimator", ACM Transactions on Mathematical Software 10 (1984), which
/// counts in the same way.
#[must_use]
pub fn hodges_lehmann(one: &[f64], other: &[f64]) -> Option<f64> {
    let pairs = one.len() as u64 * other.len() as u64;
    let last = pairs.checked_sub(1)?;
    let (low, high) = (last / 2, pairs / 2);
    let lower = nth_difference(one, other, low);
    if low == high || differences_up_to(one, other, lower) > high {
        return Some(lower);
    }
    Some(f64::midpoint(lower, nth_difference(one, other, high)))
}

/// The difference that has `rank` before it in ascending order.
fn nth_difference(one: &[f64], other: &[f64], rank: u64) -> f64 {
    let smallest = one[0] - other[other.len() - 1];
    let largest = one[one.len() - 1] - other[0];
    let (mut low, mut high) = (ordered_bits(smallest), ordered_bits(largest));
    while low < high {
        let middle = low + (high - low) / 2;
        if differences_up_to(one, other, from_ordered_bits(middle)) > rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // A search may end at -0.
    from_ordered_bits(low) + 0.0
}

/// How many differences are at most `limit`.
fn differences_up_to(one: &[f64], other: &[f64], limit: f64) -> u64 {
    // As values of `one` grow, fewer of `other`, from its end, are near enough.
    let (mut count, mut first) = (0, 0);
    for value in one {
        while first < other.len() && value - other[first] > limit {
            first += 1;
        }
        count += (other.len() - first) as u64;
    }
    count
}

/// Bits that are ordered as the numbers are (IEEE 754, section 5.10, without its NaNs).
fn ordered_bits(value: f64) -> u64 {
    // -0 and 0 are one number: their sum is 0.
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn from_ordered_bits(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits ^ 1 << 63 } else { !bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_ordered_as_numbers_are() {
        let ascending = [f64::NEG_INFINITY, -2.5, -1e-300, 0.0, 1e-300, 2.5, f64::INFINITY];
        assert!(ascending.map(ordered_bits).is_sorted());
        assert_eq!(ascending.map(|v| from_ordered_bits(ordered_bits(v))), ascending);
        assert_eq!(ordered_bits(-0.0), ordered_bits(0.0));
    }

    #[test]
    fn a_shifted_sample_is_shifted_by_that() {
        let one: Vec<f64> = (0..50).map(|i| f64::from(i * i)).collect();
        let shifted: Vec<f64> = one.iter().map(|value| value + 17.0).collect();
        assert_eq!(hodges_lehmann(&shifted, &one), Some(17.0));
        assert_eq!(hodges_lehmann(&one, &shifted), Some(-17.0));
        assert_eq!(hodges_lehmann(&one, &[]), None);
        assert_eq!(hodges_lehmann(&[3.0, 5.0], &[1.0]), Some(3.0));
    }
}
