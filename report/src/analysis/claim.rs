//! A claim: an inequality that the data can refute.

use std::fmt;

use super::Estimate;

/// What the data say of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies where the claim wants it.
    Reproduced,
    /// The whole interval lies on the other side of the threshold.
    NotReproduced,
    /// The interval encloses the threshold, or there is none.
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reproduced => "reproduced",
            Self::NotReproduced => "not reproduced",
            Self::Undecided => "undecided",
        })
    }
}

impl Verdict {
    /// What several claims say together: one that is refuted refutes all; else one that is
    /// undecided leaves all undecided.
    #[must_use]
    pub fn together(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let verdicts: Vec<Self> = verdicts.into_iter().collect();
        if verdicts.contains(&Self::NotReproduced) {
            Self::NotReproduced
        } else if verdicts.contains(&Self::Undecided) || verdicts.is_empty() {
            Self::Undecided
        } else {
            Self::Reproduced
        }
    }
}

/// On which side of its threshold a claim wants the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Below.
    Below,
    /// Above.
    Above,
}

/// What a claim's figure and threshold are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Nanoseconds.
    Duration,
    /// A number without a unit: a ratio, a share, a slope.
    Ratio,
    /// Messages per second.
    Rate,
}

/// What the data have for a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence {
    /// A figure with its interval, where the run has the cells for it.
    Figure(Option<Estimate>),
    /// So many of so many did what is claimed of all of them. For what a service does or does not
    /// do, where one exception refutes the claim and no interval is asked for.
    AllOf {
        /// So many did.
        count: u64,
        /// Of so many.
        of: u64,
    },
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
    /// The experiment that the cells belong to.
    pub experiment: String,
    /// The cells it rests on.
    pub cells: Vec<u32>,
}

impl Claim {
    /// What the data say: a verdict needs the whole interval on one side of the threshold.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let found = match self.evidence {
            Evidence::Figure(found) => found,
            Evidence::AllOf { of: 0, .. } => return Verdict::Undecided,
            Evidence::AllOf { count, of } if count == of => return Verdict::Reproduced,
            Evidence::AllOf { .. } => return Verdict::NotReproduced,
        };
        let Some((low, high)) = found.and_then(|estimate| estimate.interval) else {
            return Verdict::Undecided;
        };
        let (below, above) = (high < self.threshold, low > self.threshold);
        match self.bound {
            Bound::Below if below => Verdict::Reproduced,
            Bound::Above if above => Verdict::Reproduced,
            _ if below || above => Verdict::NotReproduced,
            _ => Verdict::Undecided,
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
    /// Reproduced when every claim is; not reproduced when any is refuted; else undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::together(self.claims.iter().map(Claim::verdict))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(bound: Bound, evidence: Evidence) -> Verdict {
        Claim {
            statement: String::new(),
            bound,
            threshold: 1.0,
            quantity: Quantity::Ratio,
            evidence,
            experiment: String::new(),
            cells: vec![],
        }
        .verdict()
    }

    fn figure(bound: Bound, interval: Option<(f64, f64)>) -> Verdict {
        claim(bound, Evidence::Figure(Some(Estimate { value: 0.0, interval, n: 1 })))
    }

    #[test]
    fn a_verdict_needs_the_whole_interval() {
        use Verdict::{NotReproduced, Reproduced, Undecided};
        assert_eq!(figure(Bound::Below, Some((0.0, 0.9))), Reproduced);
        assert_eq!(figure(Bound::Below, Some((0.9, 1.1))), Undecided);
        assert_eq!(figure(Bound::Below, Some((1.1, 1.2))), NotReproduced);
        assert_eq!(figure(Bound::Above, Some((1.1, 1.2))), Reproduced);
        assert_eq!(figure(Bound::Above, Some((0.9, 1.1))), Undecided);
        assert_eq!(figure(Bound::Above, Some((0.0, 1.0))), Undecided);
        assert_eq!(figure(Bound::Above, Some((0.0, 0.9))), NotReproduced);
        assert_eq!(figure(Bound::Above, None), Undecided);
        assert_eq!(claim(Bound::Above, Evidence::Figure(None)), Undecided);
    }

    #[test]
    fn one_exception_refutes_what_is_claimed_of_all() {
        let all = |count, of| claim(Bound::Above, Evidence::AllOf { count, of });
        assert_eq!(all(5, 5), Verdict::Reproduced);
        assert_eq!(all(4, 5), Verdict::NotReproduced);
        assert_eq!(all(0, 0), Verdict::Undecided);
    }

    #[test]
    fn one_refuted_claim_refutes_a_finding() {
        use Verdict::{NotReproduced, Reproduced, Undecided};
        assert_eq!(Verdict::together([Reproduced, Undecided, NotReproduced]), NotReproduced);
        assert_eq!(Verdict::together([Reproduced, Undecided]), Undecided);
        assert_eq!(Verdict::together([Reproduced, Reproduced]), Reproduced);
        assert_eq!(Verdict::together([]), Undecided);
    }
}
