//! A name that is none of a column's names, and the text form that those columns share.

/// A name that is none of those expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {given:?}: expected one of {expected}")]
pub struct UnknownName {
    /// What was to be named.
    pub what: &'static str,
    /// What was given instead.
    pub given: String,
    /// The names there are, separated by commas.
    pub expected: &'static str,
}

/// `Display`, `FromStr` and serde through the type's `ALL` and `name`.
macro_rules! named {
    ($type:ty, $what:literal, $expected:literal) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.into_iter().find(|it| it.name() == text).ok_or_else(|| {
                    $crate::UnknownName { what: $what, given: text.to_owned(), expected: $expected }
                })
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(test)]
        mod names {
            use super::*;

            #[test]
            fn read_back_and_an_unknown_one_is_named_with_those_expected() {
                for it in <$type>::ALL {
                    assert_eq!(it.to_string().parse(), Ok(it));
                    assert_eq!(serde_json::to_string(&it).unwrap(), format!("\"{it}\""));
                }
                let error = "no such name".parse::<$type>().unwrap_err().to_string();
                for it in <$type>::ALL {
                    assert!(error.contains("no such name") && error.contains(it.name()), "{error}");
                }
            }
        }
    };
}
pub(crate) use named;
