//! How far apart two transports, or two runs, may be and still count as equivalent.

use std::fmt;
use std::str::FromStr;

/// A margin of equivalence: a share by which a median may differ, either way. A tenth, unless another
/// is asked for: less than that changes no design, and a machine's own drift reaches it.
///
/// As a ratio of two medians it reaches from `1 / (1 + share)` to `1 + share`, so that it does not
/// matter which of the two is the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    percent: f64,
}

impl Margin {
    /// What is used where none is given, percent.
    pub const DEFAULT_PERCENT: f64 = 10.0;

    /// A margin in percent; none that is not above 0 and at most 100.
    #[must_use]
    pub fn from_percent(percent: f64) -> Option<Self> {
        (percent > 0.0 && percent <= 100.0).then_some(Self { percent })
    }

    /// The ratios of two medians that lie within it, the smallest and the largest.
    #[must_use]
    pub fn ratios(self) -> (f64, f64) {
        let most = 1.0 + self.percent / 100.0;
        (1.0 / most, most)
    }

    /// Whether all ratios from `low` to `high` lie within it.
    #[must_use]
    pub fn encloses(self, (low, high): (f64, f64)) -> bool {
        let (least, most) = self.ratios();
        least <= low && high <= most
    }
}

impl Default for Margin {
    fn default() -> Self {
        Self { percent: Self::DEFAULT_PERCENT }
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} %", self.percent)
    }
}

impl FromStr for Margin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix('%').and_then(|number| number.trim().parse().ok());
        number
            .and_then(Self::from_percent)
            .ok_or_else(|| "use a percentage above 0 % and up to 100 %, such as '10%'".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_percentage_and_nothing_else() {
        for (text, percent) in [("10%", 10.0), ("2.5 %", 2.5), ("100%", 100.0)] {
            assert_eq!(text.parse(), Ok(Margin { percent }), "{text}");
        }
        for text in ["", "10", "0.1", "0%", "-5%", "101%", "inf%", "nan%", "%", "1O%"] {
            assert!(text.parse::<Margin>().is_err(), "{text}");
        }
    }

    #[test]
    fn it_is_the_same_whichever_run_is_the_first() {
        for percent in [0.1, 10.0, 100.0] {
            let (least, most) = Margin::from_percent(percent).unwrap().ratios();
            assert!((least * most - 1.0).abs() < 1e-12);
        }
        let tenth = Margin::default();
        assert!(tenth.encloses((0.92, 1.09)) && !tenth.encloses((0.9, 1.0)));
        assert!(!tenth.encloses((1.0, 1.11)));
    }
}
