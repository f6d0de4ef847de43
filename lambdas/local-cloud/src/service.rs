//! Which service a request is for.

use crate::protocol::Request;

/// A service of this cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Lambda,
    Sns,
    Sqs,
    Kinesis,
    Logs,
    Iam,
    Sts,
    Tagging,
}

/// The credential scope of a Signature Version 4: what the client signed the request for.
///
/// The signature itself is not verified: there is nothing here to protect from its own user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    pub(crate) service: &'a str,
}

impl<'a> Scope<'a> {
    /// Reads an `Authorization` header:
    /// `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ...`.
    pub(crate) fn parse(authorization: &'a str) -> Option<Self> {
        let (_, rest) = authorization.split_once("Credential=")?;
        let credential = rest.split([',', ' ']).next()?;
        // From the end, since an access key may contain a slash.
        let mut parts = credential.rsplit('/');
        if parts.next()? != "aws4_request" {
            return None;
        }
        Some(Self { service: parts.next()? })
    }

    /// The access key that a request is signed with; it may contain a slash.
    pub(crate) fn access_key(authorization: &'a str) -> Option<&'a str> {
        let (_, rest) = authorization.split_once("Credential=")?;
        rest.split([',', ' ']).next()?.rsplitn(5, '/').nth(4)
    }
}

/// Why a request is for none of the services.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unroutable {
    /// It names a service that is not part of this cloud.
    UnknownService(String),
    /// It names none.
    NoService,
}

/// Finds the service: from the credential scope, else from the target, else from path or action.
pub(crate) fn of(request: &Request) -> Result<Service, Unroutable> {
    if let Some(scope) = request.header("authorization").and_then(Scope::parse) {
        return by_signing_name(scope.service)
            .ok_or_else(|| Unroutable::UnknownService(scope.service.to_owned()));
    }
    if let Some(target) = request.header("x-amz-target") {
        let name = target.split(['_', '.']).next().unwrap_or(target);
        return match name {
            "AmazonSQS" => Ok(Service::Sqs),
            "Kinesis" => Ok(Service::Kinesis),
            "Logs" => Ok(Service::Logs),
            "ResourceGroupsTaggingAPI" => Ok(Service::Tagging),
            _ => Err(Unroutable::UnknownService(name.to_owned())),
        };
    }
    if is_lambda_path(&request.path) {
        return Ok(Service::Lambda);
    }
    let form = crate::protocol::query::Params::parse(request);
    match form.get("Version") {
        Some("2010-03-31") => Ok(Service::Sns),
        Some("2010-05-08") => Ok(Service::Iam),
        Some("2011-06-15") => Ok(Service::Sts),
        _ => Err(Unroutable::NoService),
    }
}

fn by_signing_name(name: &str) -> Option<Service> {
    Some(match name {
        "lambda" => Service::Lambda,
        "sns" => Service::Sns,
        "sqs" => Service::Sqs,
        "kinesis" => Service::Kinesis,
        "logs" => Service::Logs,
        "iam" => Service::Iam,
        "sts" => Service::Sts,
        "tagging" => Service::Tagging,
        _ => return None,
    })
}

/// Lambda's paths start with the version of its API: `/2015-03-31/functions`.
fn is_lambda_path(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let is_date = segments.next().is_some_and(|date| {
        date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-')
    });
    is_date && segments.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue, Method};

    fn request(
        path: &str,
        headers: &[(&'static str, &'static str)],
        body: &'static str,
    ) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_static(value));
        }
        Request {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            headers: map,
            body: Bytes::from_static(body.as_bytes()),
            request_id: String::new(),
        }
    }

    #[test]
    fn the_credential_scope_is_read() {
        let scope = Scope::parse(
            "AWS4-HMAC-SHA256 Credential=AK/ID/20261123/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=00",
        );
        assert_eq!(scope, Some(Scope { service: "lambda" }));
        let key = "AWS4-HMAC-SHA256 Credential=AK/ID/20261123/eu-west-1/lambda/aws4_request, S=0";
        assert_eq!(Scope::access_key(key), Some("AK/ID"));
        assert_eq!(Scope::access_key("AWS4-HMAC-SHA256 Credential=a/b"), None);
        assert_eq!(Scope::parse("Bearer x"), None);
        assert_eq!(Scope::parse("AWS4-HMAC-SHA256 Credential=a/b"), None);
    }

    #[test]
    fn the_scope_comes_before_target_and_path() {
        let signed = "AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/logs/aws4_request, S=1";
        let headers = [("authorization", signed), ("x-amz-target", "Kinesis_20131202.PutRecord")];
        assert_eq!(of(&request("/2015-03-31/functions", &headers, "")), Ok(Service::Logs));
    }

    #[test]
    fn unsigned_requests_are_told_by_target_path_or_version() {
        let target = [("x-amz-target", "Kinesis_20131202.PutRecord")];
        assert_eq!(of(&request("/", &target, "")), Ok(Service::Kinesis));
        assert_eq!(of(&request("/2015-03-31/functions/", &[], "")), Ok(Service::Lambda));
        assert_eq!(of(&request("/", &[], "Action=Publish&Version=2010-03-31")), Ok(Service::Sns));
        assert_eq!(of(&request("/", &[], "")), Err(Unroutable::NoService));
        let signed = "AWS4-HMAC-SHA256 Credential=k/20261123/us-east-1/s3/aws4_request, S=1";
        let unknown = Err(Unroutable::UnknownService("s3".to_owned()));
        assert_eq!(of(&request("/", &[("authorization", signed)], "")), unknown);
    }
}
