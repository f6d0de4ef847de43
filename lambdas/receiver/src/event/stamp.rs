//! Reads the services' stamps exactly: integers all the way, no float in between.
//!
//! Kinesis sends a JSON number of seconds. As a float it has no exact milliseconds, and what is
//! printed of it has lost its zeros: `.470` becomes `.47`, whose digits are not a count of
//! milliseconds. The digits are therefore taken from the event's own text.

use jiff::Timestamp;
use serde_json::value::RawValue;
use wire::WallNs;

/// A stamp that is there and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stamp} {value} is not {expected}")]
pub(crate) struct StampError {
    stamp: &'static str,
    value: String,
    expected: &'static str,
}

/// Seconds since the epoch as a decimal number, in digits or with an exponent, bare or in quotes.
///
/// What is finer than a nanosecond is cut off.
///
/// # Errors
/// [`StampError`] for anything else, and for an instant outside 1970 to 2262.
pub(crate) fn from_seconds(stamp: &'static str, json: &RawValue) -> Result<WallNs, StampError> {
    nanoseconds(unquoted(json), 9)
        .map(WallNs)
        .ok_or_else(|| error(stamp, json, "time in seconds since 1970, as 1545084650.987 is"))
}

/// Milliseconds since the epoch as a decimal number, bare or in quotes.
///
/// # Errors
/// As [`from_seconds`].
pub(crate) fn from_millis(stamp: &'static str, json: &RawValue) -> Result<WallNs, StampError> {
    nanoseconds(unquoted(json), 6)
        .map(WallNs)
        .ok_or_else(|| error(stamp, json, "time in milliseconds since 1970, as 1545082649183 is"))
}

/// ISO 8601 with its offset, in quotes, with up to nine digits of a second.
///
/// # Errors
/// As [`from_seconds`].
pub(crate) fn from_iso_8601(stamp: &'static str, json: &RawValue) -> Result<WallNs, StampError> {
    unquoted(json)
        .parse::<Timestamp>()
        .ok()
        .and_then(|time| i64::try_from(time.as_nanosecond()).ok())
        .filter(|ns| *ns >= 0)
        .map(WallNs)
        .ok_or_else(|| error(stamp, json, "time since 1970, as 2019-01-02T12:45:07.123Z is"))
}

fn error(stamp: &'static str, json: &RawValue, expected: &'static str) -> StampError {
    StampError { stamp, value: json.get().to_owned(), expected }
}

