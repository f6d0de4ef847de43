//! The wire protocols that the services speak, and the request as all of them see it.

pub(crate) mod aws_json;
pub(crate) mod epoch_seconds;
pub(crate) mod query;
pub(crate) mod rest_json;

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body_util::Full;

/// The body of an answer: whole, in memory.
pub(crate) type Body = Full<Bytes>;
/// An answer.
pub(crate) type Response = http::Response<Body>;

/// A request, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `GET`, `POST`, ...
    pub(crate) method: Method,
    /// The path as sent, still percent-encoded, without the query.
    pub(crate) path: String,
    /// The query's parameters, decoded, in their order.
    pub(crate) query: Vec<(String, String)>,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// The id under which this request is answered, and logged where it invokes a function.
    pub(crate) request_id: String,
}

impl Request {
    /// The decoded segments of the path: `/a/b%20c/` gives `a`, `b c`.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|s| !s.is_empty()).map(|s| percent_decode(s, false)).collect()
    }

    /// A parameter of the query.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Reads `key=value&...`, decoded.
pub(crate) fn parse_pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(key, true), percent_decode(value, true))
        })
        .collect()
}

/// Undoes percent-encoding; `form` also reads `+` as a space. What is no escape stays as it is.
pub(crate) fn percent_decode(text: &str, form: bool) -> String {
    let plus = if form { b'+' } else { b'%' };
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    // What stands between two escapes is taken over as a whole.
    while let Some(at) = memchr::memchr2(b'%', plus, rest) {
        decoded.extend_from_slice(&rest[..at]);
        let hex = |place: usize| rest.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        let (byte, length) = match (rest[at], hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => ((high * 16 + low) as u8, 3),
            (b'%', ..) => (b'%', 1),
            _ => (b' ', 1),
        };
        decoded.push(byte);
        rest = &rest[at + length..];
    }
    decoded.extend_from_slice(rest);
    String::from_utf8(decoded)
        .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_what_is_none_stays() {
        assert_eq!(percent_decode("a%3Ab%2fc", false), "a:b/c");
        assert_eq!(percent_decode("a+b%2B", true), "a b+");
        assert_eq!(percent_decode("a+b", false), "a+b");
        assert_eq!(percent_decode("100%", false), "100%");
        assert_eq!(percent_decode("%zz%4", false), "%zz%4");
        assert_eq!(percent_decode("%C3%A9", false), "é");
    }

    #[test]
    fn pairs_keep_their_order_and_may_lack_a_value() {
        let pairs = parse_pairs("b=2&a=1%261&c");
        let expected = [("b", "2"), ("a", "1&1"), ("c", "")];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
    }
}
