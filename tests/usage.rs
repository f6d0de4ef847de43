//! Mistyped words: each gets a message that names the value and what would be accepted, exit code
//! 2, and leaves nothing half made.

use testkit::programs;

#[test]
fn every_mistyped_word_is_named_and_nothing_is_made() {
    let cases: [(&str, &[&str], &[&str]); 24] = [
        ("lab", &["run-sweep", "moon"], &["moon", "local"]),
        ("lab", &["run-sweep", "local", "slow"], &["slow", "smoke", "quick", "full"]),
        ("lab", &["run-sweep", "local", "smoke", "basline"], &["basline", "baseline"]),
        ("lab", &["run-sweep", "local", "smoke", "--run", "../x"], &["../x"]),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--rate", "fast"],
            &["fast", "messages per second"],
        ),
        ("lab", &["run-sweep", "local", "smoke", "--rounds", "0"], &["0", "1..="]),
        ("lab", &["run-sweep", "local", "smoke", "--shard-poll-interval", "5"], &["5", "250ms"]),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--axis", "payload=1KiB"],
            &["\"payload\"", "payload-bytes", "fresh-side"],
        ),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--axis", "payload-bytes=1KB"],
            &["1KB", "1KiB, 6MiB"],
        ),
        (
            "baseline",
            &["run", "local", "smoke", "--axis", "load=poison:5"],
            &["poison:5", "poisson:RATE"],
        ),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--axis", "basline:shards=2"],
            &["basline", "expected one of baseline"],
        ),
        // Said of the last experiment before the first is run.
        (
            "lab",
            &["run-sweep", "local", "smoke", "--axis", "receiver-duration:memory-mb=64"],
            &["memory_mb of 64", "128 to 10240"],
        ),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--axis", "transport=sns"],
            &["kinesis-tuning has no sweep"],
        ),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--plan", "no-such.toml"],
            &["cannot read the plan no-such.toml"],
        ),
        ("lab", &["plan", "local", "smoke", "--axis", "rounds=many"], &["many", "whole number"]),
        ("lab", &["plan", "local", "smoke", "--sigma-within", "wide"], &["wide", "ln(latency)"]),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--driver", "fleet"],
            &["fleet", "direct, step-functions"],
        ),
        (
            "lab",
            &["run-sweep", "local", "smoke", "--driver", "step-functions"],
            &["local-cloud has no Step Functions"],
        ),
        (
            "lab",
            &["run-sweep", "container", "smoke", "--permissions-boundary", "b"],
            &["for the backend aws, and this is container"],
        ),
        ("lab", &["fly"], &["fly"]),
        ("baseline", &["run", "local", "smoke", "--frob"], &["--frob"]),
        ("report", &["no-such-run"], &["no-such-run"]),
        ("report", &["--frob"], &["--frob"]),
        ("local-cloud", &["--listen", "nowhere"], &["nowhere"]),
    ];
    for (program, words, named) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let mut words = words.to_vec();
        if matches!(program, "lab" | "report" | "baseline") && words[0] != "fly" {
            words.extend(["--runs", path]);
        }
        let said = programs::run(program, &words);
        assert_eq!(said.code, Some(2), "{program} {words:?}: {}", said.stderr);
        for part in named {
            assert!(
                said.stderr.contains(part),
                "{program} {words:?} names {part}: {}",
                said.stderr
            );
        }
        let made = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(made, 0, "{program} {words:?} made something");
    }
}

#[test]
fn a_mistake_in_a_plan_file_is_named_with_its_file_and_key() {
    let cases = [
        ("payload = 1", ["unknown key payload", "payload-bytes"]),
        (
            "[experiments.payload-size]\nsize = 1",
            ["experiments.payload-size.size", "payload-bytes"],
        ),
        (
            "[experiments.baseline]\nload = \"fast\"",
            ["experiments.baseline.load: \"fast\"", "closed"],
        ),
        ("[experiments.basline]\nshards = 2", ["basline", "expected one of baseline"]),
        ("rounds = 0", ["1 round", "sweep"]),
        ("rounds = ", ["line 1", "rounds"]),
    ];
    for (text, named) in cases {
        let folder = tempfile::tempdir().unwrap();
        let plan = folder.path().join("my.toml");
        std::fs::write(&plan, text).unwrap();
        let runs = folder.path().join("runs");
        for command in ["plan", "run-sweep"] {
            let words = ["local", "smoke", "--plan", plan.to_str().unwrap(), "--runs"];
            let words = [&[command], &words[..], &[runs.to_str().unwrap()]].concat();
            let said = programs::run("lab", &words);
            assert_eq!(said.code, Some(2), "{text}: {}", said.stderr);
            for part in named {
                assert!(said.stderr.contains(part), "{text} names {part}: {}", said.stderr);
            }
            assert!(!runs.exists(), "{text} made something");
        }
    }
}

#[test]
fn a_plan_says_time_cost_and_sample_size_of_each_experiment_and_of_all() {
    let said = programs::run("lab", &["plan", "local", "quick"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let count = |part: &str| said.stdout.matches(part).count();
    let experiments = 6;
    assert_eq!(count("sample size: "), experiments, "{}", said.stdout);
    assert_eq!(count("cost on AWS, an estimate: "), experiments + 1, "{}", said.stdout);
    assert_eq!(count("all 6 experiments: "), 1, "{}", said.stdout);
    assert!(!said.stdout.contains('{'), "what is for programs is not shown: {}", said.stdout);
}

#[test]
fn a_plan_file_and_the_options_it_stands_for_plan_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("my.toml");
    let text = "rounds = 4\n[experiments.payload-size]\npayload-bytes = [256, \"64KiB\"]\n\
                load = \"constant:5\"\nprobe-limits = false\nwarmup = 3\n";
    std::fs::write(&plan, text).unwrap();
    let plan = ["plan", "local", "quick", "payload-size", "--plan", plan.to_str().unwrap()];
    let by_file = programs::run("lab", &plan);
    let options = [
        "--axis=rounds=4",
        "--axis=payload-size:payload-bytes=256,64KiB",
        "--axis=load=constant:5",
        "--axis=warmup=3",
        "--axis=probe-limits=false",
    ];
    let words = [&["plan", "local", "quick", "payload-size"], &options[..]].concat();
    let by_options = programs::run("lab", &words);
    assert_eq!(by_file.code, Some(0), "{}", by_file.stderr);
    assert_eq!(by_file.stdout, by_options.stdout);
    assert!(by_file.stdout.contains("65536 B") && by_file.stdout.contains("4 rounds"));
}

#[test]
fn help_has_examples_and_exit_codes() {
    for (program, words) in [
        ("lab", vec!["run-sweep", "--help"]),
        ("lab", vec!["plan", "--help"]),
        ("payload-size", vec!["--help"]),
        ("report", vec!["--help"]),
        ("local-cloud", vec!["--help"]),
    ] {
        let said = programs::run(program, &words);
        assert_eq!(said.code, Some(0));
        assert!(said.stdout.contains("Examples"), "{program}: {}", said.stdout);
        assert!(said.stdout.contains("Exit codes"), "{program}: {}", said.stdout);
    }
}

#[test]
fn a_plan_runs_nothing_and_names_every_cell() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().to_str().unwrap();
    let said = programs::run("lab", &["plan", "local", "smoke", "--runs", runs]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for transport in wire::Transport::ALL {
        assert!(said.stdout.contains(transport.name()), "{}", said.stdout);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
