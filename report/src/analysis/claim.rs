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
pub enum Side {
    /// Below.
    Below,
    /// Above.
    Above,
}

/// An inequality with what the data say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What is claimed, in words.
    pub statement: String,
    /// The side on which the figure must lie.
    pub side: Side,
    /// The threshold, in the figure's unit.
    pub threshold: f64,
    /// Nanoseconds, or a ratio.
    pub is_duration: bool,
    /// The figure, where the run has the cells for it.
    pub estimate: Option<Estimate>,
    /// The cells it rests on.
    pub cells: Vec<u32>,
}

impl Claim {
    /// What the data say: a verdict needs the whole interval on one side of the threshold.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let Some((low, high)) = self.estimate.and_then(|estimate| estimate.interval) else {
            return Verdict::Undecided;
        };
        let (below, above) = (high < self.threshold, low > self.threshold);
        match self.side {
            Side::Below if below => Verdict::Reproduced,
            Side::Above if above => Verdict::Reproduced,
            _ if below || above => Verdict::NotReproduced,
            _ => Verdict::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(side: Side, interval: Option<(f64, f64)>) -> Verdict {
        let estimate = Some(Estimate { value: 0.0, interval, n: 1 });
        let statement = String::new();
        Claim { statement, side, threshold: 1.0, is_duration: false, estimate, cells: vec![] }
            .verdict()
    }

    #[test]
    fn a_verdict_needs_the_whole_interval() {
        use Verdict::{NotReproduced, Reproduced, Undecided};
        assert_eq!(claim(Side::Below, Some((0.0, 0.9))), Reproduced);
        assert_eq!(claim(Side::Below, Some((0.9, 1.1))), Undecided);
        assert_eq!(claim(Side::Below, Some((1.1, 1.2))), NotReproduced);
        assert_eq!(claim(Side::Above, Some((1.1, 1.2))), Reproduced);
        assert_eq!(claim(Side::Above, Some((0.9, 1.1))), Undecided);
        assert_eq!(claim(Side::Above, Some((0.0, 1.0))), Undecided);
        assert_eq!(claim(Side::Above, Some((0.0, 0.9))), NotReproduced);
        assert_eq!(claim(Side::Above, None), Undecided);
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
