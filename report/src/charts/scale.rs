//! Scales from values to places on the chart, and their ticks.

use super::canvas::BODY;
use super::input::{Axis, Spacing};
use super::text;
use super::units::Unit;

/// Zero stands this far from the first value that a logarithm has.
const ZERO_APART: f64 = 30.0;
/// More ticks than that are no help.
const MOST_TICKS: usize = 9;

/// Where an axis stands, which decides how much room its labels take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Labels stand side by side.
    Bottom,
    /// Labels stand above each other.
    Left,
}

/// A tick: its place, and that of its label, which stays within the axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// Where the value is.
    pub(crate) place: f64,
    /// Where the middle of the label is.
    pub(crate) label_place: f64,
    /// The value with its unit.
    pub(crate) label: String,
}

/// A scale over the values of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    unit: Unit,
    spacing: Spacing,
    /// The ends; on a logarithmic scale their logarithms.
    low: f64,
    high: f64,
    /// Whether values that a logarithm does not have stand at the edge, and how that is labelled.
    apart: Option<&'static str>,
    wanted: Vec<f64>,
    from: f64,
    to: f64,
}

impl Scale {
    /// A scale that has all of these values, on the places `from` to `to`; none without a value.
    /// What is not a number is passed over.
    pub(crate) fn over(
        axis: &Axis,
        values: impl IntoIterator<Item = f64>,
        from: f64,
        to: f64,
    ) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        if values.is_empty() {
            return None;
        }
        let scale = |low, high, apart| Self {
            unit: axis.unit,
            spacing: axis.spacing,
            low,
            high,
            apart,
            wanted: axis.ticks.iter().copied().filter(|tick| tick.is_finite()).collect(),
            from,
            to,
        };
        match axis.spacing {
            Spacing::Linear => {
                let (low, high) = ends(values.iter().copied().chain([0.0]));
                let step = round_step(high - low, 8.0, axis.unit);
                let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
                Some(scale(low, if high > low { high } else { low + step }, None))
            }
            Spacing::Logarithmic => {
                let apart = if values.iter().any(|value| *value < 0.0) {
                    Some("≤ 0")
                } else {
                    values.contains(&0.0).then_some("0")
                };
                let positive: Vec<f64> =
                    values.into_iter().filter(|value| *value > 0.0).map(f64::log10).collect();
                let (low, high) =
                    if positive.is_empty() { (0.0, 1.0) } else { ends(positive.into_iter()) };
                // One value alone stands in the middle of a decade.
                let short = (0.6 - (high - low)).max(0.0) / 2.0;
                let room = (high - low + 2.0 * short) * 0.04;
                Some(scale(low - short - room, high + short + room, apart))
            }
        }
    }

    /// The same scale elsewhere.
    pub(crate) fn moved(&self, from: f64, to: f64) -> Self {
        Self { from, to, ..self.clone() }
    }

    /// Where the values that a logarithm has begin.
    fn first(&self) -> f64 {
        match self.apart {
            Some(_) => {
                self.from
                    + ZERO_APART.min((self.to - self.from).abs() / 4.0)
                        * (self.to - self.from).signum()
            }
            None => self.from,
        }
    }

    /// The place between zero and the first value of a logarithmic scale, where the axis is broken.
    pub(crate) fn gap(&self) -> Option<f64> {
        self.apart.map(|_| f64::midpoint(self.from, self.first()))
    }

    /// The place of a value; values outside stand at the edge.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let (value, first) = match self.spacing {
            Spacing::Linear => (value, self.from),
            Spacing::Logarithmic if value > 0.0 => (value.log10(), self.first()),
            Spacing::Logarithmic => return self.from,
        };
        let share = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        first + share * (self.to - first)
    }

    /// The value at a share of the way along the scale.
    pub(crate) fn value_at(&self, share: f64) -> f64 {
        let value = self.low + share * (self.high - self.low);
        if self.spacing == Spacing::Logarithmic { 10f64.powf(value) } else { value }
    }

    /// Whether the value has a place of its own.
    pub(crate) fn has(&self, value: f64) -> bool {
        let (value, slack) = match self.spacing {
            Spacing::Linear => (value, (self.high - self.low) * 1e-9),
            Spacing::Logarithmic if value > 0.0 => (value.log10(), 1e-9),
            Spacing::Logarithmic => return self.apart.is_some() && value == 0.0,
        };
        value >= self.low - slack && value <= self.high + slack
    }

    /// Ticks whose labels do not touch each other: the finest of several sets that fits.
    pub(crate) fn ticks(&self, side: Side, size: f64) -> Vec<Tick> {
        let sets = self.candidates();
        let fitting = sets.iter().enumerate().find_map(|(index, set)| {
            let ticks = self.labelled(set, side, size);
            // The values that were asked for may be more than would be chosen.
            let most = if index == 0 && !self.wanted.is_empty() { 16 } else { MOST_TICKS };
            let fits = ticks.len() >= 2 && ticks.len() <= most && apart(&ticks, side, size);
            fits.then_some(ticks)
        });
        fitting.unwrap_or_else(|| {
            let most = sets.iter().max_by_key(|set| set.len()).cloned().unwrap_or_default();
            let mut kept: Vec<Tick> = Vec::new();
            for tick in self.labelled(&most, side, size) {
                kept.push(tick);
                if !apart(&kept, side, size) {
                    kept.pop();
                }
            }
            kept
        })
    }

    fn candidates(&self) -> Vec<Vec<f64>> {
        let mut sets = Vec::new();
        if !self.wanted.is_empty() {
            sets.push(self.wanted.clone());
        }
        match (self.spacing, self.unit) {
            (Spacing::Linear, unit) => {
                for ticks in [6.0, 4.0, 3.0, 2.0, 1.0] {
                    sets.push(multiples(
                        self.low,
                        self.high,
                        round_step(self.high - self.low, ticks, unit),
                    ));
                }
            }
            (Spacing::Logarithmic, Unit::Bytes) => {
                for power in [1, 2, 4, 5, 10] {
                    sets.push(powers(2f64.powi(power), &[1.0], self.low, self.high));
                }
            }
            (Spacing::Logarithmic, _) => {
                if self.high - self.low < 0.75 {
                    let (low, high) = (10f64.powf(self.low), 10f64.powf(self.high));
                    sets.push(multiples(low, high, round_step(high - low, 5.0, self.unit)));
                }
                sets.push(powers(10.0, &[1.0, 2.0, 5.0], self.low, self.high));
                for decades in [1, 2, 3, 4, 6] {
                    sets.push(powers(10f64.powi(decades), &[1.0], self.low, self.high));
                }
            }
        }
        sets
    }

    fn labelled(&self, values: &[f64], side: Side, size: f64) -> Vec<Tick> {
        let mut values: Vec<f64> = values
            .iter()
            .copied()
            .filter(|value| self.has(*value))
            .filter(|value| self.spacing == Spacing::Linear || *value > 0.0)
            .collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let beside = values.iter().copied().find(|value| *value > 0.0).unwrap_or(1.0);
        let apart = self.apart.map(|label| (self.from, label.to_owned()));
        let label = |value: f64| {
            if value == 0.0 { self.unit.zero(beside) } else { self.unit.tick(value) }
        };
        let labels = values.iter().map(|value| (self.place(*value), label(*value)));
        apart
            .into_iter()
            .chain(labels)
            .map(|(place, label)| {
                let half = text::width(&label, size, false) / 2.0;
                let (low, high) = (self.from.min(self.to) - 14.0, self.from.max(self.to) + 14.0);
                let label_place = match side {
                    Side::Bottom if high - low > 2.0 * half => place.clamp(low + half, high - half),
                    _ => place,
                };
                Tick { place, label_place, label }
            })
            .collect()
    }
}

