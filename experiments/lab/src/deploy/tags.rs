//! What every resource is marked with, so that it is found again without any file.

use std::collections::{BTreeMap, HashMap};

use store::RunId;

use crate::error::LabError;

/// The tag with the run's name.
pub(crate) const RUN: &str = "handoff:run";
/// The tag with the time after which `teardown --all-expired` deletes it, RFC 3339 in UTC.
pub(crate) const EXPIRES: &str = "handoff:expires";

/// The tags of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// The tags of a run's resources, which are not needed after `expires`.
    #[must_use]
    pub fn of(run: &RunId, expires: jiff::Timestamp) -> Self {
        let expires = expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let tags = [(RUN, run.to_string()), (EXPIRES, expires)];
        Self(tags.map(|(key, value)| (key.to_owned(), value)).into())
    }

    /// As most services take them.
    pub(super) fn map(&self) -> HashMap<String, String> {
        self.0.clone().into_iter().collect()
    }

    pub(super) fn sns(&self) -> Result<Vec<aws_sdk_sns::types::Tag>, LabError> {
        let tag = |(key, value): (&String, &String)| {
            aws_sdk_sns::types::Tag::builder().key(key).value(value).build()
        };
        let tags: Result<_, _> = self.0.iter().map(tag).collect();
        tags.map_err(|e| LabError::Backend(format!("cannot tag a topic: {e}")))
    }

    pub(super) fn sfn(&self) -> Vec<aws_sdk_sfn::types::Tag> {
        let tag = |(key, value): (&String, &String)| {
            aws_sdk_sfn::types::Tag::builder().key(key).value(value).build()
        };
        self.0.iter().map(tag).collect()
    }

    pub(super) fn iam(&self) -> Result<Vec<aws_sdk_iam::types::Tag>, LabError> {
        let tag = |(key, value): (&String, &String)| {
            aws_sdk_iam::types::Tag::builder().key(key).value(value).build()
        };
        let tags: Result<_, _> = self.0.iter().map(tag).collect();
        tags.map_err(|e| LabError::Backend(format!("cannot tag a role: {e}")))
    }
}

/// What the names of a deployment begin with: the run's name, as far as every service takes it, and
/// bits that no other attempt has.
///
/// A function's name has 64 characters at most; the pair's number, its transport and its side
/// take up to 25 of them.
#[must_use]
pub(crate) fn prefix(run: &RunId, random: u64) -> String {
    const RUN_CHARS: usize = 20;
    // The narrowest of all, a function's and a queue's name: letters, digits, - and _.
    let run: String = run.as_str().replace('.', "-").chars().take(RUN_CHARS).collect();
    format!("{NAME}{run}-{:08x}", random >> 32)
}

/// What the name of everything that the lab makes begins with.
pub(crate) const NAME: &str = "handoff-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_run_and_fit_every_service() {
        let run = RunId::new("20261124T105233Z-quick-9ffdcd0.dirty").unwrap();
        let prefix = prefix(&run, u64::MAX);
        assert_eq!(prefix, "handoff-20261124T105233Z-qui-ffffffff");
        let longest = format!("{prefix}-99-async-invoke-receiver");
        assert!(longest.len() <= 64, "{}", longest.len());
        assert!(super::prefix(&RunId::new("a.b").unwrap(), 0).starts_with("handoff-a-b-0"));
    }

    #[test]
    fn tags_say_run_and_end() {
        let run = RunId::new("r").unwrap();
        let tags = Tags::of(&run, jiff::Timestamp::from_second(0).unwrap()).map();
        assert_eq!(tags[RUN], "r");
        assert_eq!(tags[EXPIRES], "1970-01-01T00:00:00Z");
    }
}
