//! A claim: an inequality that the data can refute.

use store::BackendFacts;

use super::{Estimate, Quantity, RoundContrast};

/// How often a report calls anything holding or failing where it is neither, at most: its claims and
/// comparisons together (Holm).
pub const ALPHA: f64 = 0.05;

/// How often a difference of the size that is said to be found is found.
pub const POWER: f64 = 0.8;

/// An interval of a ratio or of a geometric mean that spans more than this factor says nothing, and is
/// not shown: with two or three rounds Student's t leaves out no size at all.
pub const WIDEST_INTERVAL: f64 = 100.0;

/// What the data say of a claim; of a finding's claims the first of these decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The figure lies on the other side of the threshold, and chance does not explain that.
    Fails,
    /// Chance may explain on which side the figure lies.
    Undecided,
    /// The run has no messages for it.
    NotMeasured,
    /// The figure lies where the claim wants it, and chance does not explain that.
    Holds,
    /// Only a run on AWS can tell.
    NotTested,
}

impl Verdict {
    /// What several claims say together: one that fails refutes all; else one that is undecided
    /// leaves all undecided. Those that only AWS can tell do not count elsewhere.
    #[must_use]
    pub fn together(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let all: Vec<Self> = verdicts.into_iter().collect();
        let tested: Vec<Self> = all.iter().copied().filter(|v| *v != Self::NotTested).collect();
        if tested.contains(&Self::Fails) {
            Self::Fails
        } else if tested.is_empty() && !all.is_empty() {
            Self::NotTested
        } else if tested.iter().all(|verdict| *verdict == Self::NotMeasured) {
            Self::NotMeasured
        } else if tested.iter().any(|v| matches!(v, Self::Undecided | Self::NotMeasured)) {
            Self::Undecided
        } else {
            Self::Holds
        }
    }

    /// In words that say what kind of evidence it is.
    #[must_use]
    pub const fn words(self, kind: EvidenceKind) -> &'static str {
        match (self, kind) {
            (Self::Holds, EvidenceKind::MeasuredOnAws) => "reproduced",
            (Self::Fails, EvidenceKind::MeasuredOnAws) => "not reproduced",
            (Self::Holds, EvidenceKind::MeasuredHere) => "holds here",
            (Self::Fails, EvidenceKind::MeasuredHere) => "does not hold here",
            (Self::Holds, EvidenceKind::ByConstruction) => "as modelled",
            (Self::Fails, EvidenceKind::ByConstruction) => "not as modelled",
            (Self::Holds, EvidenceKind::OfEmulator) => "holds on this emulator",
            (Self::Fails, EvidenceKind::OfEmulator) => "does not hold on this emulator",
            (Self::Undecided, _) => "undecided",
            (Self::NotTested, _) => "only AWS can tell",
            (Self::NotMeasured, _) => "not measured",
        }
    }
}

/// What kind of evidence a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// The outcome was measured on AWS.
    MeasuredOnAws,
    /// The outcome follows from running code on this machine.
    MeasuredHere,
    /// A mechanism of another emulator than local-cloud decides the outcome; whether that models
    /// AWS's is not known.
    OfEmulator,
    /// The outcome is an input of the backend: a mechanism that local-cloud models.
    ByConstruction,
}

impl EvidenceKind {
    /// Its name in tables and files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MeasuredOnAws => "measured on AWS",
            Self::MeasuredHere => "measured here",
            Self::OfEmulator => "of this emulator",
            Self::ByConstruction => "by construction",
        }
    }
}

/// What decides a claim's outcome on local-cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A mechanism that local-cloud models decides it.
    Modelled,
    /// How fast this machine runs the programs decides it.
    Measured,
    /// Neither: only AWS can tell.
    AwsOnly,
}

impl Basis {
    /// What kind of evidence a claim of this basis has on a backend.
    #[must_use]
    pub fn on(self, backend: &BackendFacts) -> EvidenceKind {
        match self {
            _ if backend.is_aws() => EvidenceKind::MeasuredOnAws,
            Self::Modelled if backend.product == "local-cloud" => EvidenceKind::ByConstruction,
            Self::Modelled => EvidenceKind::OfEmulator,
            Self::Measured | Self::AwsOnly => EvidenceKind::MeasuredHere,
        }
    }
}

/// Whose reading of the post a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Ours, which decides the finding.
    Ours,
    /// The post's words taken literally, where ours differs; it stands beside the finding.
    Literal,
}

/// On which side of its threshold a claim wants the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Below.
    Below,
    /// Above.
    Above,
}

/// What the data have for a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A figure of each round, where the run has the cells for it.
    Rounds(Option<RoundContrast>),
    /// So many of so many did what is claimed of all of them. For what a service does or does not
    /// do, where one exception refutes the claim and no interval is asked for.
    AllOf {
        /// So many did.
        count: u64,
        /// Of so many.
        of: u64,
    },
}

