//! The options of a sweep, the same for `lab` and for every experiment's own binary.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use store::{Architecture, RunId};

use crate::axis::Override;
use crate::backend::Place;
use crate::driver::DriverName;
use crate::error::LabError;
use crate::experiment::{Axes, Experiment, Load, Profile};
use crate::plan_file;
use crate::sample_size::Spreads;

/// What to measure, where and how.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct SweepArgs {
    /// Where to measure.
    #[arg(value_enum, default_value = "local")]
    pub backend: Place,
    /// How thoroughly to measure.
    #[arg(value_enum, default_value = "quick")]
    pub profile: Profile,
    /// The options behind the positional arguments.
    #[command(flatten)]
    pub options: SweepOptions,
}

/// The options behind the positional arguments.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct SweepOptions {
    /// Name of the run and its folder; a run that was stopped goes on under its name
    /// [default: UTC time, profile and commit].
    #[arg(long, value_name = "NAME")]
    pub run: Option<RunId>,
    /// Seed of the order of cells and of the arrivals [default: the run's, or a random one].
    #[arg(long, value_name = "N")]
    pub seed: Option<u32>,
    /// Rounds instead of the profile's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rounds: Option<u32>,
    /// Measured messages per cell and round instead of the profile's.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub messages: Option<u32>,
    /// Messages per second of a cell instead of the experiment's.
    #[arg(long, value_name = "R", value_parser = rate)]
    pub rate: Option<f64>,
    /// Values of an axis instead of the experiments' own; repeatable, `experiment:` for one of
    /// them. Axes: transport, payload-bytes, concurrency, receiver-ms, memory-mb, load, shards,
    /// batch-size, batching-window-ms, parallelization-factor, enhanced-fan-out, limit-raised,
    /// fresh-side; and rounds, messages, warmup, probe-limits.
    #[arg(long = "axis", value_name = "[EXPERIMENT:]NAME=V,V…")]
    pub axes: Vec<Override>,
    /// The same settings from a TOML file; what the command line says wins.
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// How often local-cloud polls a Kinesis shard, e.g. 250ms [default: 1s, as Lambda does].
    #[arg(long, value_name = "D", value_parser = duration)]
    pub shard_poll_interval: Option<Duration>,
    /// How long after A's last answer a message counts as lost [default: 15s].
    #[arg(long, value_name = "D", value_parser = duration)]
    pub delivery_deadline: Option<Duration>,
    /// Delay each delivery of local-cloud by a draw, e.g. fixed:10ms: a test of the instrument.
    #[arg(long, value_name = "SPEC", hide = true)]
    pub inject_delivery_delay: Option<String>,
    /// Image that `container` measures: any emulator that keeps LocalStack's port and health path, or
    /// `local-cloud` [default: ministackorg/ministack:1.5.33].
    #[arg(long, value_name = "NAME:TAG")]
    pub image: Option<String>,
    /// How many processors' time the container may take [default: no limit].
    #[arg(long, value_name = "COUNT", value_parser = processors)]
    pub cpus: Option<f64>,
    /// How much memory the container may take, in MiB [default: no limit].
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(64..))]
    pub memory: Option<u32>,
    /// Hand the emulator in the container this machine's Docker engine, for one that runs functions in
    /// containers of their own (LocalStack, Floci; --cpus and --memory do not limit those). Whoever
    /// has the engine is root on this machine.
    #[arg(long)]
    pub docker_socket: bool,
    /// Have local-cloud let the policies of their roles decide what functions may call.
    #[arg(long)]
    pub enforce_iam: bool,
    /// With --enforce-iam, a policy document that decides what the lab itself may call.
    #[arg(long, value_name = "FILE", hide = true, requires = "enforce_iam")]
    pub operator_policy: Option<PathBuf>,
    /// Folder of the runs [default: data/runs of the workspace].
    #[arg(long, value_name = "DIR")]
    pub runs: Option<PathBuf>,
    /// Folder of the function binaries: DIR/sender, or DIR/sender/bootstrap as `cargo lambda build`
    /// leaves it [default: this workspace's; for `container` and `aws` the static ones that `just
    /// functions` makes].
    #[arg(long, value_name = "DIR")]
    pub functions: Option<PathBuf>,
    /// Instruction set of the functions: x86_64 or arm64 [default: this machine's].
    #[arg(long, value_name = "NAME")]
    pub architecture: Option<Architecture>,
    /// Who invokes the senders; `step-functions` where one machine cannot invoke enough of them.
    #[arg(long, value_enum, default_value = "direct", value_name = "NAME")]
    pub driver: DriverName,
    /// On `aws`: ARN of a policy that bounds what the run's roles may do (docs/AWS.md).
    #[arg(long, value_name = "ARN")]
    pub permissions_boundary: Option<String>,
    /// On `aws`: do not ask before anything is made.
    #[arg(long)]
    pub yes: bool,
    /// On `aws`: refuse a plan whose estimate is above this [default: 5].
    #[arg(long, value_name = "USD", value_parser = usd)]
    pub max_usd: Option<f64>,
    /// Append each control call, its operation and parameters, to a file.
    #[arg(long, value_name = "FILE", hide = true)]
    pub record_calls: Option<PathBuf>,
    /// End at once after so many resources, as a crash would: a test of teardown.
    #[arg(long, value_name = "N", hide = true)]
    pub crash_after_resources: Option<u32>,
    /// Measure without waiting until every pair hands over: a test of what is refused.
    #[arg(long, hide = true)]
    pub unproved: bool,
    /// Stop when standard input ends; for whoever starts this program and may be killed.
    #[arg(long, hide = true)]
    pub exit_with_parent: bool,
}

