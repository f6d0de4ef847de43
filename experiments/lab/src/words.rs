//! The arguments of a sweep as words again: for the program of an experiment, and for whoever repeats
//! the run.

use std::path::PathBuf;
use std::time::Duration;

use crate::backend::without_registry;
use crate::cli::{SweepArgs, SweepOptions};
use crate::driver::DriverName;

impl SweepArgs {
    /// The command that repeats a run of these experiments from its seed, under a name and in a
    /// folder of its own.
    pub fn words_to_repeat<'a>(
        &self,
        seed: u64,
        experiments: impl Iterator<Item = &'a str>,
    ) -> Vec<String> {
        let mut again = self.clone();
        again.options = SweepOptions {
            run: None,
            seed: None,
            operator_policy: None,
            runs: None,
            functions: None,
            permissions_boundary: None,
            yes: false,
            max_usd: None,
            record_calls: None,
            crash_after_resources: None,
            unproved: false,
            exit_with_parent: false,
            // It is printed in reports.
            image: again.options.image.as_deref().map(without_registry).map(str::to_owned),
            ..again.options
        };
        let mut words = vec!["just".to_owned(), "run-sweep".to_owned()];
        let mut arguments = again.to_words().into_iter();
        words.extend(arguments.by_ref().take(2));
        words.extend(experiments.map(str::to_owned));
        words.push(format!("--seed={seed}"));
        words.extend(arguments);
        words
    }

    /// The same arguments as words, for the program of an experiment.
    #[must_use]
    pub fn to_words(&self) -> Vec<String> {
        let mut words = vec![self.backend.name().to_owned(), self.profile.name().to_owned()];
        let options = &self.options;
        let millis = |duration: Duration| format!("{}ms", duration.as_millis());
        let mut option = |name: &str, value: Option<String>| {
            words.extend(value.map(|value| format!("--{name}={value}")));
        };
        option("run", options.run.as_ref().map(ToString::to_string));
        option("seed", options.seed.map(|seed| seed.to_string()));
        option("rounds", options.rounds.map(|rounds| rounds.to_string()));
        option("messages", options.messages.map(|messages| messages.to_string()));
        option("rate", options.rate.map(|rate| rate.to_string()));
        for one in &options.axes {
            option("axis", Some(one.to_string()));
        }
        option("plan", options.plan.as_deref().map(|plan| plan.display().to_string()));
        option("shard-poll-interval", options.shard_poll_interval.map(millis));
        option("delivery-deadline", options.delivery_deadline.map(millis));
        option("inject-delivery-delay", options.inject_delivery_delay.clone());
        option("image", options.image.clone());
        option("cpus", options.cpus.map(|cpus| cpus.to_string()));
        option("memory", options.memory.map(|mib| mib.to_string()));
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        option("operator-policy", path(&options.operator_policy));
        option("runs", path(&options.runs));
        option("functions", path(&options.functions));
        option("architecture", options.architecture.map(|name| name.to_string()));
        let driver = options.driver;
        option("driver", (driver != DriverName::default()).then(|| driver.name().to_owned()));
        option("permissions-boundary", options.permissions_boundary.clone());
        option("max-usd", options.max_usd.map(|usd| usd.to_string()));
        option("record-calls", path(&options.record_calls));
        option("crash-after-resources", options.crash_after_resources.map(|n| n.to_string()));
        if options.docker_socket {
            words.push("--docker-socket".to_owned());
        }
        if options.enforce_iam {
            words.push("--enforce-iam".to_owned());
        }
        if options.unproved {
            words.push("--unproved".to_owned());
        }
        if options.yes {
            words.push("--yes".to_owned());
        }
        if options.exit_with_parent {
            words.push("--exit-with-parent".to_owned());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::parse;

    #[test]
    fn the_command_to_repeat_has_the_seed_and_no_folder_of_this_machine() {
        let args = parse(&["local", "smoke", "--run=r", "--runs=/x", "--rate=5"]).unwrap();
        let words = args.words_to_repeat(7, ["baseline"].into_iter());
        assert_eq!(words.join(" "), "just run-sweep local smoke baseline --seed=7 --rate=5");
        let image = "--image=registry.corp.example/mirror/x:1";
        let args = parse(&["container", "smoke", image]).unwrap();
        assert!(args.to_words().contains(&image.to_owned()), "it is used");
        let words = args.words_to_repeat(7, ["baseline"].into_iter());
        assert_eq!(
            words.join(" "),
            "just run-sweep container smoke baseline --seed=7 --image=mirror/x:1"
        );
    }

    #[test]
    fn words_read_back() {
        let words = [
            "local",
            "full",
            "--run=r",
            "--seed=1",
            "--rounds=2",
            "--messages=3",
            "--rate=0.5",
            "--shard-poll-interval=250ms",
            "--delivery-deadline=2m",
            "--inject-delivery-delay=fixed:1ms",
            "--operator-policy=p.json",
            "--runs=a b",
            "--functions=f",
            "--architecture=arm64",
            "--max-usd=0.5",
            "--record-calls=calls",
            "--crash-after-resources=3",
            "--enforce-iam",
            "--unproved",
            "--yes",
            "--exit-with-parent",
        ];
        let args = parse(&words).unwrap();
        let again = args.to_words();
        assert_eq!(parse(&again.iter().map(String::as_str).collect::<Vec<_>>()).unwrap(), args);
        assert_eq!(again.len(), words.len());
    }
}
