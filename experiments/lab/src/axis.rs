//! What a person sets in place of an experiment's own axes: by `--axis`, or in a plan file.

use std::fmt;
use std::str::FromStr;

use store::Side;
use wire::Transport;

use crate::experiment::{Axes, Load, Shards};

/// One axis, or one count, of one experiment or of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The experiment that it is for; all, where there is none.
    pub experiment: Option<String>,
    /// What is set.
    pub setting: Setting,
}

/// The name of each setting and what is accepted for it, in the order of the help.
const ACCEPTED: [(&str, &str); 17] = [
    ("transport", "sync-invoke, async-invoke, sns, kinesis, sqs"),
    ("payload-bytes", "sizes such as 256, 1KiB, 6MiB"),
    ("concurrency", "whole numbers"),
    ("receiver-ms", "times such as 0, 100, 100ms, 3s"),
    ("memory-mb", "whole numbers of MiB"),
    ("load", "closed, constant:RATE, poisson:RATE with messages per second above 0"),
    ("shards", "whole numbers, on-demand"),
    ("batch-size", "whole numbers"),
    ("batching-window-ms", "times such as 0, 1000, 2s"),
    ("parallelization-factor", "whole numbers"),
    ("enhanced-fan-out", "true, false"),
    ("limit-raised", "true, false"),
    ("fresh-side", "none, sender, receiver"),
    ("rounds", "one whole number"),
    ("messages", "one whole number"),
    ("warmup", "one whole number"),
    ("probe-limits", "true or false"),
];

/// The names of all settings, for messages.
#[must_use]
pub fn names() -> String {
    ACCEPTED.map(|(name, _)| name).join(", ")
}

/// An axis with its values, or a count.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// Which of its transports each sweep keeps.
    Transport(Vec<Transport>),
    /// [`Axes::payload_bytes`].
    PayloadBytes(Vec<u32>),
    /// [`Axes::concurrency`].
    Concurrency(Vec<u32>),
    /// [`Axes::receiver_ms`].
    ReceiverMs(Vec<u32>),
    /// [`Axes::memory_mb`].
    MemoryMb(Vec<u32>),
    /// [`Axes::load`].
    Load(Vec<Load>),
    /// [`Axes::shards`].
    Shards(Vec<Shards>),
    /// [`Axes::batch_size`].
    BatchSize(Vec<u32>),
    /// [`Axes::batching_window_ms`].
    BatchingWindowMs(Vec<u32>),
    /// [`Axes::parallelization_factor`].
    ParallelizationFactor(Vec<u32>),
    /// [`Axes::enhanced_fan_out`].
    EnhancedFanOut(Vec<bool>),
    /// [`Axes::limit_raised`].
    LimitRaised(Vec<bool>),
    /// [`Axes::fresh_side`].
    FreshSide(Vec<Option<Side>>),
    /// [`Axes::rounds`].
    Rounds(u32),
    /// [`Axes::messages`].
    Messages(u32),
    /// [`Axes::warmup`].
    Warmup(u32),
    /// [`Axes::probe_limits`].
    ProbeLimits(bool),
}

impl Setting {
    /// Reads the values of a setting.
    ///
    /// # Errors
    /// A message that names the unknown setting or the wrong value, and what is accepted.
    pub fn parse(name: &str, values: &[&str]) -> Result<Self, String> {
        let Some((_, accepted)) = ACCEPTED.iter().find(|(known, _)| *known == name) else {
            return Err(format!("unknown axis {name:?}: expected one of {}", names()));
        };
        let wrong = |value: &str| format!("{value:?} is no {name}: expected {accepted}");
        if values.is_empty() {
            return Err(format!("{name} has no value: expected {accepted}"));
        }
        fn all<T>(
            values: &[&str],
            read: impl Fn(&str) -> Option<T>,
            wrong: impl Fn(&str) -> String,
        ) -> Result<Vec<T>, String> {
            values.iter().map(|value| read(value).ok_or_else(|| wrong(value))).collect()
        }
        let counts = || all(values, |value| value.parse().ok(), wrong);
        let times = || all(values, milliseconds, wrong);
        let flags = || all(values, |value| value.parse().ok(), wrong);
        let single = || match values {
            [value] => Ok(*value),
            more => Err(wrong(&more.join(","))),
        };
        let count = || single().and_then(|value| value.parse::<u32>().map_err(|_| wrong(value)));
        Ok(match name {
            "transport" => Self::Transport(all(values, |value| value.parse().ok(), wrong)?),
            "payload-bytes" => Self::PayloadBytes(all(values, bytes, wrong)?),
            "concurrency" => Self::Concurrency(counts()?),
            "receiver-ms" => Self::ReceiverMs(times()?),
            "memory-mb" => Self::MemoryMb(counts()?),
            "load" => Self::Load(all(values, load, wrong)?),
            "shards" => Self::Shards(all(values, |value| value.parse().ok(), wrong)?),
            "batch-size" => Self::BatchSize(counts()?),
            "batching-window-ms" => Self::BatchingWindowMs(times()?),
            "parallelization-factor" => Self::ParallelizationFactor(counts()?),
            "enhanced-fan-out" => Self::EnhancedFanOut(flags()?),
            "limit-raised" => Self::LimitRaised(flags()?),
            "fresh-side" => Self::FreshSide(all(values, fresh_side, wrong)?),
            "rounds" => Self::Rounds(count()?),
            "messages" => Self::Messages(count()?),
            "warmup" => Self::Warmup(count()?),
            _ => {
                let value = single()?;
                Self::ProbeLimits(value.parse().map_err(|_| wrong(value))?)
            }
        })
    }

