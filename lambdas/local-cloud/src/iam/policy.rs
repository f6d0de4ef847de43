//! Policy documents, read for evaluation (IAM User Guide, "IAM JSON policy element reference").

use serde_json::{Map, Value};

use super::condition::{Condition, Context};
use super::pattern::{matches_action, matches_resource};

/// A policy of an identity, or a boundary of one: its statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// Why a policy cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

impl PolicyError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    actions: Selection,
    resources: Selection,
    conditions: Vec<Condition>,
}

/// `Action` and `Resource` name what a statement is for, `NotAction` and `NotResource` what not.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection {
    Of(Vec<String>),
    AllBut(Vec<String>),
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// [`PolicyError`] naming what is malformed or not modelled: principals, policy variables,
    /// condition operators and keys that are not known, element names that are none.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let document: Map<String, Value> =
            serde_json::from_str(text).map_err(|problem| PolicyError::new(problem.to_string()))?;
        let is_2012 = version(&document)?;
        let statements = statements(&document)?
            .into_iter()
            .map(|statement| Statement::parse(statement, is_2012))
            .collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }
}

/// Whether the document is of the version that has policy variables.
fn version(document: &Map<String, Value>) -> Result<bool, PolicyError> {
    known(document, &["Version", "Id", "Statement"])?;
    match document.get("Version").map(|version| version.as_str()) {
        // "IAM JSON policy elements: Version": the default is the older one.
        None | Some(Some("2008-10-17")) => Ok(false),
        Some(Some("2012-10-17")) => Ok(true),
        Some(_) => Err(PolicyError::new("Version is 2012-10-17 or 2008-10-17")),
    }
}