/// The least and the largest of at least one value.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

fn apart(ticks: &[Tick], side: Side, size: f64) -> bool {
    ticks.windows(2).all(|pair| {
        let between = (pair[1].label_place - pair[0].label_place).abs();
        let needed = match side {
            Side::Bottom => {
                let wide = |tick: &Tick| text::width(&tick.label, size, false);
                wide(&pair[0]).midpoint(wide(&pair[1])) + size
            }
            Side::Left => size * 1.7,
        };
        between >= needed
    })
}

/// A round step that makes about so many steps of a range.
pub(crate) fn round_step(range: f64, steps: f64, unit: Unit) -> f64 {
    let rough = (range / steps).abs();
    if rough == 0.0 || !rough.is_finite() {
        return 1.0;
    }
    if unit == Unit::Bytes {
        return 2f64.powf(rough.log2().ceil()).max(1.0);
    }
    let decade = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|f| f * decade >= rough * 0.999).unwrap_or(10.0);
    let step = factor * decade;
    if matches!(unit, Unit::Count) { step.max(1.0) } else { step }
}

#[expect(clippy::cast_possible_truncation, reason = "a scale has a handful of steps")]
fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    #[expect(clippy::cast_precision_loss, reason = "a scale has a handful of steps")]
    (first..=last.min(first.saturating_add(100))).map(|index| index as f64 * step).collect()
}

