//! AWS Query: a form in, XML out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::{Body, Request, Response, parse_pairs};
use crate::error::ApiError;

/// The parameters of a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the form of the body, and the query where a client puts its parameters there.
    pub(crate) fn parse(request: &Request) -> Self {
        let mut pairs = request.query.clone();
        pairs.extend(parse_pairs(&String::from_utf8_lossy(&request.body)));
        Self(pairs)
    }

    /// A single parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The values of `name.1`, `name.2`, ..., in the order of their numbers.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        self.numbered(name)
            .into_values()
            .filter_map(|members| members.into_iter().find(|(rest, _)| rest.is_empty()))
            .map(|(_, value)| value)
            .collect()
    }

    /// The members of `name.1.X`, `name.1.Y`, `name.2.X`, ...: one map per number.
    pub(crate) fn structures(&self, name: &str) -> Vec<BTreeMap<&str, &str>> {
        self.numbered(name).into_values().map(|members| members.into_iter().collect()).collect()
    }

    /// `name.1.key`, `name.1.value`, `name.2.key`, ...: a map, with these names of key and value.
    pub(crate) fn map(&self, name: &str, key: &str, value: &str) -> BTreeMap<String, String> {
        self.structures(name)
            .iter()
            .filter_map(|entry| {
                Some(((*entry.get(key)?).to_owned(), (*entry.get(value)?).to_owned()))
            })
            .collect()
    }

    fn numbered(&self, name: &str) -> BTreeMap<u32, Vec<(&str, &str)>> {
        let mut numbered: BTreeMap<u32, Vec<_>> = BTreeMap::new();
        for (key, value) in &self.0 {
            let Some(rest) = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) else {
                continue;
            };
            let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(number) = number.parse() {
                numbered.entry(number).or_default().push((member, value.as_str()));
            }
        }
        numbered
    }
}

/// An answer with a result: `inner_xml` is what stands within `<OperationResult>`.
pub(crate) fn ok(operation: &str, xmlns: &str, inner_xml: &str, request_id: &str) -> Response {
    respond(
        StatusCode::OK,
        format!(
            "<{operation}Response xmlns=\"{xmlns}\"><{operation}Result>{inner_xml}</{operation}Result>\
             <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>\
             </{operation}Response>"
        ),
    )
}

/// An answer with an error.
pub(crate) fn error(xmlns: &str, error: &ApiError, request_id: &str) -> Response {
    let party = if error.status.is_server_error() { "Receiver" } else { "Sender" };
    respond(
        error.status,
        format!(
            "<ErrorResponse xmlns=\"{xmlns}\"><Error><Type>{party}</Type><Code>{}</Code>\
             <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            error.code,
            escape(&error.message)
        ),
    )
}

/// Text as it stands in XML, also within an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\r' => escaped.push_str("&#13;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// `<name>text</name>`, escaped.
pub(crate) fn element(xml: &mut String, name: &str, text: &str) {
    // Writing to a String cannot fail.
    let _ = write!(xml, "<{name}>{}</{name}>", escape(text));
}

fn respond(status: StatusCode, xml: String) -> Response {
    let mut response = http::Response::new(Body::new(xml.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Params {
        Params(parse_pairs(text))
    }

    #[test]
    fn lists_follow_their_numbers_not_their_place() {
        let params = params("Keys.member.2=b&Keys.member.10=c&Keys.member.1=a&Other=x");
        assert_eq!(params.list("Keys.member"), ["a", "b", "c"]);
        assert_eq!(params.get("Other"), Some("x"));
        assert_eq!(params.get("Missing"), None);
    }

    #[test]
    fn maps_pair_keys_with_values() {
        let params = params("A.entry.1.key=k&A.entry.1.value=v&A.entry.2.key=l&A.entry.2.value=w");
        let map = params.map("A.entry", "key", "value");
        assert_eq!(
            map.into_iter().collect::<Vec<_>>(),
            [("k".into(), "v".into()), ("l".into(), "w".into())]
        );
    }

    #[test]
    fn an_error_is_escaped() {
        assert_eq!(escape("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;");
    }
}
