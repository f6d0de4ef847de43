//! The command line.

use std::net::SocketAddr;
use std::time::Duration;

use clap::{ArgAction, Parser, ValueEnum};
use local_cloud::{Config, DelayDistribution, InjectedDelay, Policy};

/// An AWS of the size that handoff needs, on this machine
///
/// Serves Lambda, SNS, SQS, Kinesis, CloudWatch Logs, IAM, STS and the tagging API for any AWS client
/// until it is stopped, and runs function binaries as processes. Signatures are not verified, and
/// nothing is kept after the end.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Options {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4566", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// What to print on standard output once requests are answered
    #[arg(long, value_enum, default_value_t = ReadyFormat::Shell)]
    pub(crate) ready_format: ReadyFormat,
    /// End when standard input ends, so as not to outlive the program that holds its other end
    #[arg(long)]
    pub(crate) exit_with_parent: bool,
    /// Region that resources are in
    #[arg(long, default_value = "us-east-1", value_parser = region)]
    region: String,
    /// Account that resources belong to
    #[arg(long, default_value = "000000000000", value_name = "12 DIGITS", value_parser = account)]
    account: String,
    /// How long an event source mapping waits between two polls of a shard
    #[arg(long, default_value = "1s", value_name = "DURATION", value_parser = duration)]
    shard_poll_interval: Duration,
    /// How long a new stream is in CREATING, where it takes no records and five may be at a time
    #[arg(long, default_value = "0s", value_name = "DURATION", value_parser = duration)]
    stream_creation_time: Duration,
    /// How many invocations the account may run at a time
    #[arg(long, default_value_t = 1000, value_name = "COUNT")]
    account_concurrency: u32,
    /// How long a failed asynchronous invoke waits before each retry
    #[arg(long, default_value = "1m,2m", value_name = "DURATION,...", value_delimiter = ',', value_parser = duration)]
    async_retry_delays: Vec<Duration>,
    /// How many function processes this machine may run at a time
    #[arg(long, default_value_t = 256, value_name = "COUNT", value_parser = at_least_one)]
    max_environments: usize,
    /// How much memory log lines may take; the oldest go first
    #[arg(long, default_value_t = 512 << 20, value_name = "BYTES")]
    log_retention_bytes: u64,
    /// How much memory stream records may take; the oldest go first
    #[arg(long, default_value_t = 512 << 20, value_name = "BYTES")]
    stream_retention_bytes: u64,
    /// How much memory the messages of queues may take; beyond, sending is throttled
    #[arg(long, default_value_t = 512 << 20, value_name = "BYTES")]
    queue_retention_bytes: u64,
    /// How much memory queued asynchronous invokes may take; beyond, they are throttled
    #[arg(long, default_value_t = 512 << 20, value_name = "BYTES")]
    async_queue_bytes: u64,
    /// Seed of what is drawn at random, such as the phase of each shard's poll [default: drawn]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Delay each delivery by a draw from fixed:10ms, uniform:1ms..5ms, exponential:5ms (mean) or
    /// lognormal:5ms,0.5 (median, sigma of the logarithm): a test facility [default: no delay]
    #[arg(long, value_name = "DISTRIBUTION")]
    inject_delivery_delay: Option<DelayDistribution>,
    /// Seed of the injected delays [default: that of --seed]
    #[arg(long, value_name = "NUMBER", requires = "inject_delivery_delay")]
    inject_seed: Option<u64>,
    /// How the names of the functions end whose invokes are delayed
    #[arg(
        long,
        default_value = "-receiver",
        value_name = "FUNCTION SUFFIX",
        allow_hyphen_values = true
    )]
    inject_into: String,
    /// Let the policies of their roles decide what functions may call, and refuse policies that
    /// local-cloud cannot evaluate
    #[arg(
        long,
        action = ArgAction::Set,
        num_args = 0..=1,
        require_equals = true,
        default_value_t = false,
        default_missing_value = "true",
        hide_possible_values = true,
        value_name = "true|false"
    )]
    enforce_iam: bool,
    /// With --enforce-iam, a policy document that decides what whoever is not a function may call
    /// [default: everything]
    #[arg(long, value_name = "FILE", requires = "enforce_iam", value_parser = policy)]
    operator_policy: Option<Policy>,
}

const EXAMPLES: &str = "Examples:
  local-cloud                                  serve on 127.0.0.1:4566 and print export lines
  local-cloud > exports.sh &                   serve; then `. ./exports.sh` to use it in this shell
  local-cloud --listen 127.0.0.1:0 --ready-format json --exit-with-parent
  local-cloud --shard-poll-interval 200ms --async-retry-delays 1s,2s

Exit codes: 0 stopped by SIGINT, SIGTERM or the end of its parent; 1 could not serve; 2 bad usage";

