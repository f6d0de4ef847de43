//! Figures with their units, as people read them.

use crate::document::{duration, usd};

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds; written as ns, µs, ms or s.
    Duration,
    /// Bytes; written as B, KiB, MiB or GiB.
    Bytes,
    /// Pieces.
    Count,
    /// Pieces per second.
    Rate,
    /// Hundredths.
    Percent,
    /// A number without a unit, such as a slope.
    Plain,
    /// US dollars.
    Dollars,
}

/// As wide as a plus, unlike a hyphen.
const MINUS: &str = "−";

const DURATIONS: [(f64, &str); 4] = [(1e9, " s"), (1e6, " ms"), (1e3, " µs"), (1.0, " ns")];
const KIB: f64 = 1024.0;
const BYTES: [(f64, &str); 4] =
    [(KIB * KIB * KIB, " GiB"), (KIB * KIB, " MiB"), (KIB, " KiB"), (1.0, " B")];

impl Unit {
    /// A value as the label of a tick: as many digits as it has, at most four.
    pub(crate) fn tick(self, value: f64) -> String {
        let (factor, suffix) = self.step(value);
        let sign = if self == Self::Dollars { "$" } else { "" };
        format!("{sign}{}{suffix}", digits(value / factor, 4))
    }

    /// A measured value: three significant digits.
    pub(crate) fn value(self, value: f64) -> String {
        let text = match self {
            Self::Duration => duration(value),
            Self::Percent => format!("{value:.1} %"),
            // Nothing is neither more nor less: no sign where only zeros are shown.
            Self::Plain if value.abs() < 0.000_5 => "0.000".to_owned(),
            Self::Plain => format!("{value:.3}"),
            Self::Dollars => usd(value),
            Self::Bytes | Self::Count | Self::Rate => {
                let (factor, suffix) = self.step(value);
                let scaled = value / factor;
                let shown = if scaled.abs() >= 100.0 { scaled.round() } else { scaled };
                format!("{}{suffix}", digits(shown, 3))
            }
        };
        text.replacen('-', MINUS, 1)
    }

    /// A measured value in two significant digits, for places with little room.
    pub(crate) fn short(self, value: f64) -> String {
        let rounded = round_to(value, 2);
        let (factor, suffix) = self.step(rounded);
        format!("{}{suffix}", digits(rounded / factor, 2))
    }

    /// Zero in the unit of another value of the same axis.
    pub(crate) fn zero(self, beside: f64) -> String {
        format!("0{}", self.step(beside).1)
    }

    /// The largest named multiple of the unit that the value reaches.
    fn step(self, value: f64) -> (f64, &'static str) {
        let of = |names: &[(f64, &'static str); 4]| {
            // What rounds to a thousand is written as one of the next.
            let size = value.abs() * 1.000_5;
            names.iter().copied().find(|name| size >= name.0).unwrap_or(names[3])
        };
        match self {
            Self::Duration => of(&DURATIONS),
            Self::Bytes => of(&BYTES),
            Self::Count | Self::Plain | Self::Dollars => (1.0, ""),
            Self::Rate => (1.0, "/s"),
            Self::Percent => (1.0, " %"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a decimal exponent")]
fn exponent(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}

fn round_to(value: f64, digits: i32) -> f64 {
    let factor = 10f64.powi(digits - 1 - exponent(value));
    if factor.is_finite() && factor > 0.0 { (value * factor).round() / factor } else { value }
}

/// A number with at most so many significant digits behind the point, none of them a final zero,
/// and commas between thousands.
fn digits(value: f64, significant: i32) -> String {
    if value != 0.0 && !(1e-4..1e12).contains(&value.abs()) {
        return format!("{value:.0e}");
    }
    let decimals = (significant - 1 - exponent(value)).clamp(0, 8);
    let text = format!("{value:.*}", decimals.unsigned_abs() as usize);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| (MINUS, rest));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{grouped}"),
        fraction => format!("{sign}{grouped}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_read_as_people_write_them() {
        let bytes = [256.0, 1024.0, 65536.0, 262_144.0, 1_048_576.0, 6_291_456.0];
        let shown = bytes.map(|value| Unit::Bytes.tick(value));
        assert_eq!(shown, ["256 B", "1 KiB", "64 KiB", "256 KiB", "1 MiB", "6 MiB"]);
        let times = [1e-1, 1.0, 10e3, 500e3, 999.999_999e6, 1.5e9, 1e12];
        let shown = times.map(|value| Unit::Duration.tick(value));
        assert_eq!(shown, ["0.1 ns", "1 ns", "10 µs", "500 µs", "1 s", "1.5 s", "1,000 s"]);
        assert_eq!(Unit::Count.tick(1e3), "1,000");
        assert_eq!(Unit::Rate.tick(2500.0), "2,500/s");
        assert_eq!(Unit::Percent.tick(-20.0), "−20 %");
        assert_eq!(Unit::Duration.zero(500e6), "0 ms");
        assert_eq!(Unit::Count.tick(1e15), "1e15");
    }

    #[test]
    fn values_have_three_digits_and_short_ones_two() {
        assert_eq!(Unit::Duration.value(12.345e6), "12.3 ms");
        assert_eq!(Unit::Duration.short(12.345e6), "12 ms");
        assert_eq!(Unit::Duration.short(996e6), "1 s");
        assert_eq!(Unit::Duration.short(1.26e6), "1.3 ms");
        assert_eq!(Unit::Rate.value(1234.5), "1,235/s");
        assert_eq!([-0.000_4, -0.000_6].map(|v| Unit::Plain.value(v)), ["0.000", "−0.001"]);
        assert_eq!(Unit::Rate.value(0.0), "0/s");
        assert_eq!(Unit::Bytes.value(1_000_000.0), "977 KiB");
    }
}
