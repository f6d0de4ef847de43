//! The event source mapping's poll interval, as the manifest states it.

use store::Manifest;

/// The setting's name.
const SETTING: &str = "shard_poll_interval";

/// The poll interval in nanoseconds, where the backend states one that can be read: a number and
/// one of ns, us, µs, ms, s.
#[must_use]
pub fn poll_interval_ns(manifest: &Manifest) -> Option<f64> {
    parse(manifest.backend.settings.get(SETTING)?)
}

fn parse(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim() {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    (number > 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_unit_are_read_and_nothing_else() {
        assert_eq!(["1s", "250 ms", "1.5s"].map(parse), [Some(1e9), Some(250e6), Some(1.5e9)]);
        assert_eq!(["", "1", "s", "0s", "1 h"].map(parse), [None; 5]);
    }
}
