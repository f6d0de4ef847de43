//! A plan file: the settings of [`crate::axis`] as TOML, for all experiments or for one.

use std::path::Path;

use crate::axis::{self, Override, Setting};
use crate::error::LabError;

/// The key of the tables that are for one experiment each.
const EXPERIMENTS: &str = "experiments";

/// Reads a plan file: first what is for all experiments, then what is for one.
///
/// # Errors
/// [`LabError::Usage`] naming the file, the key and what is accepted.
pub fn read(path: &Path) -> Result<Vec<Override>, LabError> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| LabError::Usage(format!("cannot read the plan {}: {e}", path.display())))?;
    parse(&text).map_err(|reason| LabError::Usage(format!("{}: {reason}", path.display())))
}

pub(crate) fn parse(text: &str) -> Result<Vec<Override>, String> {
    let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
    let mut overrides = Vec::new();
    let general = table.iter().filter(|(key, _)| *key != EXPERIMENTS);
    for (key, value) in general {
        overrides.push(Override { experiment: None, setting: setting(key, key, value)? });
    }
    let Some(experiments) = table.get(EXPERIMENTS) else { return Ok(overrides) };
    let tables = |value: &toml::Value, key: &str| {
        value.as_table().cloned().ok_or_else(|| format!("{key} is {value}: expected a table"))
    };
    for (name, of_one) in tables(experiments, EXPERIMENTS)? {
        let path = format!("{EXPERIMENTS}.{name}");
        for (key, value) in tables(&of_one, &path)? {
            let setting = setting(&format!("{path}.{key}"), &key, &value)?;
            overrides.push(Override { experiment: Some(name.clone()), setting });
        }
    }
    Ok(overrides)
}

fn setting(path: &str, key: &str, value: &toml::Value) -> Result<Setting, String> {
    let values: Vec<String> = match value {
        toml::Value::Array(values) => values.iter().map(text).collect(),
        single => vec![text(single)],
    };
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    Setting::parse(key, &values).map_err(|reason| match reason.starts_with("unknown axis") {
        true => format!("unknown key {path}: expected {}, or [{EXPERIMENTS}.NAME]", axis::names()),
        false => format!("{path}: {reason}"),
    })
}

fn text(value: &toml::Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_as_the_options_it_stands_for() {
        let text = "rounds = 4\nload = \"closed\"\n[experiments.payload-size]\n\
                    payload-bytes = [256, \"6MiB\"]\nprobe-limits = false\n";
        let words: Vec<String> = parse(text).unwrap().iter().map(ToString::to_string).collect();
        let mut sorted = words.clone();
        sorted.sort();
        let expected = [
            "load=closed",
            "payload-size:payload-bytes=256,6291456",
            "payload-size:probe-limits=false",
            "rounds=4",
        ];
        assert_eq!(sorted, expected);
        assert!(words[2..].iter().all(|word| word.starts_with("payload-size:")), "{words:?}");
    }

    #[test]
    fn a_mistake_is_named_with_its_key() {
        let cases = [
            ("payload = 1", ["unknown key payload", "payload-bytes"]),
            ("rounds = \"many\"", ["rounds: \"many\"", "whole number"]),
            ("[experiments.e]\nsize = 1", ["experiments.e.size", "payload-bytes"]),
            ("[experiments.e]\nload = [\"fast\"]", ["experiments.e.load: \"fast\"", "closed"]),
            ("experiments = 1", ["experiments is 1", "table"]),
            ("payload-bytes = []", ["payload-bytes has no value", "sizes"]),
            ("rounds = ", ["rounds", "1"]),
        ];
        for (text, named) in cases {
            let error = parse(text).unwrap_err();
            for part in named {
                assert!(error.contains(part), "{text}: {error} names {part}");
            }
        }
    }
}
