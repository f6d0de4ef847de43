//! The violations of all parts, summed by experiment and rule.

use std::collections::BTreeMap;

use super::{RULES, Rule};
use crate::record::Record as _;
use crate::{PartColumns, PartKey, Row};

/// Rows of an experiment that break a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValues {
    /// The experiment.
    pub experiment: String,
    /// The rule.
    pub rule: &'static Rule,
    /// How many rows break it.
    pub rows: u64,
    /// Of how many, in the rule's data set.
    pub of: u64,
    /// One of them.
    pub example: InvalidExample,
}

/// A row that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidExample {
    /// Its part.
    pub part: PartKey,
    /// Its number in the part, from 0.
    pub row: u64,
    /// Its values in the rule's columns.
    pub values: String,
}

/// The sums so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// By experiment and the rule's place among all.
    found: BTreeMap<(String, usize), InvalidValues>,
    /// The timings and the invocations of each experiment.
    rows: BTreeMap<String, [u64; 2]>,
}

impl Tally {
    /// Counts a part.
    pub(crate) fn add(&mut self, part: &PartSummary) {
        let experiment = &part.key.experiment;
        let rows = self.rows.entry(experiment.clone()).or_default();
        *rows = [rows[0] + part.rows[0], rows[1] + part.rows[1]];
        for violation in &part.violations {
            let place =
                RULES.iter().position(|rule| *rule == violation.rule).unwrap_or(RULES.len());
            let found = self.found.entry((experiment.clone(), place));
            let found = found.or_insert_with(|| InvalidValues {
                experiment: experiment.clone(),
                rule: violation.rule,
                rows: 0,
                of: 0,
                example: InvalidExample {
                    part: part.key.clone(),
                    row: violation.row,
                    values: violation.values.clone(),
                },
            });
            found.rows += violation.rows;
        }
    }

    /// The sums, by experiment and in the order of the rules.
    pub(crate) fn into_sums(self) -> Vec<InvalidValues> {
        let Self { found, rows } = self;
        let of = |found: &InvalidValues| {
            let [timings, invocations] = rows.get(&found.experiment).copied().unwrap_or_default();
            if found.rule.data_set == Row::FOLDER { timings } else { invocations }
        };
        found.into_values().map(|found| InvalidValues { of: of(&found), ..found }).collect()
    }
}

/// What the sums need of a part.
#[derive(Debug)]
pub(crate) struct PartSummary {
    key: PartKey,
    rows: [u64; 2],
    violations: Vec<super::Violation>,
}

impl PartSummary {
    /// Of a part's columns.
    pub(crate) fn of(columns: &PartColumns) -> Self {
        Self {
            key: columns.key.clone(),
            rows: [columns.rows as u64, columns.invocations.side.len() as u64],
            violations: columns.violations.clone(),
        }
    }
}
