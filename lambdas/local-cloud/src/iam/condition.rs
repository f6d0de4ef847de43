//! Conditions of statements: operators on strings and ARNs. What is not modelled is refused, never
//! passed over: a condition that is not looked at would allow too much or too little.

use serde_json::Value;

use super::pattern::{matches, matches_arn};
use super::policy::{PolicyError, texts};

/// The condition keys that requests here have, lower case, without those that name a tag.
const KEYS: [&str; 6] = [
    "aws:principalarn",
    "aws:principalaccount",
    "aws:requestedregion",
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "lambda:functionarn",
];
/// Begins the key of a tag that the request gives its resource.
const REQUEST_TAG: &str = "aws:requesttag/";

/// What is known of a request beside its action and resource: condition keys with their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context(Vec<(String, String)>);

impl Context {
    /// Adds a key, of which there is one value.
    pub(crate) fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.push((key.to_ascii_lowercase(), value.into()));
        self
    }

    /// All keys of both.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.0.extend(other.0.iter().cloned());
        self
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// A key that is compared with values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    operator: Operator,
    /// `...IfExists`: holds where the request has no such key.
    if_exists: bool,
    key: String,
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Compare {
        how: Comparison,
        negated: bool,
    },
    /// Holds where the key is absent, if the value is `true`, and present if it is `false`.
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
}

impl Operator {
    fn parse(name: &str) -> Option<Self> {
        let (how, negated) = match name {
            "StringEquals" => (Comparison::Equals, false),
            "StringNotEquals" => (Comparison::Equals, true),
            "StringEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, false),
            "StringNotEqualsIgnoreCase" => (Comparison::EqualsIgnoreCase, true),
            "StringLike" => (Comparison::Like, false),
            "StringNotLike" => (Comparison::Like, true),
            "ArnEquals" | "ArnLike" => (Comparison::Arn, false),
            "ArnNotEquals" | "ArnNotLike" => (Comparison::Arn, true),
            "Null" => return Some(Self::Null),
            _ => return None,
        };
        Some(Self::Compare { how, negated })
    }
}

impl Condition {
    /// Reads a `Condition` element: `{operator: {key: value or values}}`.
    ///
    /// # Errors
    /// When it is malformed, or an operator or a key is not modelled.
    pub(super) fn parse_all(element: &Value) -> Result<Vec<Self>, PolicyError> {
        let wrong = || PolicyError::new("Condition is an object of operators with their keys");
        let mut all = Vec::new();
        for (name, keys) in element.as_object().ok_or_else(wrong)? {
            let (plain, if_exists) = match name.strip_suffix("IfExists") {
                Some(plain) => (plain, true),
                None => (name.as_str(), false),
            };
            let operator = Operator::parse(plain).ok_or_else(|| {
                PolicyError::new(format!(
                    "local-cloud does not evaluate the condition operator {name}: it has String..., \
                     Arn... and Null"
                ))
            })?;
            for (key, values) in keys.as_object().ok_or_else(wrong)? {
                let key = key.to_ascii_lowercase();
                if !KEYS.contains(&key.as_str()) && !key.starts_with(REQUEST_TAG) {
                    return Err(PolicyError::new(format!(
                        "local-cloud does not know the condition key {key}: it has {} and \
                         {REQUEST_TAG}...",
                        KEYS.join(", ")
                    )));
                }
                let values = texts(values, "a condition's value")?;
                all.push(Self { operator, if_exists, key, values });
            }
        }
        Ok(all)
    }

    /// Whether it holds (IAM User Guide, "Conditions with multiple context keys or values": one of
    /// the values has to match, and none may where the operator is negated; a key that is absent
    /// matches negated operators only).
    pub(super) fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.key);
        match self.operator {
            Operator::Null => self.values.iter().any(|v| (v == "true") == found.is_none()),
            Operator::Compare { how, negated } => match found {
                None => negated || self.if_exists,
                Some(found) => self.values.iter().any(|value| how.compare(value, found)) != negated,
            },
        }
    }
}