/// Multiples of whole powers of a base, between two logarithms.
#[expect(clippy::cast_possible_truncation, reason = "exponents of numbers that exist")]
fn powers(base: f64, multiples: &[f64], low: f64, high: f64) -> Vec<f64> {
    let (first, last) = ((low / base.log10()).floor() as i32, (high / base.log10()).ceil() as i32);
    (first..=last)
        .flat_map(|power| multiples.iter().map(move |multiple| multiple * base.powi(power)))
        .filter(|value| (low..=high).contains(&value.log10()))
        .collect()
}

/// The room that the labels of an axis at the left take.
pub(crate) fn label_room(scale: &Scale) -> f64 {
    scale
        .ticks(Side::Left, BODY)
        .iter()
        .map(|tick| text::width(&tick.label, BODY, false))
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::canvas::register_fonts;

    fn labels(axis: &Axis, values: &[f64], room: f64) -> Vec<String> {
        register_fonts().unwrap();
        let scale = Scale::over(axis, values.iter().copied(), 0.0, room).unwrap();
        scale.ticks(Side::Bottom, BODY).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_stand_at_round_values() {
        let time = Axis::log("t", Unit::Duration);
        let shown = labels(&time, &[150e3, 600e6], 700.0);
        assert_eq!(shown, ["1 ms", "10 ms", "100 ms"]);
        let shown = labels(&time, &[150e3, 600e3], 700.0);
        assert_eq!(shown, ["200 µs", "300 µs", "400 µs", "500 µs", "600 µs"]);
        let shown = labels(&Axis::linear("t", Unit::Duration), &[0.0, 3e9], 700.0);
        assert_eq!(shown[..3], ["0 ms", "500 ms", "1 s"]);
        assert_eq!(shown.last().unwrap(), "3 s");
        let visited = [1.0, 2.0, 4.0, 8.0, 16.0, 1000.0];
        let senders = Axis::log("n", Unit::Count).with_ticks(visited);
        assert_eq!(labels(&senders, &visited, 600.0), ["1", "2", "4", "8", "16", "1,000"]);
        assert_eq!(labels(&senders, &visited, 70.0), ["1", "100"]);
    }

    #[test]
    fn awkward_values_have_a_scale() {
        let time = Axis::log("t", Unit::Duration);
        assert_eq!(Scale::over(&time, [f64::NAN, f64::INFINITY], 0.0, 1.0), None);
        assert_eq!(Scale::over(&time, [], 0.0, 1.0), None);
        assert!(labels(&time, &[5e6], 400.0).len() >= 2);
        assert!(labels(&Axis::linear("t", Unit::Count), &[0.0], 400.0).len() >= 2);
        let decades = labels(&time, &[1.0, 1e9], 300.0);
        assert!((3..=6).contains(&decades.len()), "{decades:?}");
        let zero = Scale::over(&time, [0.0, 1e6, 1e9], 0.0, 400.0).unwrap();
        assert_eq!(zero.place(0.0), 0.0);
        assert!(zero.place(1e6) > 20.0);
        assert_eq!(zero.ticks(Side::Bottom, BODY)[0].label, "0");
        assert_eq!(labels(&time, &[-5.0, 1e6], 300.0)[0], "≤ 0");
        assert!(!labels(&time, &[0.0], 300.0).is_empty());
    }
}
