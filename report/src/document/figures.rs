//! Figures as people read them.

use crate::analysis::Estimate;

/// Nanoseconds with three significant digits in the unit that suits them.
#[must_use]
pub fn duration(ns: f64) -> String {
    let (value, unit) = match ns.abs() {
        size if size < 999.5 => (ns, "ns"),
        size if size < 999.5e3 => (ns / 1e3, "µs"),
        size if size < 999.5e6 => (ns / 1e6, "ms"),
        _ => (ns / 1e9, "s"),
    };
    format!("{} {unit}", significant(value))
}

/// Three significant digits.
pub(crate) fn significant(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.000_995 => format!("{value:.1e}"),
        size if size < 0.999_5 => format!("{value:.3}"),
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// A figure with its interval in brackets.
#[must_use]
pub fn estimate(estimate: &Estimate, is_duration: bool) -> String {
    let show = |value| if is_duration { duration(value) } else { significant(value) };
    match estimate.interval {
        Some((low, high)) => format!("{} [{}, {}]", show(estimate.value), show(low), show(high)),
        None => format!("{} (no interval: one round)", show(estimate.value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_in_the_unit_that_suits() {
        let shown = [0.0, 7.0, 163_400.0, 999_499.0, 999_600.0, 12.345e6, 0.5e9, 2.5e9, -42e3];
        let expected = [
            "0 ns",
            "7.00 ns",
            "163 µs",
            "999 µs",
            "1.00 ms",
            "12.3 ms",
            "500 ms",
            "2.50 s",
            "-42.0 µs",
        ];
        assert_eq!(shown.map(duration), expected);
    }

    #[test]
    fn an_interval_stands_in_brackets() {
        let with = Estimate { value: 1e6, interval: Some((0.9e6, 1.1e6)), n: 5 };
        assert_eq!(estimate(&with, true), "1.00 ms [900 µs, 1.10 ms]");
        let without = Estimate { value: 0.5, interval: None, n: 5 };
        assert_eq!(estimate(&without, false), "0.500 (no interval: one round)");
    }
}
