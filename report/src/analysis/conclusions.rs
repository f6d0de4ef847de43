//! What a report concludes: its claims and its ranking of transports, tested together.

use std::collections::BTreeMap;

use super::answer::{Waits, answers, rankings, waits};
use super::claim::WIDEST_INTERVAL;
use super::findings::findings;
use super::hypotheses::hypotheses;
use super::statistics::holm;
use super::{
    ALPHA, Answer, Claim, Comparison, Experiment, Finding, Judged, Margin, Ranking, RoundContrast,
    RoundScale, RunData,
};
use crate::reference::Prices;

/// How many tests a report makes, for all of which their probabilities are corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Family {
    /// Claims against a threshold.
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
        of_findings.chain(self.waits.iter().map(|waits| ("does not wait", &waits.claim)))
    }

    /// Every comparison of two transports.
    pub fn comparisons(&self) -> impl Iterator<Item = (&Ranking<'a>, &Comparison)> {
        self.rankings
            .iter()
            .flat_map(|ranking| ranking.comparisons.iter().map(move |c| (ranking, c)))
    }

    fn judge(&mut self) {
        let margin = self.margin.ratios().1.ln();
        let of_claim = |claim: &Claim| {
            let contrast = claim.tested()?;
            Some(contrast.test()?.p(contrast.scale.of(claim.threshold)))
        };
        let of_pair = |pair: &Comparison| Some(pair.contrast.test()?.p_beyond(margin));
        let claims: Vec<Option<f64>> = self.claims().map(|(_, claim)| of_claim(claim)).collect();
        let pairs: Vec<Option<f64>> = self.comparisons().map(|(_, pair)| of_pair(pair)).collect();
        self.family = Family {
            claims: claims.iter().flatten().count(),
            comparisons: pairs.iter().flatten().count(),
        };
        let alpha = self.family.alpha_of_each();
        let all: Vec<f64> = claims.iter().chain(&pairs).flatten().copied().collect();
        let mut adjusted = holm(&all).into_iter();
        let mut probabilities = claims.into_iter().chain(pairs);
        let mut next = |contrast: Option<&RoundContrast>| {
            let p = probabilities.next().flatten()?;
            let adjusted_p = adjusted.next()?;
            let interval = contrast.and_then(|contrast| {
                let (low, high) = contrast.test()?.interval(alpha);
                let says_something =
                    contrast.scale == RoundScale::Linear || high - low <= WIDEST_INTERVAL.ln();
                let interval = (contrast.scale.back(low), contrast.scale.back(high));
                says_something.then_some(interval)
            });
            Some(Judged { p, adjusted_p, interval })
        };
        // In the order of `claims` and `comparisons`.
        let findings = self.findings.iter_mut().chain(self.hypotheses.values_mut().flatten());
        let of_findings = findings.flat_map(|finding| &mut finding.claims);
        for claim in of_findings.chain(self.waits.iter_mut().map(|waits| &mut waits.claim)) {
            claim.judged = next(claim.tested());
        }
        for pair in self.rankings.iter_mut().flat_map(|ranking| &mut ranking.comparisons) {
            pair.judged = next(Some(&pair.contrast));
        }
    }
}
