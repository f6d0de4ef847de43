//! Leaving out what nobody else should read: an account's number, a key's id, the address of an
//! endpoint. Services put them into their error messages, and those are shown and stored.

/// Bytes of an account's number.
const ACCOUNT: usize = 12;
/// Ids of keys begin so (IAM User Guide, "Unique identifiers"), and have 16 more characters.
const KEYS: [&str; 2] = ["AKIA", "ASIA"];
const KEY: usize = 20;
/// What stands for an address.
const ADDRESS: &str = "<address>";

/// The text with `<account>` for every account number, `<key>` for every key's id and `<address>`
/// for the address in every URL.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(after) = ["http://", "https://"].iter().find_map(|s| rest.strip_prefix(s)) {
            let scheme = rest.len() - after.len();
            let ends = |c: char| c == '/' || c.is_whitespace() || "\"'`,;)>".contains(c);
            // What is left out already stays as it is.
            let left_out = after.starts_with(ADDRESS).then_some(ADDRESS.len());
            let address = left_out.or_else(|| after.find(ends)).unwrap_or(after.len());
            // A service's documentation is not of this account.
            let is_public = after[..address].ends_with(".aws.amazon.com");
            clean.push_str(&rest[..scheme]);
            clean.push_str(if is_public { &after[..address] } else { ADDRESS });
            rest = &after[address..];
        } else if first.is_ascii_alphanumeric() {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            let word = &rest[..end];
            let is_number = word.len() == ACCOUNT && word.bytes().all(|b| b.is_ascii_digit());
            let is_key = word.len() == KEY && KEYS.iter().any(|key| word.starts_with(key));
            clean.push_str(match (is_number, is_key) {
                (true, _) => "<account>",
                (_, true) => "<key>",
                _ => word,
            });
            rest = &rest[end..];
        } else {
            clean.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn what_a_service_says_of_its_account_is_left_out() {
        let said = "User: arn:aws:iam::123456789012:user/x (AKIAIOSFODNN7EXAMPLE) may not send to \
                    https://sqs.eu-west-1.amazonaws.com/123456789012/q at http://host.example:4566";
        let clean = redact(said);
        assert_eq!(
            clean,
            "User: arn:aws:iam::<account>:user/x (<key>) may not send to \
             https://<address>/<account>/q at http://<address>"
        );
        assert_eq!(redact(&clean), clean);
    }

    #[test]
    fn everything_else_stays() {
        for text in ["1234567890123 ns, é 12345678901", "a run 20261124T105233Z", ""] {
            assert_eq!(redact(text), text);
        }
        let source = "https://docs.aws.amazon.com/lambda/latest";
        assert_eq!(redact(source), source);
    }
}