/// What the test of a claim or of a comparison says, among all of its report.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The probability of a figure at least as far from the threshold by chance, by itself.
    pub p: f64,
    /// The same, corrected for all claims and comparisons of the report (Holm).
    pub adjusted_p: f64,
    /// The figure's interval, at the level at which all of the report's hold together with 95 %
    /// (Bonferroni). None with one round, and where it spans more than a factor of 100.
    pub interval: Option<(f64, f64)>,
}

/// An inequality with what the data say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What is claimed, in words that the bound and the threshold complete.
    pub statement: String,
    /// The side on which the figure must lie.
    pub bound: Bound,
    /// The threshold, in the figure's unit.
    pub threshold: f64,
    /// What figure and threshold are.
    pub quantity: Quantity,
    /// What the data have for it.
    pub evidence: Evidence,
    /// What kind of evidence that is.
    pub kind: EvidenceKind,
    /// Whether the run is on a place that can tell.
    pub is_told_here: bool,
    /// Whose reading it is.
    pub reading: Reading,
    /// The experiment that the cells belong to.
    pub experiment: String,
    /// The cells it rests on, in the order in which its figure takes them.
    pub cells: Vec<u32>,
    /// What the test says, once all claims of the report are known.
    pub judged: Option<Judged>,
}

impl Claim {
    /// What the data say.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let contrast = match &self.evidence {
            _ if !self.is_told_here => return Verdict::NotTested,
            Evidence::Rounds(contrast) => contrast.as_ref(),
            Evidence::AllOf { of: 0, .. } => return Verdict::NotMeasured,
            Evidence::AllOf { count, of } if count == of => return Verdict::Holds,
            Evidence::AllOf { .. } => return Verdict::Fails,
        };
        let figure = contrast.and_then(RoundContrast::figure);
        let certain = self.judged.is_some_and(|judged| judged.adjusted_p <= ALPHA);
        let Some(figure) = figure else { return Verdict::NotMeasured };
        if !certain {
            return Verdict::Undecided;
        }
        let as_claimed = match self.bound {
            Bound::Below => figure < self.threshold,
            Bound::Above => figure > self.threshold,
        };
        if as_claimed { Verdict::Holds } else { Verdict::Fails }
    }

    /// The verdict in words that say what kind of evidence it is.
    #[must_use]
    pub fn words(&self) -> &'static str {
        self.verdict().words(self.kind)
    }

    /// The figure with the interval at which all of the report's hold together.
    #[must_use]
    pub fn estimate(&self) -> Option<Estimate> {
        let Evidence::Rounds(Some(contrast)) = &self.evidence else { return None };
        let interval = self.judged.and_then(|judged| judged.interval);
        Some(Estimate { value: contrast.figure()?, interval, n: contrast.n })
    }

    /// The figures of the rounds, where they are tested.
    #[must_use]
    pub fn tested(&self) -> Option<&RoundContrast> {
        match &self.evidence {
            Evidence::Rounds(contrast) => contrast.as_ref().filter(|_| self.is_told_here),
            Evidence::AllOf { .. } => None,
        }
    }
}

/// What is claimed, with the claims that it consists of.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// F1 to F4 for the post's, the notebook's for an experiment's own.
    pub id: &'static str,
    /// What is claimed.
    pub statement: &'static str,
    /// The inequalities it consists of.
    pub claims: Vec<Claim>,
    /// The mechanisms of local-cloud that it rests on there.
    pub local_mechanism: &'static str,
}