/// How readiness is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadyFormat {
    /// One line of JSON: endpoint, region, account, version
    Json,
    /// Export lines for a shell
    Shell,
}

impl Options {
    pub(crate) fn config(&self) -> Config {
        let seed = self.seed.unwrap_or_else(rand::random);
        let injected_delay = self.inject_delivery_delay.map(|distribution| InjectedDelay {
            distribution,
            seed: self.inject_seed.unwrap_or(seed),
            into: self.inject_into.clone(),
        });
        Config {
            listen: self.listen,
            region: self.region.clone(),
            account: self.account.clone(),
            shard_poll_interval: self.shard_poll_interval,
            stream_creation_time: self.stream_creation_time,
            account_concurrency: self.account_concurrency,
            async_retry_delays: self.async_retry_delays.clone(),
            max_environments: self.max_environments,
            log_retention_bytes: self.log_retention_bytes,
            stream_retention_bytes: self.stream_retention_bytes,
            queue_retention_bytes: self.queue_retention_bytes,
            async_queue_bytes: self.async_queue_bytes,
            seed,
            injected_delay,
            enforce_iam: self.enforce_iam,
            operator_policy: self.operator_policy.clone(),
        }
    }
}

/// Reads a policy document from a file.
fn policy(path: &str) -> Result<Policy, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Policy::parse(&text).map_err(|error| error.to_string())
}

/// Reads `250ms`, `1s`, `2m`, `1.5s` or `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || {
        format!("{text:?} is no duration: expected a number and ms, s, m or h, such as 250ms or 1s")
    };
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(expected)?;
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number.parse().map_err(|_| expected())?;
    let unit_s = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(expected()),
    };
    Duration::try_from_secs_f64(number * unit_s).map_err(|_| expected())
}

fn region(text: &str) -> Result<String, String> {
    let is_region = text.len() >= 2
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_region
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{text:?} is no region: expected one such as us-east-1"))
}

fn account(text: &str) -> Result<String, String> {
    (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{text:?} is no account: expected 12 digits"))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!("{text:?} is no count: expected a number from 1 on")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_options_fit_together() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_document_names_every_option() {
        let document = include_str!("../../../docs/LOCAL-CLOUD.md");
        for option in Options::command().get_arguments().filter_map(clap::Arg::get_long) {
            assert!(document.contains(&format!("| `--{option}` |")), "--{option} is not described");
        }
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_duration_is_named_with_what_is_expected() {
        for text in ["1", "s", "-1s", "1d", "1 s", ""] {
            let error = duration(text).unwrap_err();
            assert!(error.contains(&format!("{text:?}")) && error.contains("250ms"), "{error}");
        }
    }

    #[test]
    fn a_delay_is_injected_only_if_it_is_asked_for() {
        let config = |words: &[&str]| {
            let all = ["local-cloud"].into_iter().chain(words.iter().copied());
            Options::try_parse_from(all).map(|options| options.config().injected_delay)
        };
        assert!(config(&[]).unwrap().is_none());
        let delay = config(&["--inject-delivery-delay", "fixed:10ms", "--inject-seed", "7"]);
        let delay = delay.unwrap().unwrap();
        assert_eq!((delay.seed, delay.into.as_str()), (7, "-receiver"));
        assert_eq!(delay.distribution.to_string(), "fixed:10ms");
        let words = ["--inject-delivery-delay", "exponential:5ms", "--inject-into", "-b"];
        assert_eq!(config(&words).unwrap().unwrap().into, "-b");
        let wrong = config(&["--inject-delivery-delay", "10ms"]).unwrap_err().to_string();
        assert!(wrong.contains("lognormal:5ms,0.5"), "{wrong}");
    }

    #[test]
    fn policies_are_enforced_only_if_it_is_asked_for() {
        let parse = |words: &[&str]| {
            Options::try_parse_from(["local-cloud"].into_iter().chain(words.iter().copied()))
        };
        assert!(!parse(&[]).unwrap().config().enforce_iam);
        assert!(parse(&["--enforce-iam"]).unwrap().config().enforce_iam);
        assert!(parse(&["--enforce-iam=true"]).unwrap().config().enforce_iam);
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/aws/operator-policy.json");
        let config = parse(&["--enforce-iam", "--operator-policy", file]).unwrap().config();
        assert!(config.operator_policy.is_some());
        assert!(parse(&["--operator-policy", file]).is_err(), "a policy that nobody enforces");
        let error = parse(&["--enforce-iam", "--operator-policy", "Cargo.toml"]).unwrap_err();
        assert!(error.to_string().contains("Cargo.toml"), "{error}");
    }

    #[test]
    fn delays_are_a_list() {
        let options = Options::parse_from(["local-cloud", "--async-retry-delays", "1s,20ms"]);
        let expected = [Duration::from_secs(1), Duration::from_millis(20)];
        assert_eq!(options.config().async_retry_delays, expected);
    }
}
