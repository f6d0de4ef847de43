//! Figures as people read them.

use crate::analysis::{Estimate, Proportion, Quantity};

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

/// A figure in its unit.
#[must_use]
pub fn quantity(value: f64, quantity: Quantity) -> String {
    match quantity {
        Quantity::Duration => duration(value),
        Quantity::Ratio => significant(value),
        Quantity::Rate => format!("{}/s", count(value)),
    }
}

/// A figure with its interval in brackets.
#[must_use]
pub fn estimate(estimate: &Estimate, of: Quantity) -> String {
    let show = |value| quantity(value, of);
    match estimate.interval {
        Some((low, high)) => format!("{} [{}, {}]", show(estimate.value), show(low), show(high)),
        None => format!("{} (no interval: one round)", show(estimate.value)),
    }
}

/// A count or a rate: three significant digits, and commas between thousands.
pub(crate) fn count(value: f64) -> String {
    if value.abs() < 999.5 {
        return significant(value);
    }
    let whole = format!("{:.0}", value.abs());
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 { format!("-{grouped}") } else { grouped }
}

/// A share in percent: `3.2 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let whole = percent.round();
    if (percent - whole).abs() < 1e-9 {
        return format!("{whole:.0} %");
    }
    format!("{} %", significant(percent))
}

/// A share with its interval; of a count of nothing the highest share that it leaves possible.
pub(crate) fn proportion(found: &Proportion) -> String {
    match (found.count, found.share().zip(found.interval)) {
        (_, None) => "–".to_owned(),
        (0, Some((_, (_, high)))) => format!("0 (below {})", percent(high)),
        (count, Some((share, (low, high)))) => {
            format!("{count}: {} [{}, {}]", percent(share), percent(low), percent(high))
        }
    }
}

/// A probability.
pub(crate) fn probability(p: f64) -> String {
    match p {
        p if p < 0.0001 => "&lt; 0.0001".to_owned(),
        p if p >= 1.0 => "1".to_owned(),
        p => format!("{p:.4}"),
    }
}

/// US dollars.
pub(crate) fn usd(value: f64) -> String {
    let digits = if value.abs() < 9.995 { 3 } else { 2 };
    let text = format!("${:.digits$}", value.abs());
    if value < -0.000_5 { format!("-{text}") } else { text }
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
        assert_eq!(estimate(&with, Quantity::Duration), "1.00 ms [900 µs, 1.10 ms]");
        let without = Estimate { value: 0.5, interval: None, n: 5 };
        assert_eq!(estimate(&without, Quantity::Ratio), "0.500 (no interval: one round)");
    }

    #[test]
    fn counts_shares_and_prices() {
        assert_eq!(
            [12.34, 999.6, 1234.6, -5e6].map(count),
            ["12.3", "1,000", "1,235", "-5,000,000"]
        );
        assert_eq!(proportion(&Proportion::of(0, 0)), "–");
        assert_eq!(proportion(&Proportion::of(0, 1000)), "0 (below 0.383 %)");
        assert_eq!(proportion(&Proportion::of(2, 100)), "2: 2 % [0.550 %, 7.00 %]");
        assert_eq!(
            [0.2, 12.345, -0.0001, -1.0].map(usd),
            ["$0.200", "$12.35", "$0.000", "-$1.000"]
        );
    }
}
