//! Credentials of execution environments: each has its own, tied to its function's role, as in
//! Lambda.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::protocol::Request;
use crate::service::Scope;

/// Begins the access keys that are given out here. Keys of sessions begin with ASIA; the rest tells
/// them from keys of anywhere else.
const KEY_PREFIX: &str = "ASIALOCAL";

/// A session of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The role's ARN.
    pub(crate) role_arn: String,
    /// The session's name: the function's.
    pub(crate) name: String,
}

/// What an environment signs its requests with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A function, as its role.
    Session(Arc<Session>),
    /// Whoever has any other credentials, or none.
    Operator,
    /// Credentials that were given out here and are not valid, or not any more.
    Invalid,
}

/// The credentials that are valid, by their access keys.
#[derive(Debug, Default)]
pub(crate) struct CredentialStore {
    given: RwLock<HashMap<String, (String, Arc<Session>)>>,
}

impl CredentialStore {
    /// Gives out credentials for a session; they are valid until they are [revoked](Self::revoke).
    pub(crate) fn issue(&self, role_arn: &str, name: &str) -> Credentials {
        let credentials = Credentials {
            access_key_id: format!("{KEY_PREFIX}{:011X}", rand::random::<u64>() >> 20),
            secret_access_key: format!(
                "{:032x}{:08x}",
                rand::random::<u128>(),
                rand::random::<u32>()
            ),
            session_token: format!("{:032x}", rand::random::<u128>()),
        };
        let session = Session { role_arn: role_arn.to_owned(), name: name.to_owned() };
        let entry = (credentials.session_token.clone(), Arc::new(session));
        let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
        given.insert(credentials.access_key_id.clone(), entry);
        credentials
    }

    /// Makes credentials invalid.
    pub(crate) fn revoke(&self, access_key_id: &str) {
        self.given.write().unwrap_or_else(PoisonError::into_inner).remove(access_key_id);
    }

    /// Who signed a request. The signature itself is not verified.
    pub(crate) fn caller(&self, request: &Request) -> Caller {
        let Some(key) = request.header("authorization").and_then(Scope::access_key) else {
            return Caller::Operator;
        };
        if !key.starts_with(KEY_PREFIX) {
            return Caller::Operator;
        }
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        match given.get(key) {
            Some((token, session))
                if request.header("x-amz-security-token") == Some(token.as_str()) =>
            {
                Caller::Session(Arc::clone(session))
            }
            _ => Caller::Invalid,
        }
    }
}

impl Session {
    /// The ARN under which the services know the session: a role's path is not part of it (IAM User
    /// Guide, "IAM identifiers").
    pub(crate) fn arn(&self) -> String {
        let account = self.role_arn.split(':').nth(4).unwrap_or_default();
        let role = self.role_arn.rsplit('/').next().unwrap_or_default();
        format!("arn:aws:sts::{account}:assumed-role/{role}/{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};

    fn request(key: &str, token: Option<&str>) -> Request {
        let mut headers = HeaderMap::new();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20261124/us-east-1/sns/aws4_request, Signature=0"
        );
        headers.insert("authorization", HeaderValue::try_from(authorization).unwrap());
        if let Some(token) = token {
            headers.insert("x-amz-security-token", HeaderValue::try_from(token).unwrap());
        }
        Request {
            method: Method::POST,
            path: "/".into(),
            query: Vec::new(),
            headers,
            body: bytes::Bytes::new(),
            request_id: String::new(),
        }
    }

    #[test]
    fn a_session_is_known_by_its_key_and_token_until_they_are_revoked() {
        let store = CredentialStore::default();
        let given = store.issue("arn:aws:iam::000000000000:role/service-role/r", "f");
        assert_eq!(given.access_key_id.len(), 20, "as long as the services'");
        let (key, token) = (given.access_key_id.as_str(), Some(given.session_token.as_str()));
        let Caller::Session(session) = store.caller(&request(key, token)) else {
            panic!("no session");
        };
        assert_eq!(session.arn(), "arn:aws:sts::000000000000:assumed-role/r/f");
        assert_eq!(store.caller(&request(key, None)), Caller::Invalid);
        assert_eq!(store.caller(&request(key, Some("x"))), Caller::Invalid);
        store.revoke(key);
        assert_eq!(store.caller(&request(key, token)), Caller::Invalid);
        assert_eq!(store.caller(&request("AKIAEXAMPLE", None)), Caller::Operator);
        assert_eq!(store.caller(&request("ASIAEXAMPLE", token)), Caller::Operator);
    }
}