    /// Puts it into a sweep.
    pub fn apply(&self, axes: &mut Axes) {
        match self {
            Self::Transport(values) => axes.transports.retain(|own| values.contains(own)),
            Self::PayloadBytes(values) => axes.payload_bytes.clone_from(values),
            Self::Concurrency(values) => axes.concurrency.clone_from(values),
            Self::ReceiverMs(values) => axes.receiver_ms.clone_from(values),
            Self::MemoryMb(values) => axes.memory_mb.clone_from(values),
            Self::Load(values) => axes.load.clone_from(values),
            Self::Shards(values) => axes.shards.clone_from(values),
            Self::BatchSize(values) => axes.batch_size.clone_from(values),
            Self::BatchingWindowMs(values) => axes.batching_window_ms.clone_from(values),
            Self::ParallelizationFactor(values) => axes.parallelization_factor.clone_from(values),
            Self::EnhancedFanOut(values) => axes.enhanced_fan_out.clone_from(values),
            Self::LimitRaised(values) => axes.limit_raised.clone_from(values),
            Self::FreshSide(values) => axes.fresh_side.clone_from(values),
            Self::Rounds(value) => axes.rounds = *value,
            Self::Messages(value) => {
                (axes.messages, axes.messages_per_sender) = (*value, 1);
            }
            Self::Warmup(value) => axes.warmup = *value,
            Self::ProbeLimits(value) => axes.probe_limits = *value,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn list<T: ToString>(values: &[T]) -> String {
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        }
        let (name, values) = match self {
            Self::Transport(values) => ("transport", list(values)),
            Self::PayloadBytes(values) => ("payload-bytes", list(values)),
            Self::Concurrency(values) => ("concurrency", list(values)),
            Self::ReceiverMs(values) => ("receiver-ms", list(values)),
            Self::MemoryMb(values) => ("memory-mb", list(values)),
            Self::Load(values) => {
                let text = |load: &Load| match load {
                    Load::Closed => "closed".to_owned(),
                    Load::Constant(rate) => format!("constant:{rate}"),
                    Load::Poisson(rate) => format!("poisson:{rate}"),
                };
                ("load", list(&values.iter().map(text).collect::<Vec<_>>()))
            }
            Self::Shards(values) => ("shards", list(values)),
            Self::BatchSize(values) => ("batch-size", list(values)),
            Self::BatchingWindowMs(values) => ("batching-window-ms", list(values)),
            Self::ParallelizationFactor(values) => ("parallelization-factor", list(values)),
            Self::EnhancedFanOut(values) => ("enhanced-fan-out", list(values)),
            Self::LimitRaised(values) => ("limit-raised", list(values)),
            Self::FreshSide(values) => {
                let name = |side: &Option<Side>| side.map_or("none", Side::name);
                ("fresh-side", list(&values.iter().map(name).collect::<Vec<_>>()))
            }
            Self::Rounds(value) => ("rounds", value.to_string()),
            Self::Messages(value) => ("messages", value.to_string()),
            Self::Warmup(value) => ("warmup", value.to_string()),
            Self::ProbeLimits(value) => ("probe-limits", value.to_string()),
        };
        write!(f, "{name}={values}")
    }
}

impl FromStr for Override {
    type Err = String;

