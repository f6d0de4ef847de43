//! CloudWatch Logs filter patterns: terms, and selectors on JSON lines.
//!
//! Source: Amazon CloudWatch Logs User Guide, "Filter pattern syntax". Not built, and refused:
//! regular expressions (`%...%`) and the patterns for space-delimited lines (`[a, b, ...]`).

mod json;
mod terms;

use json::Expression;
use terms::Terms;

/// A parsed filter pattern.
#[derive(Debug)]
pub(crate) enum FilterPattern {
    /// The empty pattern: every line.
    Everything,
    /// Words that a line has, or has not.
    Terms(Terms),
    /// A condition on the fields of a JSON line.
    Json(Box<Expression>),
}

impl FilterPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, for an `InvalidParameterException`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::Everything);
        }
        if text.starts_with('{') {
            return json::parse(text).map(|expression| Self::Json(Box::new(expression)));
        }
        if text.starts_with('[') {
            return Err("patterns for space-delimited lines, [...], are not supported here".into());
        }
        terms::parse(text).map(Self::Terms)
    }

    /// Whether a line is selected.
    pub(crate) fn matches(&self, line: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Terms(terms) => terms.match_line(line),
            Self::Json(expression) => expression.match_line(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(pattern: &str, line: &str) -> bool {
        FilterPattern::parse(pattern).unwrap().matches(line)
    }

    #[test]
    fn an_empty_pattern_selects_everything() {
        assert!(selected("", "anything"));
        assert!(selected("  ", ""));
    }

    #[test]
    fn all_terms_must_be_there_in_any_order_and_case_counts() {
        assert!(selected("ERROR Exception", "Exception: an ERROR"));
        assert!(!selected("ERROR Exception", "an ERROR"));
        assert!(!selected("error", "an ERROR"));
    }

    #[test]
    fn a_quoted_term_is_one_term() {
        assert!(selected(r#""out of memory""#, "died: out of memory"));
        assert!(!selected(r#""out of memory""#, "memory out of date"));
        assert!(selected(r#""say \"hi\"""#, r#"to say "hi" is polite"#));
    }

    #[test]
    fn optional_terms_need_one_and_are_ignored_beside_others() {
        assert!(selected("?ERROR ?WARN", "a WARN"));
        assert!(!selected("?ERROR ?WARN", "an INFO"));
        assert!(selected("?ERROR REQUEST", "a REQUEST"));
    }

    #[test]
    fn excluded_terms_must_not_be_there() {
        assert!(selected("ERROR -ARGUMENTS", "ERROR 1"));
        assert!(!selected("ERROR -ARGUMENTS", "ERROR ARGUMENTS"));
        assert!(selected("-ERROR", "fine"));
        assert!(!selected(r#"-"an ERROR""#, "an ERROR"));
    }

    #[test]
    fn selectors_compare_strings_with_wildcards() {
        let line = r#"{"batch":"00ff","who":{"names":["ann","bob"]},"n":null}"#;
        assert!(selected(r#"{ $.batch = "00ff" }"#, line));
        assert!(!selected(r#"{ $.batch = "00fe" }"#, line));
        assert!(selected("{ $.batch = 00f* }", line));
        assert!(selected(r#"{ $.batch = "*ff" }"#, line));
        assert!(selected(r#"{ $.who.names[1] = bob }"#, line));
        assert!(selected(r#"{$.who.names[1]="bob"}"#, line));
        assert!(selected(r#"{ $.['batch'] != "x" }"#, line));
        assert!(!selected(r#"{ $.batch != "00ff" }"#, line));
    }

    #[test]
    fn a_field_that_is_missing_equals_nothing_and_differs_from_nothing() {
        assert!(!selected(r#"{ $.a = "x" }"#, "{}"));
        assert!(!selected(r#"{ $.a != "x" }"#, "{}"));
        assert!(!selected("{ $.a < 1 }", "{}"));
    }

    #[test]
    fn numbers_compare_as_numbers() {
        let line = r#"{"ms":12.5,"code":"12.5","big":1e3}"#;
        for (pattern, expected) in [
            ("{ $.ms = 12.5 }", true),
            ("{ $.ms = 12.50 }", true),
            ("{ $.ms > 12 }", true),
            ("{ $.ms >= 12.5 }", true),
            ("{ $.ms < 12.5 }", false),
            ("{ $.ms <= 12.5 }", true),
            ("{ $.ms != 13 }", true),
            ("{ $.big = 1000 }", true),
            ("{ $.code > 1 }", false),
        ] {
            assert_eq!(selected(pattern, line), expected, "{pattern}");
        }
    }

    #[test]
    fn and_binds_tighter_than_or_and_parentheses_tighter_still() {
        let line = r#"{"a":1,"b":2,"c":3}"#;
        assert!(selected("{ $.a = 1 || $.b = 9 && $.c = 9 }", line));
        assert!(!selected("{ ($.a = 1 || $.b = 9) && $.c = 9 }", line));
        assert!(selected("{ ($.a = 1) && ($.c = 3) }", line));
    }

    #[test]
    fn is_and_exists_look_at_the_kind_of_value() {
        let line = r#"{"t":true,"f":false,"n":null}"#;
        for (pattern, expected) in [
            ("{ $.t IS TRUE }", true),
            ("{ $.f IS TRUE }", false),
            ("{ $.f IS FALSE }", true),
            ("{ $.n IS NULL }", true),
            ("{ $.x IS NULL }", false),
            ("{ $.x NOT EXISTS }", true),
            ("{ $.n NOT EXISTS }", false),
        ] {
            assert_eq!(selected(pattern, line), expected, "{pattern}");
        }
    }

    #[test]
    fn a_line_that_is_no_json_object_is_never_selected_by_a_selector() {
        assert!(!selected("{ $.x NOT EXISTS }", "plain text"));
        assert!(!selected(r#"{ $.x = "plain" }"#, "plain"));
    }

    #[test]
    fn the_search_before_parsing_does_not_miss_an_escaped_spelling() {
        assert!(selected(r#"{ $.a = "xy" }"#, r#"{"a":"\u0078y"}"#));
        assert!(selected(r#"{ $.a = "x\"y" }"#, r#"{"a":"x\"y"}"#));
        assert!(selected(r#"{ $.a = "xy" || $.b = "z" }"#, r#"{"b":"z"}"#));
    }

    #[test]
    fn what_is_not_understood_is_refused_not_ignored() {
        for pattern in [
            "{ $.a }",
            "{ $.a = }",
            "{ $.a == 1 }",
            "{ a = 1 }",
            "{ $.a = 1",
            "{ $.a = 1 } x",
            "{ ($.a = 1 }",
            "{ $.a > \"x\" }",
            "{ $.a IS MAYBE }",
            "{ $.a = %x% }",
            "{}",
            "[a, b]",
            "%regex%",
            "\"open",
            "a(b",
        ] {
            assert!(FilterPattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