impl Finding {
    /// Holds when every claim of our reading does; fails when any fails; else undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::together(self.ours().map(Claim::verdict))
    }

    /// The claims of our reading, which decide the finding.
    pub fn ours(&self) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(|claim| claim.reading == Reading::Ours)
    }

    /// The verdicts of its claims in words, those that decide first: `undecided (1 claim), as modelled
    /// (3 claims)`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut claims: Vec<&Claim> = self.ours().collect();
        claims.sort_by_key(|claim| (claim.verdict(), claim.kind));
        let counted: Vec<(&str, usize)> = claims
            .chunk_by(|one, other| one.words() == other.words())
            .map(|alike| (alike[0].words(), alike.len()))
            .collect();
        match counted.as_slice() {
            [] => Verdict::NotMeasured.words(EvidenceKind::MeasuredHere).to_owned(),
            [(words, _)] => (*words).to_owned(),
            several => {
                let each = several.iter().map(|(words, count)| {
                    format!("{words} ({count} claim{})", if *count == 1 { "" } else { "s" })
                });
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Form, Measure, RoundScale, RoundStatistic};

    fn claim(bound: Bound, evidence: Evidence, adjusted_p: f64) -> Claim {
        let interval = Some((0.0, 1.0));
        Claim {
            statement: String::new(),
            bound,
            threshold: 1.0,
            quantity: Quantity::Ratio,
            evidence,
            kind: EvidenceKind::MeasuredHere,
            is_told_here: true,
            reading: Reading::Ours,
            experiment: String::new(),
            cells: vec![],
            judged: Some(Judged { p: adjusted_p, adjusted_p, interval }),
        }
    }

    fn rounds(figure: f64) -> Evidence {
        Evidence::Rounds(Some(RoundContrast {
            form: Form::Of,
            statistic: RoundStatistic::Mean(Measure::Handoff),
            scale: RoundScale::Linear,
            figures: vec![figure; 3],
            n: 3,
            with_left_out: None,
        }))
    }

    #[test]
    fn a_verdict_needs_its_side_and_a_small_probability() {
        use Verdict::{Fails, Holds, Undecided};
        let verdict = |bound, figure, p| claim(bound, rounds(figure), p).verdict();
        assert_eq!(verdict(Bound::Below, 0.5, 0.01), Holds);
        assert_eq!(verdict(Bound::Below, 1.5, 0.01), Fails);
        assert_eq!(verdict(Bound::Above, 1.5, 0.05), Holds);
        assert_eq!(verdict(Bound::Above, 0.5, 0.05), Fails);
        for figure in [0.5, 1.5] {
            assert_eq!(verdict(Bound::Below, figure, 0.051), Undecided);
        }
        let empty = claim(Bound::Above, Evidence::Rounds(None), 0.0);
        assert_eq!(empty.verdict(), Verdict::NotMeasured);
        let untested = Claim { judged: None, ..claim(Bound::Above, rounds(9.0), 0.0) };
        assert_eq!(untested.verdict(), Undecided);
        let elsewhere = Claim { is_told_here: false, ..claim(Bound::Above, rounds(9.0), 0.0) };
        assert_eq!(elsewhere.verdict(), Verdict::NotTested);
    }

    #[test]
    fn one_exception_refutes_what_is_claimed_of_all() {
        let all = |count, of| claim(Bound::Above, Evidence::AllOf { count, of }, 1.0).verdict();
        assert_eq!(all(5, 5), Verdict::Holds);
        assert_eq!(all(4, 5), Verdict::Fails);
        assert_eq!(all(0, 0), Verdict::NotMeasured);
    }

    #[test]
    fn one_claim_that_fails_refutes_a_finding() {
        use Verdict::{Fails, Holds, NotMeasured, NotTested, Undecided};
        assert_eq!(Verdict::together([Holds, Undecided, Fails]), Fails);
        assert_eq!(Verdict::together([Holds, Undecided]), Undecided);
        assert_eq!(Verdict::together([Holds, Holds, NotTested]), Holds);
        assert_eq!(Verdict::together([NotTested]), NotTested);
        assert_eq!(Verdict::together([NotMeasured, NotMeasured]), NotMeasured);
        assert_eq!(Verdict::together([Holds, NotMeasured]), Undecided);
        assert_eq!(Verdict::together([]), NotMeasured);
    }

    #[test]
    fn a_finding_names_each_kind_of_evidence_and_reproduced_is_kept_for_aws() {
        let of = |kind, figure| Claim { kind, ..claim(Bound::Above, rounds(figure), 0.01) };
        let finding = |claims| Finding { id: "X", statement: "", claims, local_mechanism: "" };
        let (aws, here, model) =
            (EvidenceKind::MeasuredOnAws, EvidenceKind::MeasuredHere, EvidenceKind::ByConstruction);
        assert_eq!(finding(vec![of(aws, 2.0), of(aws, 3.0)]).words(), "reproduced");
        assert_eq!(finding(vec![of(model, 2.0)]).words(), "as modelled");
        let unsure = |kind| Claim { kind, ..claim(Bound::Above, rounds(2.0), 0.5) };
        assert_eq!(finding(vec![unsure(here), unsure(model)]).words(), "undecided");
        let mixed = finding(vec![of(model, 2.0), of(here, 2.0), of(here, 0.5)]);
        assert_eq!(
            mixed.words(),
            "does not hold here (1 claim), holds here (1 claim), as modelled (1 claim)"
        );
        let elsewhere = Claim { is_told_here: false, ..of(here, 2.0) };
        let half = finding(vec![of(model, 2.0), elsewhere]);
        assert_eq!(half.words(), "as modelled (1 claim), only AWS can tell (1 claim)");
        let literal = Claim { reading: Reading::Literal, ..of(here, 0.5) };
        assert_eq!(finding(vec![of(here, 2.0), literal]).verdict(), Verdict::Holds);
    }
}
