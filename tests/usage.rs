//! Mistyped words: each gets a message that names the value and what would be accepted, exit code
//! 2, and leaves nothing half made.

use testkit::programs;

#[test]
fn every_mistyped_word_is_named_and_nothing_is_made() {
    let cases: [(&str, &[&str], &[&str]); 12] = [
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
fn help_has_examples_and_exit_codes() {
    for (program, words) in [
        ("lab", vec!["run-sweep", "--help"]),
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
