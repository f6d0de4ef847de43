//! What Lambda accepts of a function's settings (API reference, `CreateFunction`).

use std::collections::BTreeMap;

use crate::arn::Arn;
use crate::error::{ApiError, ApiResult};

/// The runtimes that run a `bootstrap` of one's own.
pub(super) const RUNTIMES: [&str; 3] = ["provided.al2023", "provided.al2", "provided"];

/// Variables that Lambda sets itself (Developer Guide, "Defined runtime environment variables").
const RESERVED_VARIABLES: [&str; 18] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// The most that all variables may take together, in bytes.
const ENVIRONMENT_LIMIT_BYTES: usize = 4096;

/// A value that is not accepted.
pub(super) fn constraint(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterValueException", message)
}

/// A value that breaks a constraint of the API's model; these have an error of their own.
pub(super) fn model(value: &str, member: &str, rule: &str) -> ApiError {
    ApiError::new(
        400,
        "ValidationException",
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: Member must {rule}"
        ),
    )
}

/// A number within its bounds.
pub(super) fn within(value: i64, member: &str, least: u32, most: u32) -> ApiResult<u32> {
    u32::try_from(value).ok().filter(|value| (least..=most).contains(value)).ok_or_else(|| {
        let rule = if value < i64::from(least) {
            format!("have value greater than or equal to {least}")
        } else {
            format!("have value less than or equal to {most}")
        };
        model(&value.to_string(), member, &rule)
    })
}

/// The name of a function in this account and region, from a name, a partial ARN or an ARN;
/// `$LATEST` is the only version there is.
pub(super) fn function_name(given: &str, region: &str, account: &str) -> ApiResult<String> {
    let not_found = |arn: String| {
        ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {arn}"))
    };
    let (name, qualifier) = if given.starts_with("arn:") {
        let arn = Arn::parse(given)
            .filter(|arn| arn.service == "lambda")
            .ok_or_else(|| invalid_name(given))?;
        let resource = arn.resource.strip_prefix("function:").ok_or_else(|| invalid_name(given))?;
        if arn.region != region || arn.account != account {
            return Err(not_found(given.to_owned()));
        }
        split_qualifier(resource)
    } else if let Some((_, resource)) = given.split_once(":function:") {
        split_qualifier(resource)
    } else {
        split_qualifier(given)
    };
    let is_name = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_name {
        return Err(invalid_name(given));
    }
    check_qualifier(qualifier, &format!("arn:aws:lambda:{region}:{account}:function:{name}"))?;
    Ok(name.to_owned())
}

/// Versions and aliases are not kept: only `$LATEST` is there.
pub(super) fn check_qualifier(qualifier: Option<&str>, function_arn: &str) -> ApiResult<()> {
    match qualifier {
        None | Some("$LATEST") => Ok(()),
        Some(other) => Err(ApiError::new(
            404,
            "ResourceNotFoundException",
            format!("Function not found: {function_arn}:{other}"),
        )),
    }
}

fn split_qualifier(resource: &str) -> (&str, Option<&str>) {
    match resource.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (resource, None),
    }
}

fn invalid_name(given: &str) -> ApiError {
    model(
        given,
        "functionName",
        "satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?\
         (\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
    )
}

