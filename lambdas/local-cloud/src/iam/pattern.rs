//! Wildcards of policies: `*` stands for any run of characters, `?` for any one.

/// Whether a text matches, with wildcards that stand for any character.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    glob(pattern.as_bytes(), text.as_bytes(), |_| true)
}

/// Whether an action matches; actions are not case-sensitive (IAM User Guide, "IAM JSON policy
/// elements: Action").
pub(super) fn matches_action(pattern: &str, action: &str) -> bool {
    matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// Whether a resource matches. A wildcard stays within its segment of the ARN, but for a `*` that
/// ends its segment, which may go on beyond the colon (IAM User Guide, "IAM JSON policy elements:
/// Resource").
pub(super) fn matches_resource(pattern: &str, arn: &str) -> bool {
    glob(pattern.as_bytes(), arn.as_bytes(), |after| after.is_none_or(|byte| byte == b':'))
}

/// Whether an ARN matches as the operators `ArnLike` and `ArnEquals` want it: each of its six
/// components for itself (IAM User Guide, "IAM JSON policy elements: Condition operators").
pub(super) fn matches_arn(pattern: &str, arn: &str) -> bool {
    let mut patterns = pattern.splitn(6, ':');
    let mut components = arn.splitn(6, ':');
    loop {
        match (patterns.next(), components.next()) {
            (None, None) => return true,
            (Some(pattern), Some(component)) if matches(pattern, component) => {}
            _ => return false,
        }
    }
}

/// Goes through the pattern and keeps which beginnings of the text it matches so far, so that no
/// pattern takes longer than its length times the text's. `crosses` says of a `*`, from what
/// follows it, whether it may stand for colons; `?` may where every `*` may.
fn glob(pattern: &[u8], text: &[u8], crosses: impl Fn(Option<u8>) -> bool) -> bool {
    // Asked for each delivery of a topic, whose ARN is mostly named as it is.
    if !pattern.iter().any(|byte| matches!(byte, b'*' | b'?')) {
        return pattern == text;
    }
    let one_crosses = crosses(Some(b'x'));
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for (at, byte) in pattern.iter().enumerate() {
        let after = pattern.get(at + 1).copied();
        // Several of them stand for no more than the last one does.
        if *byte == b'*' && after == Some(b'*') {
            continue;
        }
        let mut next = vec![false; text.len() + 1];
        let over_colons = crosses(after);
        next[0] = *byte == b'*' && reached[0];
        for (index, found) in text.iter().enumerate() {
            next[index + 1] = match byte {
                b'*' => reached[index + 1] || (next[index] && (over_colons || *found != b':')),
                b'?' => reached[index] && (one_crosses || *found != b':'),
                byte => reached[index] && byte == found,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:topic";

    #[test]
    fn wildcards_stand_for_any_characters() {
        assert!(matches("arn:aws:sns:*:*:t*c", TOPIC));
        assert!(matches("*", TOPIC));
        assert!(matches("", ""));
        assert!(matches("arn:aws:sns:us-east-?:000000000000:topic*", TOPIC));
        assert!(matches("**pic", TOPIC));
        assert!(!matches("arn:aws:sns:*:*:t*d", TOPIC));
        assert!(!matches("arn:aws:sns", TOPIC));
        assert!(!matches("?", ""));
    }

    #[test]
    fn actions_are_not_case_sensitive() {
        assert!(matches_action("SNS:publish", "sns:Publish"));
        assert!(matches_action("sqs:*Message", "sqs:SendMessage"));
        assert!(!matches_action("sqs:*Message", "sqs:SendMessages"));
    }

    // IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs".
    #[test]
    fn a_wildcard_of_a_resource_stays_within_its_segment_unless_it_ends_it() {
        let stream = "arn:aws:logs:r:1:log-group:/aws/lambda/a-b:log-stream:s";
        assert!(matches_resource("arn:aws:logs:r:1:log-group:/aws/lambda/a-*", stream));
        assert!(matches_resource("arn:aws:logs:*:*:log-group:*", stream));
        assert!(matches_resource("*", stream));
        assert!(matches_resource("arn:*:logs:*:*:log-group:*:log-stream:s", stream));
        assert!(!matches_resource("arn:aws:logs:r:1:log-group:/aws/*am:s", stream));
        assert!(!matches_resource("arn:aws:logs:r:1:log-group?/aws/lambda/a-*", stream));
        assert!(!matches_resource("arn:aws:sns:us-east-1:000000000000:Topic", TOPIC));
    }

    #[test]
    fn a_condition_compares_an_arn_by_its_components() {
        assert!(matches_arn("arn:aws:sns:*:*:t*", TOPIC));
        assert!(!matches_arn("arn:aws:sns:*:topic", TOPIC));
        assert!(!matches_arn("arn:*", TOPIC));
    }
}
