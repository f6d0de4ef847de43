//! Cells in tiers: those that are not shown to differ by more than a margin share one.

use super::claim::{POWER, WIDEST_INTERVAL};
use super::statistics::RoundsTest;
use super::{
    ALPHA, CellFigures, Estimate, Experiment, Form, Judged, Margin, Need, RoundContrast,
    RoundStatistic,
};

/// Two cells of a ranking, compared round by round.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The place of the first in the ranking.
    pub one: usize,
    /// The place of the second.
    pub other: usize,
    /// The ratio of the second to the first in each round.
    pub contrast: RoundContrast,
    /// Whether the ratio lies outside the margin, once all tests of the report are known.
    pub judged: Option<Judged>,
}

impl Comparison {
    /// The cells compared, by their numbers: the second over the first.
    #[must_use]
    pub fn cells(&self, ranking: &Ranking<'_>) -> [u32; 2] {
        [self.other, self.one].map(|place| ranking.cells[place].plan.cell)
    }
}

/// The cells that a need may be answered by, the best first.
#[derive(Clone, Debug)]
pub struct Ranking<'a> {
    /// The need.
    pub need: Need,
    /// What they are ranked by.
    pub statistic: RoundStatistic,
    /// Whether more is better.
    pub most_is_best: bool,
    /// The experiment.
    pub experiment: &'a str,
    /// The cells, the best figure first.
    pub cells: Vec<&'a CellFigures>,
    /// The pooled figure of each cell.
    pub figures: Vec<Estimate>,
    /// Every pair of cells. All of them are tested, not only those with the best: which is the best
    /// is itself chosen by the data.
    pub comparisons: Vec<Comparison>,
}

impl<'a> Ranking<'a> {
    /// Ranks cells by figures; none of no cell with one.
    pub(super) fn of(
        need: Need,
        experiment: &Experiment<'a>,
        statistic: RoundStatistic,
        most_is_best: bool,
        cells: impl IntoIterator<Item = (Estimate, &'a CellFigures)>,
    ) -> Option<Self> {
        let mut ranked: Vec<(Estimate, &CellFigures)> = cells.into_iter().collect();
        ranked.sort_by(|a, b| {
            let ascending = a.0.value.total_cmp(&b.0.value);
            let best_first = if most_is_best { ascending.reverse() } else { ascending };
            best_first.then(a.1.plan.cell.cmp(&b.1.plan.cell))
        });
        let (figures, cells): (Vec<Estimate>, Vec<&CellFigures>) = ranked.into_iter().unzip();
        let mut comparisons = Vec::new();
        for one in 0..cells.len() {
            for other in one + 1..cells.len() {
                let pair = [cells[other], cells[one]];
                let contrast = RoundContrast::of(Form::Ratio, statistic, &pair);
                comparisons.extend(contrast.map(|contrast| Comparison {
                    one,
                    other,
                    contrast,
                    judged: None,
                }));
            }
        }
        let name = experiment.name;
        (!cells.is_empty()).then_some(Self {
            need,
            statistic,
            most_is_best,
            experiment: name,
            cells,
            figures,
            comparisons,
        })
    }

    /// Keeps the cells that fit, in their order, with the comparisons among them.
    pub(super) fn retain(&mut self, fits: impl Fn(&CellFigures) -> bool) {
        let kept: Vec<usize> =
            (0..self.cells.len()).filter(|place| fits(self.cells[*place])).collect();
        let new = |place: usize| kept.iter().position(|one| *one == place);
        self.comparisons = std::mem::take(&mut self.comparisons)
            .into_iter()
            .filter_map(|pair| {
                Some(Comparison { one: new(pair.one)?, other: new(pair.other)?, ..pair })
            })
            .collect();
        self.cells = kept.iter().map(|place| self.cells[*place]).collect();
        self.figures = kept.iter().map(|place| self.figures[*place]).collect();
    }

    /// The places in tiers, the best tier first. A tier is led by the best figure that is in none
    /// before it, and has those with it that are not shown to be worse than it by more than the
    /// margin.
    #[must_use]
    pub fn tiers(&self) -> Vec<Vec<usize>> {
        let mut left: Vec<usize> = (0..self.cells.len()).collect();
        let mut tiers = Vec::new();
        while let Some(leader) = left.first().copied() {
            let (tier, rest): (Vec<usize>, Vec<usize>) =
                left.into_iter().partition(|place| !self.is_worse(leader, *place));
            tiers.push(tier);
            left = rest;
        }
        tiers
    }

    /// Whether a cell is shown to be worse than another by more than the margin.
    fn is_worse(&self, leader: usize, place: usize) -> bool {
        let Some(pair) = self.pair(leader, place) else { return false };
        let certain = pair.judged.is_some_and(|judged| judged.adjusted_p <= ALPHA);
        // By the same rounds as the test: pooled figures may lie the other way round.
        let ratio = pair.contrast.figure().unwrap_or(1.0);
        certain && if self.most_is_best { ratio < 1.0 } else { ratio > 1.0 }
    }

    fn pair(&self, leader: usize, place: usize) -> Option<&Comparison> {
        self.comparisons.iter().find(|pair| (pair.one, pair.other) == (leader, place))
    }

    /// The smallest difference beyond the margin, as a ratio above 1, that would have been found in
    /// 80 of 100 such runs between the best cell and each that stands with it (with the next best,
    /// where none does): the largest of them. None where there is nothing to compare; infinite where
    /// no difference below [`WIDEST_INTERVAL`] would be found.
    pub(super) fn finds(&self, alpha: f64, margin: Margin) -> Option<f64> {
        let first = self.tiers().into_iter().next()?;
        let others: Vec<usize> = match first.as_slice() {
            [_] => vec![1],
            [_, others @ ..] => others.to_vec(),
            [] => return None,
        };
        let tests = others.iter().filter_map(|place| self.pair(0, *place)?.contrast.test());
        let of = |test: RoundsTest| {
            let ratio = margin.ratios().1 * test.finds(alpha, POWER).exp();
            if ratio > WIDEST_INTERVAL { f64::INFINITY } else { ratio }
        };
        tests.map(of).max_by(f64::total_cmp)
    }
}