impl Comparison {
    fn compare(self, value: &str, found: &str) -> bool {
        match self {
            Self::Equals => value == found,
            Self::EqualsIgnoreCase => value.eq_ignore_ascii_case(found),
            Self::Like => matches(value, found),
            Self::Arn => matches_arn(value, found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(element: Value, context: &Context) -> bool {
        Condition::parse_all(&element).unwrap().iter().all(|condition| condition.holds(context))
    }

    fn passed_to(service: &str) -> Context {
        Context::default().with("iam:PassedToService", service)
    }

    // IAM User Guide, "IAM JSON policy elements: Condition operators", "String condition operators".
    #[test]
    fn strings_are_compared_as_their_operator_says() {
        let lambda = passed_to("lambda.amazonaws.com");
        let by = |operator: &str, value: &str| {
            holds(json!({ operator: { "iam:PassedToService": value } }), &lambda)
        };
        assert!(by("StringEquals", "lambda.amazonaws.com"));
        assert!(!by("StringEquals", "Lambda.amazonaws.com"));
        assert!(!by("StringEquals", "lambda.*"));
        assert!(by("StringEqualsIgnoreCase", "Lambda.amazonaws.com"));
        assert!(by("StringLike", "lambda.*"));
        assert!(by("StringNotEquals", "ec2.amazonaws.com"));
        assert!(!by("StringNotLike", "lambda.*"));
        assert!(!by("StringNotEqualsIgnoreCase", "LAMBDA.amazonaws.com"));
    }

    #[test]
    fn arns_are_compared_by_their_components() {
        let context =
            Context::default().with("lambda:FunctionArn", "arn:aws:lambda:r:1:function:handoff-a");
        let by = |operator: &str, value: &str| {
            holds(json!({ operator: { "lambda:FunctionArn": value } }), &context)
        };
        assert!(by("ArnLike", "arn:*:lambda:*:*:function:handoff-*"));
        assert!(by("ArnEquals", "arn:*:lambda:*:*:function:handoff-*"));
        assert!(!by("ArnNotLike", "arn:*:lambda:*:*:function:handoff-*"));
        assert!(!by("ArnLike", "arn:*:lambda:*:*:handoff-*"));
    }

    // "Conditions with multiple context keys or values": keys with AND, values with OR or NOR.
    #[test]
    fn all_keys_must_hold_each_for_one_of_its_values() {
        let lambda = passed_to("lambda.amazonaws.com").with("aws:RequestedRegion", "eu-west-1");
        let values = json!(["ec2.amazonaws.com", "lambda.amazonaws.com"]);
        assert!(holds(json!({ "StringEquals": { "iam:PassedToService": values } }), &lambda));
        assert!(!holds(json!({ "StringNotEquals": { "iam:PassedToService": values } }), &lambda));
        let both = json!({ "StringEquals": {
            "iam:PassedToService": "lambda.amazonaws.com", "aws:RequestedRegion": "us-east-1" } });
        assert!(!holds(both, &lambda));
    }

    // "...IfExists condition operators" and "Condition operator to check existence of condition keys".
    #[test]
    fn an_absent_key_matches_only_what_is_negated_or_asks_if_it_exists() {
        let none = Context::default();
        let by = |operator: &str| holds(json!({ operator: { "IAM:PassedToService": "x" } }), &none);
        assert!(!by("StringEquals"));
        assert!(!by("StringLike"));
        assert!(by("StringNotEquals"));
        assert!(by("StringEqualsIfExists"));
        let null = |value: &str, context: &Context| {
            holds(json!({ "Null": { "iam:PassedToService": value } }), context)
        };
        assert!(null("true", &none));
        assert!(!null("false", &none));
        assert!(null("false", &passed_to("x")));
    }

    #[test]
    fn what_is_not_modelled_is_refused_by_name() {
        for (element, named) in [
            (json!({ "DateLessThan": { "aws:CurrentTime": "2026" } }), "DateLessThan"),
            (json!({ "ForAllValues:StringEquals": { "aws:TagKeys": "a" } }), "ForAllValues"),
            (json!({ "StringEquals": { "aws:SourceIp": "1" } }), "aws:sourceip"),
            (json!({ "StringEquals": ["a"] }), "Condition"),
        ] {
            let error = Condition::parse_all(&element).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
        assert!(
            Condition::parse_all(&json!({ "StringEquals": { "aws:RequestTag/a": "b" } })).is_ok()
        );
    }
}
