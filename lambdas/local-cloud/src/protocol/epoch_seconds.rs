//! Times of awsJson and REST-JSON: a number of seconds since the epoch, here with milliseconds.
//!
//! A float of seconds has no exact milliseconds: the one nearest to 1790000000.349 times 1,000 lies
//! above 1790000000349. Rounded to the nearest millisecond it is exact for as long as a float tells
//! milliseconds apart, which is beyond the year 200000.

/// What is written for a time in milliseconds. The shortest decimal of this float, which is what
/// JSON has, is the time with no more than three digits of a second.
#[expect(clippy::cast_precision_loss, reason = "times in milliseconds have 41 bits")]
pub(crate) fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

/// The millisecond that a number of seconds means; none for one before the epoch and for no number.
///
/// The services state their times "with precision in milliseconds" (Kinesis API reference,
/// `GetShardIterator`, `Timestamp`), so what is finer is a float's noise and not meant.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "never negative, and rounded"
)]
pub(crate) fn millis(seconds: f64) -> Option<u64> {
    (seconds.is_finite() && seconds >= 0.0).then(|| (seconds * 1_000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: [u64; 4] = [0, 1_545_084_650, 1_790_000_000, 4_102_444_800];

    #[test]
    fn every_millisecond_of_a_second_is_written_as_its_own_decimal_and_read_back() {
        for second in SECONDS {
            for ms in 0..1_000 {
                let at = second * 1_000 + ms;
                let text = serde_json::to_string(&seconds(at)).unwrap();
                let exact = format!("{second}.{ms:03}");
                let shortest = exact.trim_end_matches('0');
                let expected = if ms == 0 { format!("{second}.0") } else { shortest.to_owned() };
                assert_eq!(text, expected);
                // As clients write it: the shortest decimal, all three digits, an exponent.
                for sent in [text, exact, format!("{at}e-3")] {
                    let read: f64 = serde_json::from_str(&sent).unwrap();
                    assert_eq!(millis(read), Some(at), "{sent}");
                }
            }
        }
    }

    #[test]
    fn a_float_that_was_reckoned_with_means_its_millisecond() {
        for ms in 0..1_000_u64 {
            let at = 1_545_084_650_000 + ms;
            let reckoned = 1_545_084_650.0 + ms as f64 * 0.001;
            assert_eq!(millis(reckoned), Some(at));
            assert_eq!(millis(reckoned.next_up()), Some(at));
            assert_eq!(millis(reckoned.next_down()), Some(at));
        }
    }

    #[test]
    fn what_is_no_time_has_no_millisecond() {
        for wrong in [-0.001, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(millis(wrong), None);
        }
    }
}