/// The text of a JSON string without its quotes, anything else as it is. No stamp needs an escape,
/// and one with a backslash is no number afterwards.
fn unquoted(json: &RawValue) -> &str {
    let text = json.get();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// A decimal number of units of `10^unit_digits` nanoseconds, in nanoseconds.
fn nanoseconds(text: &str, unit_digits: i64) -> Option<i64> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, i64::from(exponent.parse::<i32>().ok()?)),
        None => (text, 0),
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (number, ""),
    };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let digits = whole.bytes().chain(fraction.bytes()).map(|byte| i64::from(byte - b'0'));
    if digits.clone().all(|digit| digit == 0) {
        return Some(0);
    }
    // The point moves right by the unit and the exponent; the digits left of it are nanoseconds.
    let places = i64::try_from(whole.len()).ok()? + unit_digits + exponent;
    let places = usize::try_from(places).unwrap_or(0);
    let mut ns = 0_i64;
    for digit in digits.chain(std::iter::repeat(0)).take(places) {
        ns = ns.checked_mul(10)?.checked_add(digit)?;
    }
    Some(ns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    fn seconds(text: &str) -> Option<i64> {
        from_seconds("stamp", &json(text)).ok().map(|at| at.0)
    }

    #[test]
    fn every_form_of_a_number_of_seconds_is_the_same_instant() {
        for text in [
            "1545084650.987",
            "1545084650.987000000",
            "1.545084650987E9",
            "1.545084650987e+9",
            "1545084650987e-3",
            "15450846509870E-4",
            "0.1545084650987e10",
            r#""1545084650.987""#,
            r#""1.545084650987E9""#,
        ] {
            assert_eq!(seconds(text), Some(1_545_084_650_987_000_000), "{text}");
        }
        assert_eq!(seconds("1545084650"), Some(1_545_084_650_000_000_000));
        assert_eq!(seconds("1545084650.0"), Some(1_545_084_650_000_000_000));
        assert_eq!(seconds("1.5e9"), Some(1_500_000_000_000_000_000));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("0.0e-9"), Some(0));
        assert_eq!(seconds("0e999999999"), Some(0));
        assert_eq!(seconds("1e-30"), Some(0));
    }

    #[test]
    fn a_fraction_may_have_any_number_of_digits() {
        let digits = "123456789987654321";
        for count in 1..=digits.len() {
            let text = format!("1545084650.{}", &digits[..count]);
            let ns = format!("{:0<9}", &digits[..count.min(9)]).parse::<i64>().unwrap();
            assert_eq!(seconds(&text), Some(1_545_084_650_000_000_000 + ns), "{text}");
        }
    }

    #[test]
    fn every_microsecond_of_a_second_is_read_with_and_without_trailing_zeros() {
        for micros in 0..1_000_000 {
            let ns = 1_545_084_650_000_000_000 + micros * 1_000;
            let text = format!("1545084650.{micros:06}");
            assert_eq!(nanoseconds(&text, 9), Some(ns), "{text}");
            let short = text.trim_end_matches('0').trim_end_matches('.');
            assert_eq!(nanoseconds(short, 9), Some(ns), "{short}");
        }
    }

    #[test]
    fn what_is_no_instant_is_an_error_that_names_the_value() {
        for text in [
            "-1545084650.987",
            "-0.5",
            "9223372037",
            "9.3e9",
            "1e300",
            "1e99999999999",
            "123456789012345678901234567890",
            "true",
            "{}",
            "[]",
            r#""""#,
            r#"".5""#,
            r#""1.""#,
            r#""1.2.3""#,
            r#""1e""#,
            r#""+1""#,
            r#"" 1""#,
            r#""1,5""#,
            r#""0x10""#,
            r#""NaN""#,
            r#""\u0031""#,
            r#""2019-01-02T12:45:07.123Z""#,
        ] {
            let error = from_seconds("approximateArrivalTimestamp", &json(text)).unwrap_err();
            let told = error.to_string();
            assert!(told.contains(text) && told.contains("approximateArrivalTimestamp"), "{told}");
        }
        // The last nanosecond that there is.
        assert_eq!(seconds("9223372036.854775807"), Some(i64::MAX));
        assert_eq!(seconds("9223372036.854775808"), None);
    }

    #[test]
    fn milliseconds_are_read_as_text_and_as_a_number() {
        let millis = |text: &str| from_millis("SentTimestamp", &json(text)).ok().map(|at| at.0);
        assert_eq!(millis(r#""1545082649183""#), Some(1_545_082_649_183_000_000));
        assert_eq!(millis("1545082649183"), Some(1_545_082_649_183_000_000));
        for wrong in [r#""-1""#, r#""""#, r#""9223372036855""#, r#""soon""#] {
            assert_eq!(millis(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn iso_8601_is_read_with_any_number_of_digits_of_a_second() {
        let iso = |text: &str| from_iso_8601("Timestamp", &json(text)).ok().map(|at| at.0);
        let second = 1_546_433_107_000_000_000;
        assert_eq!(iso(r#""2019-01-02T12:45:07Z""#), Some(second));
        assert_eq!(iso(r#""2019-01-02T14:45:07.5+02:00""#), Some(second + 500_000_000));
        let digits = "012345678";
        for count in 1..=9 {
            let ns = format!("{:0<9}", &digits[..count]).parse::<i64>().unwrap();
            let text = format!(r#""2019-01-02T12:45:07.{}Z""#, &digits[..count]);
            assert_eq!(iso(&text), Some(second + ns), "{text}");
        }
        for wrong in [r#""2019-01-02""#, r#""1969-12-31T23:59:59Z""#, "1546433107", r#""""#] {
            assert_eq!(iso(wrong), None, "{wrong}");
        }
    }
}