pub(super) fn role(role: &str) -> ApiResult<()> {
    let is_role = Arn::parse(role).is_some_and(|arn| {
        arn.service == "iam"
            && arn.region.is_empty()
            && arn.account.len() == 12
            && arn.account.bytes().all(|b| b.is_ascii_digit())
            && arn.resource.strip_prefix("role/").is_some_and(|name| !name.is_empty())
    });
    if is_role {
        return Ok(());
    }
    Err(model(
        role,
        "role",
        "satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    ))
}

pub(super) fn runtime(runtime: &str) -> ApiResult<()> {
    if RUNTIMES.contains(&runtime) {
        return Ok(());
    }
    Err(constraint(format!(
        "Value {runtime} at 'runtime' is not supported by local-cloud, which runs: [{}]",
        RUNTIMES.join(", ")
    )))
}

pub(super) fn handler(handler: &str) -> ApiResult<()> {
    if (1..=128).contains(&handler.len()) && !handler.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(model(
        handler,
        "handler",
        "satisfy regular expression pattern: [^\\s]+ and have length less than or equal to 128",
    ))
}

pub(super) fn architecture(architectures: &[String]) -> ApiResult<String> {
    match architectures {
        [] => Ok("x86_64".to_owned()),
        [one] if one == "x86_64" || one == "arm64" => Ok(one.clone()),
        other => Err(model(
            &format!("[{}]", other.join(", ")),
            "architectures",
            "have one element of the enum value set: [x86_64, arm64]",
        )),
    }
}

pub(super) fn environment(variables: &BTreeMap<String, String>) -> ApiResult<()> {
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|key| RESERVED_VARIABLES.contains(key))
        .collect();
    if !reserved.is_empty() {
        return Err(constraint(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported \
             for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    for (key, value) in variables {
        let mut bytes = key.bytes();
        let is_key = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
            && key.len() >= 2
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !is_key {
            return Err(model(
                key,
                "environment.variables",
                "satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+",
            ));
        }
        if value.contains('\0') {
            return Err(constraint(format!(
                "The environment variable {key} contains a NUL character"
            )));
        }
    }
    let bytes = serde_json::to_vec(variables).map_or(0, |json| json.len());
    if bytes > ENVIRONMENT_LIMIT_BYTES {
        return Err(constraint(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit. String measured: {bytes} bytes"
        )));
    }
    Ok(())
}

pub(super) fn tags(tags: &BTreeMap<String, String>) -> ApiResult<()> {
    if tags.len() > 50 {
        return Err(constraint("The number of tags exceeds the limit of 50"));
    }
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > 128 || key.starts_with("aws:") {
            return Err(constraint(format!(
                "Invalid tag key '{key}': 1 to 128 characters, not beginning with aws:"
            )));
        }
        if value.chars().count() > 256 {
            return Err(constraint(format!(
                "The value of tag '{key}' is longer than 256 characters"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(given: &str) -> ApiResult<String> {
        function_name(given, "us-east-1", "000000000000")
    }

    #[test]
    fn a_function_is_named_in_all_of_lambdas_forms() {
        for given in [
            "f-1_x",
            "f-1_x:$LATEST",
            "000000000000:function:f-1_x",
            "arn:aws:lambda:us-east-1:000000000000:function:f-1_x",
            "arn:aws:lambda:us-east-1:000000000000:function:f-1_x:$LATEST",
        ] {
            assert_eq!(name(given).as_deref(), Ok("f-1_x"), "{given}");
        }
    }

    #[test]
    fn other_places_and_versions_are_not_found() {
        for given in ["f:7", "f:live", "arn:aws:lambda:eu-west-1:000000000000:function:f"] {
            assert_eq!(name(given).unwrap_err().code, "ResourceNotFoundException", "{given}");
        }
        for given in ["", "a b", "f/g", "arn:aws:sns:us-east-1:000000000000:f", &"x".repeat(65)] {
            assert_eq!(name(given).unwrap_err().code, "ValidationException", "{given}");
        }
    }

    #[test]
    fn roles_are_arns_of_roles() {
        assert!(role("arn:aws:iam::123456789012:role/service-role/x").is_ok());
        for given in ["", "role", "arn:aws:iam::123:role/x", "arn:aws:iam::123456789012:user/x"] {
            assert!(role(given).is_err(), "{given}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(within(900, "timeout", 1, 900), Ok(900));
        let error = within(901, "timeout", 1, 900).unwrap_err();
        assert!(error.message.contains("'901' at 'timeout'") && error.message.contains("900"));
        assert!(
            within(-1, "timeout", 1, 900)
                .unwrap_err()
                .message
                .contains("greater than or equal to 1")
        );
    }

    #[test]
    fn reserved_variables_are_named() {
        let variables =
            |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        assert!(environment(&variables("AWS_ENDPOINT_URL", "http://x")).is_ok());
        assert!(
            environment(&variables("AWS_REGION", "x")).unwrap_err().message.contains("AWS_REGION")
        );
        assert!(environment(&variables("1X", "x")).is_err());
        assert!(environment(&variables("X", "x")).is_err());
        assert!(environment(&variables("BIG", &"x".repeat(4087))).is_err());
        assert!(environment(&variables("BIG", &"x".repeat(4000))).is_ok());
    }

    #[test]
    fn a_function_has_one_architecture() {
        assert_eq!(architecture(&[]).as_deref(), Ok("x86_64"));
        assert_eq!(architecture(&["arm64".to_owned()]).as_deref(), Ok("arm64"));
        assert!(architecture(&["riscv".to_owned()]).is_err());
        assert!(architecture(&["arm64".to_owned(), "x86_64".to_owned()]).is_err());
    }
}