impl SweepOptions {
    /// How often an event source mapping polls a shard: as Lambda does, unless asked otherwise
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>).
    #[must_use]
    pub fn shard_poll_interval(&self) -> Duration {
        self.shard_poll_interval.unwrap_or(Duration::from_secs(1))
    }
}

impl SweepOptions {
    /// The later of two settings wins.
    fn put_before(&mut self, mut earlier: Vec<Override>) {
        earlier.append(&mut self.axes);
        self.axes = earlier;
    }
}

impl SweepArgs {
    /// Takes the plan file's settings in, before those of the command line, and checks that each
    /// is for one of the `known` experiments.
    ///
    /// # Errors
    /// [`LabError::Usage`] naming the file and the key, or the unknown experiment.
    pub fn settle(&mut self, known: &[String]) -> Result<(), LabError> {
        let options = &mut self.options;
        let of_container = options.image.is_some()
            || options.cpus.is_some()
            || options.memory.is_some()
            || options.docker_socket;
        if of_container && self.backend != Place::Container {
            return Err(LabError::Usage(format!(
                "--image, --cpus, --memory and --docker-socket are for the backend container, and \
                 this is {}",
                self.backend.name()
            )));
        }
        if options.docker_socket && self.backend.is_local_cloud(options) {
            return Err(LabError::Usage(
                "--docker-socket: local-cloud runs functions as processes of its own, and needs no \
                 Docker engine"
                    .to_owned(),
            ));
        }
        if options.permissions_boundary.is_some() && self.backend != Place::Aws {
            return Err(LabError::Usage(format!(
                "--permissions-boundary is for the backend aws, and this is {}",
                self.backend.name()
            )));
        }
        if options.driver == DriverName::StepFunctions && self.backend.is_local_cloud(options) {
            return Err(LabError::Usage(
                "--driver step-functions: local-cloud has no Step Functions, and needs none: the \
                 senders are limited by this machine, whoever invokes them"
                    .to_owned(),
            ));
        }
        if let Some(path) = options.plan.take() {
            options.put_before(plan_file::read(&path)?);
        }
        for name in options.axes.iter().filter_map(|one| one.experiment.as_ref()) {
            if !known.contains(name) {
                return Err(LabError::Usage(format!(
                    "a setting for the unknown experiment {name:?}: expected one of {}",
                    known.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// The experiment's sweeps, with what the options replace. A sweep none of whose transports is
    /// asked for is left out.
    ///
    /// # Errors
    /// [`LabError::Usage`] when that leaves no sweep.
    pub fn sweeps(&self, experiment: &Experiment) -> Result<Vec<Axes>, LabError> {
        let mut sweeps = (experiment.sweeps)(self.profile);
        let options = &self.options;
        for axes in &mut sweeps {
            let ours = |one: &&Override| {
                one.experiment.as_deref().is_none_or(|name| name == experiment.name)
            };
            for one in options.axes.iter().filter(ours) {
                one.setting.apply(axes);
            }
            axes.rounds = options.rounds.unwrap_or(axes.rounds);
            if let Some(messages) = options.messages {
                (axes.messages, axes.messages_per_sender) = (messages, 1);
            }
            for load in &mut axes.load {
                *load = match (*load, options.rate) {
                    (Load::Constant(_), Some(rate)) => Load::Constant(rate),
                    (Load::Poisson(_), Some(rate)) => Load::Poisson(rate),
                    (as_it_is, _) => as_it_is,
                };
            }
        }
        sweeps.retain(|axes| !axes.transports.is_empty());
        if sweeps.is_empty() {
            return Err(LabError::Usage(format!(
                "{} has no sweep over the transports asked for: name the experiments to run, or \
                 other transports",
                experiment.name
            )));
        }
        Ok(sweeps)
    }

    /// The instruction set of the functions.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.options.architecture.unwrap_or_else(crate::facts::architecture)
    }
}

/// The command line of an experiment's own binary.
#[derive(Parser, Debug)]
pub(crate) struct ExperimentCli {
    #[command(subcommand)]
    pub(crate) command: ExperimentCommand,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ExperimentCommand {
    /// Measure, and write the run's folder.
    Run(SweepArgs),
    /// Say what would be measured, how long it would take and what it would cost; run nothing.
    Plan(PlanArgs),
}

/// What to plan, and what to take for granted in it.
#[derive(Args, Clone, Debug, PartialEq)]
pub struct PlanArgs {
    /// As for measuring.
    #[command(flatten)]
    pub sweep: SweepArgs,
    /// What the sample size is reckoned with.
    #[command(flatten)]
    pub spread: Spreads,
    /// End with a line of JSON for whoever adds several plans up.
    #[arg(long, hide = true)]
    pub with_total: bool,
}

fn usd(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(usd) if usd >= 0.0 && usd.is_finite() => Ok(usd),
        _ => Err(format!("{text:?} is no amount: expected USD from 0 on")),
    }
}

/// Reads a duration such as `250ms`, `1s` or `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("{text:?} is no duration: expected for example 250ms, 1s, 2m");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err(expected()),
    };
    match number.checked_mul(unit_ms) {
        Some(ms) if (1..=86_400_000).contains(&ms) => Ok(Duration::from_millis(ms)),
        _ => Err(format!("{text:?} is out of range: expected 1ms to 24 hours")),
    }
}

fn processors(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(count) if count > 0.0 && count <= 1024.0 => Ok(count),
        _ => Err(format!("{text:?} is no number of processors: expected for example 0.5 or 2")),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1e6 => Ok(rate),
        _ => Err(format!(
            "{text:?} is no rate: expected messages per second above 0, at most 1000000"
        )),
    }
}

/// The workspace's folder: the nearest one, from where the program was started or else from where
/// it lies, that has the file of the services' limits.
pub fn find_root(started_in: &Path, program: &Path) -> Option<PathBuf> {
    started_in
        .ancestors()
        .chain(program.ancestors())
        .find(|folder| folder.join(crate::limits::FILE).is_file())
        .map(Path::to_owned)
}

/// The arguments of a command line, for tests.
#[cfg(test)]
pub(crate) fn parse(words: &[&str]) -> Result<SweepArgs, clap::Error> {
    let words = ["baseline", "run"].iter().chain(words);
    match ExperimentCli::try_parse_from(words)?.command {
        ExperimentCommand::Run(args) => Ok(args),
        ExperimentCommand::Plan(args) => Ok(args.sweep),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Shards;

    fn asking(sweeps: fn(Profile) -> Vec<Axes>) -> Experiment {
        Experiment { name: "baseline", question: "why?", hypothesis: "so", sweeps }
    }

    #[test]
    fn the_command_line_wins_over_the_file_and_a_later_word_over_an_earlier_one() {
        let text = "shards = 3\nconcurrency = 2\n[experiments.baseline]\nconcurrency = 4\n\
                    warmup = 6\n[experiments.other]\nconcurrency = 9\n";
        let words = ["--axis=shards=5", "--axis=transport=sns,kinesis", "--axis=other:warmup=8"];
        let mut args = parse(&words).unwrap();
        args.options.put_before(plan_file::parse(text).unwrap());
        args.settle(&["baseline".into(), "other".into()]).unwrap();
        let sweep = |profile| vec![Axes::of(profile)];
        let sweeps = args.sweeps(&asking(sweep)).unwrap();
        let [axes] = sweeps.as_slice() else { panic!("{sweeps:?}") };
        assert_eq!(
            (axes.shards[0], axes.concurrency[0], axes.warmup),
            (Shards::Provisioned(5), 4, 6)
        );
        assert_eq!(axes.transports.len(), 2);
        // The command to repeat needs no file.
        let words = args.words_to_repeat(1, ["baseline"].into_iter()).join(" ");
        assert!(!words.contains("--plan"), "{words}");
        assert!(words.contains("--axis=baseline:concurrency=4"), "{words}");
        let again = args.to_words();
        let again = parse(&again.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!(again, args);
        let error = args.settle(&["baseline".into()]).unwrap_err();
        assert!(error.to_string().contains("\"other\": expected one of baseline"), "{error}");
    }

    #[test]
    fn an_experiment_without_the_transport_is_refused_by_name() {
        let args = parse(&["--axis=transport=sns"]).unwrap();
        let kinesis = |profile| {
            vec![Axes { transports: vec![wire::Transport::Kinesis], ..Axes::of(profile) }]
        };
        let error = args.sweeps(&asking(kinesis)).unwrap_err().to_string();
        assert!(error.contains("baseline has no sweep over the transports"), "{error}");
    }

    #[test]
    fn defaults_are_local_and_quick() {
        let args = parse(&[]).unwrap();
        assert_eq!((args.backend, args.profile), (Place::Local, Profile::Quick));
        let sweeps = args.sweeps(&asking(|profile| vec![Axes::of(profile)])).unwrap();
        assert_eq!(sweeps, [Axes::of(Profile::Quick)]);
    }

    #[test]
    fn options_replace_what_the_profile_says() {
        let args = parse(&["local", "smoke", "--rounds=2", "--messages", "9", "--rate", "2.5"]);
        let experiment = asking(|profile| {
            vec![Axes { load: vec![Load::Closed, Load::Constant(7.0)], ..Axes::of(profile) }]
        });
        let sweeps = args.unwrap().sweeps(&experiment).unwrap();
        assert_eq!((sweeps[0].rounds, sweeps[0].messages), (2, 9));
        assert_eq!(sweeps[0].load, [Load::Closed, Load::Constant(2.5)]);
    }

    #[test]
    fn a_wrong_value_is_named_with_what_is_accepted() {
        let cases: [(&[&str], &[&str]); 8] = [
            (&["moon"], &["moon", "local", "aws"]),
            (&["local", "slow"], &["slow", "smoke", "quick", "full"]),
            (&["--run", "a/b"], &["a/b", "A-Z"]),
            (&["--rounds", "0"], &["0", "1..="]),
            (&["--rate", "-1"], &["-1", "messages per second"]),
            (&["--rate", "inf"], &["inf", "messages per second"]),
            (&["--shard-poll-interval", "1"], &["\"1\"", "250ms"]),
            (&["--delivery-deadline", "0s"], &["0s", "1ms"]),
        ];
        for (words, named) in cases {
            let words: Vec<String> = match words {
                [option, value] if option.starts_with('-') => vec![format!("{option}={value}")],
                other => other.iter().map(ToString::to_string).collect(),
            };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let error = parse(&words).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            for part in named {
                assert!(error.to_string().contains(part), "{words:?}: {error} has {part}");
            }
        }
    }
}
