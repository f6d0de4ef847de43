//! Scales from nanoseconds to places on the chart, and their labels.

/// A logarithmic scale over whole decades or halves of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogScale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl LogScale {
    /// A scale that has all of these values, on the places `from` to `to`. Values that a
    /// logarithm does not have are passed over.
    pub(crate) fn over(values: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let mut range: Option<(f64, f64)> = None;
        for value in values.into_iter().filter(|value| *value > 0.0 && value.is_finite()) {
            let (low, high) = range.unwrap_or((value, value));
            range = Some((low.min(value), high.max(value)));
        }
        let (low, high) = range?;
        let low = (low.log10() * 2.0 - 0.1).floor() / 2.0;
        let high = (high.log10() * 2.0 + 0.1).ceil() / 2.0;
        Some(Self { low, high: high.max(low + 1.0), from, to })
    }

    /// The place of a value; values outside stand at the edge.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let log = if value > 0.0 { value.log10() } else { self.low };
        let share = (log.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.from + share * (self.to - self.from)
    }

    /// The decades on the scale with their places and labels.
    #[expect(clippy::cast_possible_truncation, reason = "decades of nanoseconds are below 20")]
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let (first, last) = (self.low.ceil() as i32, self.high.floor() as i32);
        (first..=last)
            .map(|decade| (self.place(10f64.powi(decade)), decade_label(decade)))
            .collect()
    }
}

/// `10^decade` nanoseconds.
fn decade_label(decade: i32) -> String {
    let (unit, power) = match decade {
        ..0 => return format!("1e{decade} ns"),
        0..3 => ("ns", decade),
        3..6 => ("µs", decade - 3),
        6..9 => ("ms", decade - 6),
        _ => ("s", decade - 9),
    };
    format!("{} {unit}", 10f64.powi(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_three_decades_have_a_tick_for_each() {
        let scale = LogScale::over([150e3, 0.0, -3.0, 600e6], 0.0, 100.0).unwrap();
        let labels: Vec<String> = scale.ticks().into_iter().map(|tick| tick.1).collect();
        assert_eq!(labels, ["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]);
        assert!(scale.place(150e3) > 0.0 && scale.place(600e6) < 100.0);
        assert_eq!(scale.place(-1.0), 0.0);
        assert_eq!(LogScale::over([0.0], 0.0, 1.0), None);
    }
}
