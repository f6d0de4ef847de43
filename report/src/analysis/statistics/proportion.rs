//! A share of a count, with its interval.

use super::Z_95;

/// How many of how many, with a 95 % interval of the share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportion {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub n: u64,
    /// The share's Wilson interval; none of none.
    pub interval: Option<(f64, f64)>,
}

impl Proportion {
    /// So many of so many.
    #[must_use]
    pub fn of(count: u64, n: u64) -> Self {
        Self { count, n, interval: wilson(count, n) }
    }

    /// The share.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
    pub fn share(&self) -> Option<f64> {
        (self.n > 0).then(|| self.count as f64 / self.n as f64)
    }
}

/// The 95 % score interval of a proportion. Unlike the textbook's interval it stays within 0 and 1
/// and says something of a count of nothing: 0 lost of 1,000 leaves up to 0.4 % lost.
///
/// Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
/// American Statistical Association 22 (1927); recommended by Brown, Cai and DasGupta, "Interval
/// estimation for a binomial proportion", Statistical Science 16 (2001). It takes messages as
/// independent; losses that come in bursts make it too narrow.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "no run has 2^53 messages")]
pub fn wilson(count: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (share, size, z2) = (count as f64 / n as f64, n as f64, Z_95 * Z_95);
    let center = (share + z2 / (2.0 * size)) / (1.0 + z2 / size);
    let half =
        Z_95 / (1.0 + z2 / size) * (share * (1.0 - share) / size + z2 / (4.0 * size * size)).sqrt();
    // At the ends rounding would leave a crumb.
    let low = if count == 0 { 0.0 } else { (center - half).max(0.0) };
    let high = if count == n { 1.0 } else { (center + half).min(1.0) };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_thousand_leaves_room() {
        let (low, high) = wilson(0, 1000).unwrap();
        assert_eq!(low, 0.0);
        assert!((0.003..0.004).contains(&high), "{high}");
        assert_eq!(wilson(0, 0), None);
        assert_eq!(Proportion::of(3, 4).share(), Some(0.75));
    }
}
