//! What was found of a cell, in words.

use super::Margin;
use super::comparison::NotComparable;
use super::effect::Effect;
use super::judge::{Judged, Needed, Scale, Verdict, WIDEST};
use crate::charts::MOST_PERCENT;
use crate::document::{count, duration};

/// What stands for what says nothing.
pub(super) const NOTHING: &str = "–";

/// More rounds than that nobody runs.
const MOST_ROUNDS: u32 = 10_000;

/// A change with its sign: in percent, or as a time.
pub(super) fn signed(scale: Scale, change: f64) -> String {
    let (size, shown) = match scale {
        Scale::Ratio => {
            let percent = (change - 1.0) * 100.0;
            let digits = if percent.abs() < 99.95 { 1 } else { 0 };
            if percent >= MOST_PERCENT {
                return format!("×{}", count(change));
            }
            (percent, format!("{:.digits$} %", percent.abs()))
        }
        Scale::Difference => (change, duration(change.abs())),
    };
    let sign = if shown.trim_end_matches(" %").parse() == Ok(0.0) {
        ""
    } else if size < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{shown}")
}

fn with_interval(value: f64, interval: Option<(f64, f64)>, show: impl Fn(f64) -> String) -> String {
    let value = show(value);
    match interval {
        Some((low, high)) => format!("{value} [{}, {}]", show(low), show(high)),
        None => format!("{value} [{NOTHING}]"),
    }
}

/// The shift with its interval, or a dash for that.
pub(super) fn change(judged: &Judged) -> String {
    with_interval(judged.change, judged.interval, |change| signed(judged.scale, change))
}

pub(super) fn effect(effect: Effect, show: impl Fn(f64) -> String) -> String {
    with_interval(effect.value, effect.interval, show)
}

pub(super) fn probability(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

/// The least shift that the sample finds.
pub(super) fn finds(judged: &Judged) -> String {
    match (judged.finds, judged.needed) {
        (Some(least), _) => {
            // What is less than the last digit shown would read as nothing.
            let least = if judged.scale == Scale::Ratio { least.max(1.001) } else { least };
            format!("{} or more", signed(judged.scale, least).trim_start_matches('+'))
        }
        (None, Some(Needed::ToFindAnything(_))) => "nothing: too few rounds".to_owned(),
        (None, _) => format!("nothing below ×{WIDEST}"),
    }
}

pub(super) fn rounds(rounds: u32) -> String {
    if rounds > MOST_ROUNDS {
        format!("more than {}", count(f64::from(MOST_ROUNDS)))
    } else {
        rounds.to_string()
    }
}

/// What an inconclusive comparison would need.
pub(super) fn needed(needed: Needed) -> String {
    let rounds = rounds(needed.rounds());
    match needed {
        Needed::ToFindAnything(_) => format!("needs {rounds} rounds of each run to find anything"),
        Needed::ToFindATenth(_) => format!("needs {rounds} rounds of each run to find 10 %"),
        Needed::ToSettle(_) => {
            format!("needs about {rounds} rounds of each run for a shift as small as this")
        }
    }
}

/// The verdict, with what goes with it.
pub(super) fn verdict(judged: &Judged, margin: Margin) -> String {
    let name = judged.verdict.name();
    match judged.verdict {
        Verdict::Faster | Verdict::Slower if judged.within_margin => {
            format!("**{name}**, by less than {margin}")
        }
        Verdict::Faster | Verdict::Slower => format!("**{name}**"),
        Verdict::Equivalent => name.to_owned(),
        Verdict::Inconclusive => match judged.needed {
            Some(more) => format!("{name}: {}", needed(more)),
            None if judged.scale == Scale::Difference => {
                format!("{name}: a margin of {margin} means nothing where medians are not above 0")
            }
            None => name.to_owned(),
        },
    }
}

pub(super) const fn why_not(why: NotComparable) -> &'static str {
    match why {
        NotComparable::OnlyInFirst => "only the first run has this cell",
        NotComparable::OnlyInSecond => "only the second run has this cell",
        NotComparable::NoValues => "a run has no value of it",
        NotComparable::OneRound => "no interval: a run has one round only",
    }
}