    /// `NAME=V,V…`, or `EXPERIMENT:NAME=V,V…` for one experiment.
    fn from_str(text: &str) -> Result<Self, String> {
        let Some((name, values)) = text.split_once('=') else {
            return Err(format!(
                "{text:?} sets nothing: expected NAME=V,V… with NAME one of {}",
                names()
            ));
        };
        let (experiment, name) = match name.split_once(':') {
            Some((experiment, name)) => (Some(experiment.to_owned()), name),
            None => (None, name),
        };
        let values: Vec<&str> = values.split(',').map(str::trim).collect();
        Ok(Self { experiment, setting: Setting::parse(name, &values)? })
    }
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.experiment {
            Some(experiment) => write!(f, "{experiment}:{}", self.setting),
            None => write!(f, "{}", self.setting),
        }
    }
}

/// A number before a unit.
fn with_unit(text: &str, units: &[(&str, u32)]) -> Option<u32> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u32>().ok()?.checked_mul(*factor)
}

fn bytes(text: &str) -> Option<u32> {
    with_unit(text, &[("", 1), ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20)])
}

fn milliseconds(text: &str) -> Option<u32> {
    with_unit(text, &[("", 1), ("ms", 1), ("s", 1_000)])
}

fn load(text: &str) -> Option<Load> {
    let rate = |rate: &str| rate.parse().ok().filter(|rate: &f64| *rate > 0.0 && *rate <= 1e6);
    match text.split_once(':') {
        None => (text == "closed").then_some(Load::Closed),
        Some(("constant", text)) => rate(text).map(Load::Constant),
        Some(("poisson", text)) => rate(text).map(Load::Poisson),
        Some(_) => None,
    }
}

fn fresh_side(text: &str) -> Option<Option<Side>> {
    if text == "none" { Some(None) } else { text.parse().ok().map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Profile;

    #[test]
    fn every_setting_reads_back_and_changes_its_axis() {
        let texts = [
            "transport=sns,sqs",
            "payload-bytes=256,1024,6291456",
            "concurrency=1,64",
            "receiver-ms=0,100,3000",
            "memory-mb=128",
            "load=closed,constant:50,poisson:0.5",
            "shards=2,on-demand",
            "batch-size=1,10",
            "batching-window-ms=1000",
            "parallelization-factor=10",
            "enhanced-fan-out=true,false",
            "limit-raised=true",
            "fresh-side=none,sender,receiver",
            "rounds=4",
            "messages=7",
            "warmup=9",
            "probe-limits=true",
        ];
        for (text, (name, _)) in texts.iter().zip(ACCEPTED) {
            let read: Override = text.parse().unwrap();
            assert!(text.starts_with(name));
            assert_eq!(read.to_string(), *text);
            let mut axes = Axes::of(Profile::Quick);
            read.setting.apply(&mut axes);
            assert_ne!(axes, Axes::of(Profile::Quick), "{text}");
        }
        let one: Override = "payload-size:payload-bytes=1KiB, 6MiB".parse().unwrap();
        assert_eq!(one.experiment.as_deref(), Some("payload-size"));
        assert_eq!(one.setting, Setting::PayloadBytes(vec![1 << 10, 6 << 20]));
        assert_eq!(
            "receiver-ms=3s,100ms".parse::<Override>().unwrap().to_string(),
            "receiver-ms=3000,100"
        );
    }

    #[test]
    fn a_mistyped_setting_is_named_with_what_is_accepted() {
        let cases = [
            ("payload=1", ["\"payload\"", "payload-bytes"]),
            ("payload-bytes", ["payload-bytes", "NAME=V"]),
            ("payload-bytes=1KB", ["1KB", "1KiB"]),
            ("payload-bytes=9999MiB", ["9999MiB", "6MiB"]),
            ("concurrency=", ["\"\"", "whole"]),
            ("shards=ondemand", ["ondemand", "on-demand"]),
            ("load=poison:5", ["poison:5", "poisson:RATE"]),
            ("load=poisson:0", ["poisson:0", "above 0"]),
            ("enhanced-fan-out=yes", ["yes", "true, false"]),
            ("fresh-side=both", ["both", "none, sender, receiver"]),
            ("transport=sms", ["sms", "sync-invoke"]),
            ("receiver-ms=1m", ["1m", "100ms"]),
            ("rounds=1,2", ["1,2", "one whole number"]),
            ("probe-limits=maybe", ["maybe", "true or false"]),
        ];
        for (text, named) in cases {
            let error = text.parse::<Override>().unwrap_err();
            for part in named {
                assert!(error.contains(part), "{text}: {error} names {part}");
            }
        }
    }
}