/// The statements of a document: one, or a list.
fn statements(document: &Map<String, Value>) -> Result<Vec<&Map<String, Value>>, PolicyError> {
    let wrong = || PolicyError::new("Statement is an object or a list of objects");
    match document.get("Statement") {
        Some(Value::Object(one)) => Ok(vec![one]),
        Some(Value::Array(all)) => {
            all.iter().map(|one| one.as_object().ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}

impl Statement {
    fn parse(element: &Map<String, Value>, has_variables: bool) -> Result<Self, PolicyError> {
        known(
            element,
            &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"],
        )?;
        let effect = match element.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err(PolicyError::new("Effect is Allow or Deny")),
        };
        let actions = selection(element, "Action", "NotAction")?;
        for action in actions.patterns() {
            if action != "*"
                && action.split_once(':').is_none_or(|(s, a)| s.is_empty() || a.is_empty())
            {
                return Err(PolicyError::new(format!(
                    "{action:?} is no action: expected one such as sns:Publish"
                )));
            }
        }
        let resources = selection(element, "Resource", "NotResource")?;
        for resource in resources.patterns() {
            if resource != "*" && !resource.starts_with("arn:") {
                return Err(PolicyError::new(format!("{resource:?} is neither an ARN nor *")));
            }
        }
        let conditions =
            element.get("Condition").map_or_else(|| Ok(Vec::new()), Condition::parse_all)?;
        if has_variables && Value::Object(element.clone()).to_string().contains("${") {
            return Err(PolicyError::new(
                "local-cloud does not evaluate policy variables (${...})",
            ));
        }
        Ok(Self { effect, actions, resources, conditions })
    }

    /// Whether the statement is about a call.
    pub(super) fn applies(&self, action: &str, resource: &str, context: &Context) -> bool {
        self.actions.selects(|pattern| matches_action(pattern, action))
            && self.resources.selects(|pattern| matches_resource(pattern, resource))
            && self.conditions.iter().all(|condition| condition.holds(context))
    }
}

impl Selection {
    fn patterns(&self) -> &[String] {
        match self {
            Self::Of(patterns) | Self::AllBut(patterns) => patterns,
        }
    }

    fn selects(&self, matches: impl Fn(&str) -> bool) -> bool {
        let named = self.patterns().iter().any(|pattern| matches(pattern));
        match self {
            Self::Of(_) => named,
            Self::AllBut(_) => !named,
        }
    }
}

/// One of two elements, of which there must be exactly one.
fn selection(
    element: &Map<String, Value>,
    of: &str,
    all_but: &str,
) -> Result<Selection, PolicyError> {
    match (element.get(of), element.get(all_but)) {
        (Some(values), None) => Ok(Selection::Of(texts(values, of)?)),
        (None, Some(values)) => Ok(Selection::AllBut(texts(values, all_but)?)),
        _ => Err(PolicyError::new(format!("a statement has either {of} or {all_but}"))),
    }
}

/// A text, or a list of some.
pub(super) fn texts(values: &Value, what: &str) -> Result<Vec<String>, PolicyError> {
    let wrong = || PolicyError::new(format!("{what} is a string or a list of strings"));
    match values {
        Value::String(one) => Ok(vec![one.clone()]),
        // As the service takes `"Null": {"key": true}`.
        Value::Bool(one) => Ok(vec![one.to_string()]),
        Value::Array(all) => {
            all.iter().map(|one| one.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}

/// Refuses elements that are none, or that have no place in a policy of an identity.
fn known(element: &Map<String, Value>, names: &[&str]) -> Result<(), PolicyError> {
    match element.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(other) => Err(PolicyError::new(format!(
            "the element {other} is not expected here: {} are",
            names.join(", ")
        ))),
    }
}

/// Whether a trust policy lets Lambda take the role on.
///
/// # Errors
/// [`PolicyError`] where it has conditions, or what it needs is missing.
pub(super) fn trusts_lambda(text: &str) -> Result<bool, PolicyError> {
    let document: Map<String, Value> =
        serde_json::from_str(text).map_err(|problem| PolicyError::new(problem.to_string()))?;
    version(&document)?;
    let mut is_trusted = false;
    for statement in statements(&document)? {
        known(statement, &["Sid", "Effect", "Principal", "Action"]).map_err(|error| {
            PolicyError::new(format!("of a trust policy, local-cloud evaluates no more: {error}"))
        })?;
        let services = statement.get("Principal").and_then(|principal| principal.get("Service"));
        let services = services.map_or_else(|| Ok(Vec::new()), |s| texts(s, "Service"))?;
        let actions =
            statement.get("Action").map_or_else(|| Ok(Vec::new()), |a| texts(a, "Action"))?;
        let applies = services.iter().any(|service| service == "lambda.amazonaws.com")
            && actions.iter().any(|action| matches_action(action, "sts:AssumeRole"));
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => is_trusted |= applies,
            Some("Deny") if applies => return Ok(false),
            Some("Deny") => {}
            _ => return Err(PolicyError::new("Effect is Allow or Deny")),
        }
    }
    Ok(is_trusted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_evaluated_is_refused_by_name() {
        let with = |element: &str, value: Value| {
            let mut statement = json!({ "Effect": "Allow", "Action": "sns:*", "Resource": "*" });
            statement[element] = value;
            json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
        };
        for (text, named) in [
            (with("Principal", json!("*")), "Principal"),
            (with("Resourse", json!("*")), "Resourse"),
            (with("NotAction", json!("*")), "either Action or NotAction"),
            (with("NotResource", json!("*")), "either Resource or NotResource"),
            (with("Effect", json!("allow")), "Effect"),
            (with("Action", json!("Publish")), "\"Publish\""),
            (with("Action", json!(7)), "Action"),
            (with("Resource", json!("topic")), "\"topic\""),
            (with("Resource", json!("arn:aws:sns:*:*:${aws:username}")), "variables"),
            (with("Condition", json!({ "Bool": {} })), "Bool"),
            (json!({ "Version": "2020", "Statement": [] }).to_string(), "Version"),
            (json!({ "Version": "2012-10-17" }).to_string(), "Statement"),
            ("{".to_owned(), "EOF"),
        ] {
            let error = Policy::parse(&text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
        assert!(Policy::parse(&with("Sid", json!("a"))).is_ok());
    }

    // Lambda Developer Guide, "Defining Lambda function permissions with an execution role".
    #[test]
    fn a_role_for_lambda_trusts_lambda() {
        let trust = |effect: &str, service: &str, action: &str| {
            let text = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": effect,
                "Principal": { "Service": service }, "Action": action }] });
            trusts_lambda(&text.to_string())
        };
        assert_eq!(trust("Allow", "lambda.amazonaws.com", "sts:AssumeRole"), Ok(true));
        assert_eq!(trust("Allow", "ec2.amazonaws.com", "sts:AssumeRole"), Ok(false));
        assert_eq!(trust("Allow", "lambda.amazonaws.com", "sts:TagSession"), Ok(false));
        assert_eq!(trust("Deny", "lambda.amazonaws.com", "sts:*"), Ok(false));
        let conditional = r#"{"Statement":{"Effect":"Allow","Principal":"*","Condition":{}}}"#;
        assert!(trusts_lambda(conditional).is_err());
    }
}
