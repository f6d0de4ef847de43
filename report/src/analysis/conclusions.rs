//! What a report concludes: its claims and its ranking of transports, tested together.

use std::collections::BTreeMap;

use super::answer::{Waits, answers, rankings, waits};
use super::claim::WIDEST_INTERVAL;
use super::findings::findings;
use super::hypotheses::hypotheses;
use super::statistics::holm;
use super::{
    ALPHA, Answer, Claim, Comparison, Experiment, Finding, Form, Judged, Margin, Ranking,
    RoundContrast, RoundScale, RunData,
};
use crate::reference::Prices;

/// What the claims of [`Conclusions::waits`] are called among all.
pub const WAITS: &str = "does not wait";

/// How many tests a report makes, for all of which their probabilities are corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Claims against a threshold, each once: some stand in a finding and in a hypothesis.
    pub claims: usize,
    /// Comparisons of two transports, for the tiers.
    pub comparisons: usize,
}

impl Family {
    /// All tests.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.claims + self.comparisons
    }

    /// The level of each interval, so that all of them hold together.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "as many tests as there are claims")]
    pub fn alpha_of_each(&self) -> f64 {
        ALPHA / self.size().max(1) as f64
    }
}

/// What a report concludes.
#[derive(Clone, Debug)]
pub struct Conclusions<'a> {
    /// The post's findings.
    pub findings: Vec<Finding>,
    /// The hypotheses of each experiment, by its name.
    pub hypotheses: BTreeMap<&'a str, Vec<Finding>>,
    /// Whether A waits for B, by transport: for the answers.
    pub waits: Vec<Waits>,
    /// The cells that the answers rest on.
    pub rankings: Vec<Ranking<'a>>,
    /// Which transport for which need.
    pub answers: Vec<Answer>,
    /// How many tests were made.
    pub family: Family,
    /// By how much transports of different tiers differ at least.
    pub margin: Margin,
}

/// Concludes from a run. `margin` is that of the tiers.
///
/// The probabilities of all tests are corrected together by Holm's procedure, whatever they have in
/// common: of reports on transports that do not differ, at most 5 in 100 say anywhere that they do.
#[must_use]
pub fn conclude<'a>(
    run: &'a RunData,
    experiments: &'a [Experiment<'a>],
    prices: &Prices,
    margin: Margin,
) -> Conclusions<'a> {
    let backend = &run.manifest.backend;
    let hypotheses = experiments.iter().map(|one| (one.name, hypotheses(one, backend))).collect();
    let mut conclusions = Conclusions {
        findings: findings(run),
        hypotheses,
        waits: waits(experiments, backend),
        rankings: rankings(experiments),
        answers: Vec::new(),
        family: Family::default(),
        margin,
    };
    conclusions.judge();
    conclusions.answers = answers(&conclusions, experiments, prices);
    conclusions
}

impl<'a> Conclusions<'a> {
    /// Every claim that is tested.
    pub fn claims(&self) -> impl Iterator<Item = (&'static str, &Claim)> {
        let findings = self.findings.iter().chain(self.hypotheses.values().flatten());
        let of_findings =
            findings.flat_map(|finding| finding.claims.iter().map(|claim| (finding.id, claim)));
        of_findings.chain(self.waits.iter().map(|waits| (WAITS, &waits.claim)))
    }

    /// Every comparison of two transports.
    pub fn comparisons(&self) -> impl Iterator<Item = (&Ranking<'a>, &Comparison)> {
        self.rankings
            .iter()
            .flat_map(|ranking| ranking.comparisons.iter().map(move |c| (ranking, c)))
    }

    fn judge(&mut self) {
        let margin = self.margin;
        let of_claim = |claim: &Claim| {
            let contrast = claim.tested()?;
            let p = contrast.test()?.p(contrast.scale.of(claim.threshold));
            Some((Key::of(&claim.experiment, contrast, &claim.cells, claim.threshold), p))
        };
        let of_pair = |ranking: &Ranking<'_>, pair: &Comparison| {
            let p = pair.contrast.test()?.p_beyond(margin.ratios().1.ln());
            let cells = pair.cells(ranking);
            // Outside a margin is another question than above or below a threshold.
            Some((Key::of(ranking.experiment, &pair.contrast, &cells, -margin.ratios().1), p))
        };
        let claims: Vec<_> = self.claims().map(|(_, claim)| of_claim(claim)).collect();
        let pairs: Vec<_> = self.comparisons().map(|(r, pair)| of_pair(r, pair)).collect();
        let distinct = |tests: &[Option<(Key, f64)>]| {
            tests.iter().flatten().cloned().collect::<BTreeMap<Key, f64>>()
        };
        let (of_claims, of_pairs) = (distinct(&claims), distinct(&pairs));
        self.family = Family { claims: of_claims.len(), comparisons: of_pairs.len() };
        let alpha = self.family.alpha_of_each();
        let (keys, all): (Vec<Key>, Vec<f64>) = of_claims.into_iter().chain(of_pairs).unzip();
        let adjusted: BTreeMap<Key, f64> = keys.into_iter().zip(holm(&all)).collect();
        let mut tests = claims.into_iter().chain(pairs);
        let mut next = |contrast: Option<&RoundContrast>, threshold: f64| {
            let (key, p) = tests.next().flatten()?;
            let adjusted_p = *adjusted.get(&key)?;
            let interval = contrast.and_then(|contrast| interval(contrast, alpha, threshold));
            Some(Judged { p, adjusted_p, interval })
        };
        // In the order of `claims` and `comparisons`.
        let findings = self.findings.iter_mut().chain(self.hypotheses.values_mut().flatten());
        let of_findings = findings.flat_map(|finding| &mut finding.claims);
        for claim in of_findings.chain(self.waits.iter_mut().map(|waits| &mut waits.claim)) {
            claim.judged = next(claim.tested(), claim.threshold);
        }
        for pair in self.rankings.iter_mut().flat_map(|ranking| &mut ranking.comparisons) {
            pair.judged = next(Some(&pair.contrast), 1.0);
        }
    }
}

/// What makes two tests one: a ratio against 1 and its inverse are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    experiment: String,
    form: String,
    statistic: String,
    cells: Vec<u32>,
    threshold: u64,
}

impl Key {
    fn of(experiment: &str, contrast: &RoundContrast, cells: &[u32], threshold: f64) -> Self {
        let mut cells = cells.to_vec();
        let symmetric = threshold == 1.0 || threshold < 0.0;
        if contrast.form == Form::Ratio && symmetric || contrast.form == Form::Slope {
            cells.sort_unstable();
        }
        Self {
            experiment: experiment.to_owned(),
            form: contrast.form.name(),
            statistic: contrast.statistic.name(),
            cells,
            threshold: threshold.to_bits(),
        }
    }
}

/// An interval that says something: of a ratio one that spans no more than a factor of
/// [`WIDEST_INTERVAL`], of another figure one no wider than ten times the figure or its threshold.
fn interval(contrast: &RoundContrast, alpha: f64, threshold: f64) -> Option<(f64, f64)> {
    let test = contrast.test()?;
    let (low, high) = test.interval(alpha);
    let widest = match contrast.scale {
        RoundScale::Log => WIDEST_INTERVAL.ln(),
        RoundScale::Linear => 10.0 * test.mean.abs().max(threshold.abs()),
    };
    (high - low <= widest).then(|| (contrast.scale.back(low), contrast.scale.back(high)))
}
