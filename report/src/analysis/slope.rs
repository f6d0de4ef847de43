//! How much a measure grows along an axis.

use super::statistics::{Estimate, Resampling, theil_sen};
use super::{CellFigures, Measure};

/// The Theil–Sen slope of the rounds' medians of a measure over a property of the cells, such as
/// B's duration in nanoseconds, with the interval of the bootstrap over rounds; none where the
/// cells do not differ in it.
///
/// Every round of every cell is a point. A replicate that draws a round twice has its points twice.
#[must_use]
pub fn slope(
    cells: &[&CellFigures],
    measure: Measure,
    x: impl Fn(&CellFigures) -> f64,
    resampling: &Resampling,
) -> Option<Estimate> {
    let mut points = Vec::new();
    let mut n = 0;
    for cell in cells {
        let Some(figures) = cell.measure(measure) else { continue };
        n += figures.summary.n;
        for round in &figures.rounds {
            points.extend(round.median.map(|median| (round.round, (x(cell), median))));
        }
    }
    let all: Vec<(f64, f64)> = points.iter().map(|(_, point)| *point).collect();
    let value = theil_sen(&all)?.slope;
    let replicates = resampling.replicate(|drawn| {
        let again: Vec<(f64, f64)> = points
            .iter()
            .flat_map(|(round, point)| std::iter::repeat_n(*point, drawn[*round as usize] as usize))
            .collect();
        theil_sen(&again).map_or(f64::NAN, |line| line.slope)
    });
    Some(resampling.estimate(value, &replicates, n))
}
