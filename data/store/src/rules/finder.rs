//! Counts the rows that break a rule.

use super::{Rule, Violation};
use crate::Nullable;

/// What was found in one part.
pub(super) struct Finder<F> {
    rows: usize,
    /// The value of a column in a row, as text.
    shown: F,
    pub(super) found: Vec<Violation>,
}

impl<F: Fn(&str, usize) -> String> Finder<F> {
    pub(super) fn new(rows: usize, shown: F) -> Self {
        Self { rows, shown, found: Vec::new() }
    }

    /// Counts the rows that break a rule, where it is not known already that none does.
    pub(super) fn rule(
        &mut self,
        rule: &'static Rule,
        is_kept: bool,
        breaks: impl Fn(usize) -> bool,
    ) {
        if is_kept {
            return;
        }
        let mut breaking = (0..self.rows).filter(|row| breaks(*row));
        let Some(first) = breaking.next() else { return };
        let rows = 1 + breaking.count() as u64;
        let values =
            rule.columns.iter().map(|name| format!("{name} = {}", (self.shown)(name, first)));
        let values = values.collect::<Vec<_>>().join(", ");
        self.found.push(Violation { rule, rows, row: first as u64, values });
    }
}

/// Whether all values are there and none is bad. Without a branch in it, so that it takes next to no
/// time for the many parts in which all is well.
pub(super) fn all_fit<T: Copy + Default>(column: &Nullable<T>, bad: impl Fn(T) -> bool) -> bool {
    let Some(values) = column.all_values() else { return false };
    !values.iter().fold(false, |any, value| any | bad(*value))
}

/// As [`all_fit`], of two columns.
pub(super) fn pairs_fit<T: Copy + Default, U: Copy + Default>(
    one: &Nullable<T>,
    other: &Nullable<U>,
    bad: impl Fn(T, U) -> bool,
) -> bool {
    let Some((ones, others)) = one.all_values().zip(other.all_values()) else { return false };
    !ones.iter().zip(others).fold(false, |any, (one, other)| any | bad(*one, *other))
}

/// As [`all_fit`], of three columns.
pub(super) fn triples_fit<T: Copy + Default>(
    one: &Nullable<T>,
    (second, third): (&Nullable<i64>, &Nullable<i64>),
    bad: impl Fn(T, i64, i64) -> bool,
) -> bool {
    let Some(ones) = one.all_values() else { return false };
    let Some((seconds, thirds)) = second.all_values().zip(third.all_values()) else { return false };
    let mut rest = seconds.iter().zip(thirds);
    !ones.iter().fold(false, |any, one| {
        any | rest.next().is_none_or(|(second, third)| bad(*one, *second, *third))
    })
}

/// Whether there are values of both in a row, and they are bad.
pub(super) fn both<T, U>(one: Option<T>, other: Option<U>, bad: impl Fn(T, U) -> bool) -> bool {
    one.zip(other).is_some_and(|(one, other)| bad(one, other))
}
