//! A place in S3: `s3://bucket/prefix`.

use std::fmt;
use std::str::FromStr;

/// A bucket and a prefix without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) bucket: String,
    prefix: String,
}

impl Location {
    /// The key of a file below it.
    pub(crate) fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    /// A place below it.
    pub(crate) fn below(&self, name: &str) -> Self {
        Self { bucket: self.bucket.clone(), prefix: self.key(name) }
    }

    /// The last part of the prefix.
    pub(crate) fn name(&self) -> Option<&str> {
        self.prefix.rsplit('/').next().filter(|name| !name.is_empty())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("{text:?} is no place in S3: expected s3://bucket/prefix");
        let rest = text.strip_prefix("s3://").ok_or_else(expected)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let parts_are_named = prefix.is_empty() || prefix.split('/').all(|part| !part.is_empty());
        if bucket.is_empty() || !parts_are_named {
            return Err(expected());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_bucket_and_a_prefix() {
        let place: Location = "s3://b/runs/night/".parse().unwrap();
        assert_eq!(
            (place.to_string().as_str(), place.name()),
            ("s3://b/runs/night", Some("night"))
        );
        assert_eq!(place.key("manifest.json"), "runs/night/manifest.json");
        let bucket: Location = "s3://b".parse().unwrap();
        assert_eq!((bucket.key("x"), bucket.name()), ("x".to_owned(), None));
        assert_eq!(bucket.below("night").to_string(), "s3://b/night");
        for wrong in ["b/x", "s3://", "s3:///x", "s3://b//x"] {
            let error = wrong.parse::<Location>().unwrap_err();
            assert!(error.contains(wrong) && error.contains("s3://bucket/prefix"), "{error}");
        }
    }
}
