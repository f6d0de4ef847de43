//! How much one quantity grows with another.

use super::{Z_95, percentile};

/// A line through points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Growth of `y` per unit of `x`.
    pub slope: f64,
    /// `median(y) - slope · median(x)`.
    pub intercept: f64,
}

/// The slopes of all pairs of points with different `x`, in ascending order.
fn pair_slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let mut slopes = Vec::new();
    for (place, (x1, y1)) in points.iter().enumerate() {
        for (x2, y2) in &points[place + 1..] {
            if x1 != x2 {
                slopes.push((y2 - y1) / (x2 - x1));
            }
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    slopes
}

fn median_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    percentile(&values, 0.5)
}

/// The Theil–Sen line: the median of the slopes of all pairs of points with different `x`; none
/// where there is no such pair. A quarter of the points may be wild without moving it far.
///
/// Theil, "A rank-invariant method of linear and polynomial regression analysis" (1950); Sen,
/// "Estimates of the regression coefficient based on Kendall's tau", Journal of the American
/// Statistical Association 63 (1968); the intercept as Conover, "Practical Nonparametric
/// Statistics" (1999), section 5.5.
#[must_use]
pub fn theil_sen(points: &[(f64, f64)]) -> Option<Slope> {
    let slope = percentile(&pair_slopes(points), 0.5)?;
    let x = median_of(points.iter().map(|point| point.0))?;
    let y = median_of(points.iter().map(|point| point.1))?;
    Some(Slope { slope, intercept: y - slope * x })
}

/// Sen's 95 % interval of the slope for independent points, from the normal approximation to
/// Kendall's S with its variance corrected for ties (Sen 1968, section 4).
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks within a list of slopes"
)]
pub fn sen_interval(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let slopes = pair_slopes(points);
    let ties = |of: fn(&(f64, f64)) -> f64| super::trend::ties(points.iter().map(of));
    let n = points.len() as f64;
    let tied =
        |sizes: &[f64]| -> f64 { sizes.iter().map(|k| k * (k - 1.0) * (2.0 * k + 5.0)).sum() };
    let of_x = ties(|point| point.0);
    let of_y = ties(|point| point.1);
    let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - tied(&of_x) - tied(&of_y)) / 18.0;
    let spread = Z_95 * variance.max(0.0).sqrt();
    let count = slopes.len() as f64;
    let last = slopes.len().checked_sub(1)?;
    let upper = ((count + spread) / 2.0).round_ties_even() as usize;
    let lower = (((count - spread) / 2.0).round_ties_even() - 1.0).max(0.0) as usize;
    Some((slopes[lower.min(last)], slopes[upper.min(last)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_whatever_one_point_does() {
        let mut points: Vec<(f64, f64)> =
            (0..10).map(|i| (f64::from(i), 3.0 + 2.0 * f64::from(i))).collect();
        assert_eq!(theil_sen(&points), Some(Slope { slope: 2.0, intercept: 3.0 }));
        points[4].1 = 1e9;
        assert_eq!(theil_sen(&points).unwrap().slope, 2.0);
        assert_eq!(theil_sen(&[(1.0, 1.0), (1.0, 2.0)]), None);
        assert_eq!(theil_sen(&[]), None);
    }
}
