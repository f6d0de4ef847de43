//! The name of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a run, which is also the name of its folder: 1 to 64 of `A-Z a-z 0-9 . _ -`,
/// beginning with a letter or a digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// Text that cannot name a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given:?} cannot name a run: expected 1 to 64 of the characters A-Z a-z 0-9 . _ -, \
     beginning with a letter or a digit"
)]
pub struct InvalidRunId {
    /// The text.
    pub given: String,
}

impl RunId {
    /// Accepts a name.
    ///
    /// # Errors
    /// [`InvalidRunId`] when it has characters that a folder or an address should not have.
    pub fn new(text: &str) -> Result<Self, InvalidRunId> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        let all = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if first && all && text.len() <= 64 {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRunId { given: text.to_owned() })
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(&text)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_are_accepted_and_ways_out_of_them_are_not() {
        for good in ["a", "2026-11-23T20.15.00Z-quick-346b3b2", "example", "0_x"] {
            assert_eq!(RunId::new(good).unwrap().to_string(), good);
        }
        for bad in ["", ".", "..", "-x", "a/b", "a b", "é", &"x".repeat(65)] {
            assert!(RunId::new(bad).unwrap_err().to_string().contains(&format!("{bad:?}")));
        }
    }

    #[test]
    fn json_is_checked_too() {
        assert!(serde_json::from_str::<RunId>("\"../x\"").is_err());
        let id: RunId = serde_json::from_str("\"x\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"x\"");
    }
}
