//! Two runs against each other: how often runs that are alike are called different, how often a
//! difference of a tenth is found at the planned sample size, and the comparison of whole runs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use report::analysis::{Measure, RunData};
use report::compare::{
    ALPHA, CompareError, Comparison, Judged, Margin, NotComparable, Verdict, document, judge,
};
use report::write_comparison;
use store::{Aim, RunDir, Spread, normal_quantile, rounds_to_find};
use testkit::programs;
use testkit::synthetic_run::{self, Effects};
use wire::Transport;

/// Pairs of runs in a simulation.
const PAIRS: usize = 200;

/// Of 200 pairs of equal runs, so many or fewer are called different with probability 0.999 where
/// the rate is the stated 5 % (scipy.stats.binom.ppf(0.999, 200, 0.05)).
const MOST_CALLED_DIFFERENT: usize = 21;

/// So many or more of 200 are found with probability 0.999 where the power is the planned 80 %
/// (scipy.stats.binom.ppf(0.001, 200, 0.8)).
const FEWEST_FOUND: usize = 142;

const MESSAGES: u32 = 40;
const WITHIN_ROUND: f64 = 0.3;

fn normal(random: &mut StdRng) -> f64 {
    normal_quantile(random.random_range(1e-12..1.0))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[values.len() / 2], values[(values.len() - 1) / 2])
}

fn compare(
    first: &RunData,
    second: &RunData,
    measures: &[Measure],
) -> Result<Comparison, CompareError> {
    report::compare::compare(first, second, measures, Margin::default())
}

/// What a made-up run is like.
#[derive(Clone, Copy)]
struct Simulated {
    cells: usize,
    rounds: usize,
    /// The spread between rounds that a cell has of its own.
    between_rounds: f64,
    /// The spread between rounds that all cells of a run share.
    shared: f64,
    /// What a round adds to the logarithm of the one before: a run that warms up.
    drift: f64,
    /// Every fourth cell waits for a poll, up to a second.
    polls: bool,
    /// One round in ten is disturbed by about so much.
    disturbed: f64,
}

/// The medians of the rounds of each cell, the first cell slower by a factor.
fn medians(of: &Simulated, factor: f64, random: &mut StdRng) -> Vec<Vec<f64>> {
    let shared: Vec<f64> = (0..of.rounds).map(|_| of.shared * normal(random)).collect();
    let cell = |cell: usize, random: &mut StdRng| -> Vec<f64> {
        let mut round = |round: usize| {
            let disturbance = match random.random_range(0..10) {
                0 => -of.disturbed * random.random_range(1e-12_f64..1.0).ln(),
                _ => 0.0,
            };
            let own = of.between_rounds * normal(random) + disturbance;
            let level = 200e3 * (shared[round] + own + of.drift * round as f64).exp();
            let level = if cell == 0 { level * factor } else { level };
            let values = (0..MESSAGES).map(|_| {
                let handoff = level * (WITHIN_ROUND * normal(random)).exp();
                let polls = of.polls && cell % 4 == 3;
                if polls { handoff + random.random_range(0.0..1e9) } else { handoff }
            });
            median(values.collect())
        };
        (0..of.rounds).map(&mut round).collect()
    };
    (0..of.cells).map(|number| cell(number, random)).collect()
}

/// What is said of a pair of runs, the first cell of the second slower by a factor.
fn judged(first: &Simulated, second: &Simulated, factor: f64, seed: usize) -> Vec<Judged> {
    let mut random = StdRng::seed_from_u64(seed as u64);
    let one = medians(first, 1.0, &mut random);
    let other = medians(second, factor, &mut random);
    let pairs: Vec<[Vec<f64>; 2]> =
        one.into_iter().zip(other).map(|(one, other)| [one, other]).collect();
    judge(&pairs, Margin::default()).into_iter().flatten().collect()
}

fn verdicts(first: &Simulated, second: &Simulated, factor: f64, seed: usize) -> Vec<Verdict> {
    judged(first, second, factor, seed).into_iter().map(|judged| judged.verdict).collect()
}

#[test]
fn two_runs_of_the_same_thing_are_called_different_at_most_as_often_as_stated() {
    assert_eq!(ALPHA, 0.05);
    let steady = Simulated {
        cells: 8,
        rounds: 10,
        between_rounds: 0.03,
        shared: 0.04,
        drift: 0.0,
        polls: true,
        disturbed: 0.0,
    };
    let few = Simulated { rounds: 6, cells: 2, ..steady };
    let cases = [
        ("steady", steady, steady),
        ("warming up", Simulated { drift: -0.01, ..steady }, Simulated { drift: -0.01, ..steady }),
        (
            "disturbed",
            Simulated { disturbed: 0.3, ..steady },
            Simulated { disturbed: 0.3, ..steady },
        ),
        (
            "other lengths",
            Simulated { disturbed: 0.3, ..few },
            Simulated { rounds: 12, disturbed: 0.3, ..few },
        ),
        ("few rounds", few, few),
    ];
    for (name, first, second) in cases {
        let differs = |pair: &usize| {
            let verdicts = verdicts(&first, &second, 1.0, *pair);
            assert_eq!(verdicts.len(), first.cells);
            verdicts.iter().any(|verdict| verdict.is_difference())
        };
        let different = (0..PAIRS).filter(differs).count();
        println!("{name}: {different} of {PAIRS} called different");
        assert!(different <= MOST_CALLED_DIFFERENT, "{name}: {different} of {PAIRS}");
    }
}

/// The verdict on a cell that is slower by a tenth, among others that did not change; of these the
/// rounds' medians are drawn and not their messages.
fn verdict_among(run: &Simulated, others: usize, seed: usize) -> Verdict {
    let mut random = StdRng::seed_from_u64(seed as u64);
    let changed = [1.0, 1.1].map(|factor| medians(run, factor, &mut random).remove(0));
    let mut draw = || (0..run.rounds).map(|_| (0.05 * normal(&mut random)).exp()).collect();
    let mut pairs = vec![changed];
    pairs.extend((0..others).map(|_| [draw(), draw()]));
    judge(&pairs, Margin::default())[0].unwrap().verdict
}

#[test]
fn a_tenth_is_found_at_the_planned_number_of_rounds() {
    let (mut found, mut all) = (0, 0);
    for (cells, between_rounds) in [(1, 0.02), (1, 0.06), (8, 0.03), (20, 0.02), (60, 0.05)] {
        let spread = Spread { within_round: WITHIN_ROUND, between_rounds };
        let aim = Aim { ratio: 1.1, alpha: ALPHA / cells as f64, power: 0.8 };
        let rounds = rounds_to_find(aim, spread, MESSAGES).unwrap() as usize;
        let run = Simulated {
            cells: 1,
            rounds,
            between_rounds,
            shared: 0.0,
            drift: 0.0,
            polls: false,
            disturbed: 0.0,
        };
        let slower = |pair: &usize| verdict_among(&run, cells - 1, *pair) == Verdict::Slower;
        let found_here = (0..PAIRS).filter(slower).count();
        println!(
            "{cells} cells, {between_rounds} between {rounds} rounds: {found_here} of {PAIRS}"
        );
        assert!(found_here >= FEWEST_FOUND, "{cells} cells: {found_here} of {PAIRS}");
        found += found_here;
        all += PAIRS;
    }
    assert!(found * 100 >= all * 80, "{found} of {all}");
}

/// What a sample is said to find, it finds: the planning formula read the other way round.
#[test]
fn what_a_sample_is_said_to_find_it_finds() {
    let run = Simulated {
        cells: 4,
        rounds: 10,
        between_rounds: 0.03,
        shared: 0.0,
        drift: 0.0,
        polls: false,
        disturbed: 0.0,
    };
    let mut random = StdRng::seed_from_u64(9);
    let mut said: Vec<f64> = (0..50)
        .flat_map(|_| {
            let (one, other) = (medians(&run, 1.0, &mut random), medians(&run, 1.0, &mut random));
            let pairs: Vec<_> = one.into_iter().zip(other).map(|(a, b)| [a, b]).collect();
            judge(&pairs, Margin::default())
                .into_iter()
                .flatten()
                .map(|judged| judged.finds.unwrap())
        })
        .collect();
    said.sort_by(f64::total_cmp);
    let typical = said[said.len() / 2];
    let slower = |pair: &usize| verdicts(&run, &run, typical, *pair)[0] == Verdict::Slower;
    let found = (0..PAIRS).filter(slower).count();
    println!("a ratio of {typical:.3} found in {found} of {PAIRS}");
    assert!((FEWEST_FOUND..PAIRS).contains(&found), "{typical}: {found} of {PAIRS}");
}

/// Of runs that are apart by just the margin, hardly any are called equivalent; of runs that are
/// alike, most are where the rounds suffice.
#[test]
fn equivalence_is_claimed_of_what_is_alike_and_not_of_what_is_a_margin_apart() {
    let run = Simulated {
        cells: 2,
        rounds: 14,
        between_rounds: 0.02,
        shared: 0.0,
        drift: 0.0,
        polls: false,
        disturbed: 0.0,
    };
    let noisy = Simulated { disturbed: 0.3, ..run };
    let equivalent = |run: &Simulated, factor: f64| {
        let is = |pair: &usize| judged(run, run, factor, *pair)[0].within_margin;
        (0..PAIRS).filter(is).count()
    };
    for (name, run) in [("steady", run), ("disturbed", noisy)] {
        for factor in [1.1, 1.0 / 1.1] {
            let wrong = equivalent(&run, factor);
            println!("{name}: {wrong} of {PAIRS} that are {factor:.2} apart within the margin");
            assert!(wrong <= MOST_CALLED_DIFFERENT, "{name}: {wrong} of {PAIRS}");
        }
    }
    let right = equivalent(&run, 1.0);
    println!("{right} of {PAIRS} that are alike within the margin");
    assert!(right >= FEWEST_FOUND, "{right} of {PAIRS}");
}

fn effects(run_id: &str, seed: u64) -> Effects {
    Effects { run_id: run_id.into(), seed, ..Effects::default() }
}

fn run_with(effects: &Effects) -> RunData {
    let runs = tempfile::tempdir().unwrap();
    RunData::read(&synthetic_run::write(runs.path(), effects).unwrap()).unwrap()
}

fn verdicts_of(comparison: &Comparison) -> BTreeMap<(Measure, String, u32), Verdict> {
    let verdict = |row: &report::compare::Row| {
        let key = (row.measure, row.plan.transport.to_string(), row.plan.receiver_ms);
        Some((key, row.found.ok()?.judged.verdict))
    };
    comparison.rows.iter().filter_map(verdict).collect()
}

const BOTH: [Measure; 2] = [Measure::Handoff, Measure::Operation];

#[test]
fn runs_of_the_same_thing_do_not_differ() {
    let (one, other) = (run_with(&effects("before", 1)), run_with(&effects("after", 2)));
    let comparison = compare(&one, &other, &BOTH).unwrap();
    let verdicts = verdicts_of(&comparison);
    assert_eq!(verdicts.len(), 20);
    assert!(verdicts.values().all(|verdict| !verdict.is_difference()), "{verdicts:?}");
    // A poll's wait spreads too widely to say of ten rounds that they are alike.
    for ((measure, transport, _), verdict) in &verdicts {
        let polled = *measure == Measure::Handoff && transport == "kinesis";
        let expected = if polled { Verdict::Inconclusive } else { Verdict::Equivalent };
        assert_eq!(*verdict, expected, "{measure:?} {transport}");
    }
    let changed: Vec<&str> = comparison.changes.iter().map(|c| c.what.as_str()).collect();
    assert_eq!(changed, ["seed"]);
}

#[test]
fn the_transport_that_changed_is_told_and_no_other() {
    let one = run_with(&effects("before", 1));
    let mut slower = effects("after", 2);
    slower.handoff_ns[2] *= 1.1;
    slower.handoff_ns[1] /= 1.2;
    let comparison = compare(&one, &run_with(&slower), &[Measure::Handoff]).unwrap();
    for ((_, transport, receiver_ms), verdict) in verdicts_of(&comparison) {
        let expected = match transport.as_str() {
            "sns" => Verdict::Slower,
            "async-invoke" => Verdict::Faster,
            "kinesis" => Verdict::Inconclusive,
            _ => Verdict::Equivalent,
        };
        assert_eq!(verdict, expected, "{transport} {receiver_ms}");
    }
    for row in comparison.rows.iter().filter(|row| row.plan.transport.name() == "sns") {
        let found = row.found.unwrap();
        let (low, high) = found.judged.interval.unwrap();
        assert!(low < 1.1 && 1.1 < high && low > 1.0, "{low} {high}");
        let (low, high) = found.effects.hodges_lehmann.interval.unwrap();
        assert!(low < 26e3 && 26e3 < high && low > 0.0, "{low} {high}");
        assert!(found.effects.cliffs_delta.interval.unwrap().0 > 0.0);
    }
}

#[test]
fn cells_are_matched_by_their_settings_and_not_by_number() {
    let (one, mut other) = (run_with(&effects("before", 1)), run_with(&effects("after", 2)));
    let as_they_were = compare(&one, &other, &[Measure::Handoff]).unwrap();
    other.cells.reverse();
    for (number, cell) in (0..).zip(&mut other.cells) {
        cell.plan.cell = number;
        cell.plan.messages += 1;
    }
    let renumbered = compare(&one, &other, &[Measure::Handoff]).unwrap();
    assert_eq!(renumbered.rows, as_they_were.rows);

    other.cells[3].plan.payload_bytes = 2048;
    let moved = compare(&one, &other, &[Measure::Handoff]).unwrap();
    let reasons: Vec<_> = moved.rows.iter().filter_map(|row| row.found.err()).collect();
    assert_eq!(moved.tested, 9);
    assert_eq!(reasons.len(), 2);
    assert!(reasons.contains(&NotComparable::OnlyInFirst));
    assert!(reasons.contains(&NotComparable::OnlyInSecond));
}

#[test]
fn one_round_is_not_comparable() {
    let one = run_with(&Effects { rounds: 1, ..effects("before", 1) });
    let comparison = compare(&one, &run_with(&effects("after", 2)), &[Measure::Handoff]).unwrap();
    assert_eq!(comparison.tested, 0);
    let all_say_so = |row: &report::compare::Row| row.found == Err(NotComparable::OneRound);
    assert!(comparison.rows.iter().all(all_say_so));
    let document = document(&comparison).unwrap();
    assert!(document.text.contains("no interval: a run has one round only"));
    assert!(document.charts.is_empty());
}

#[test]
fn the_text_of_a_comparison() {
    let one = run_with(&effects("before", 1));
    let mut slower = Effects { rounds: 12, missing_parts: 4, ..effects("after", 2) };
    slower.handoff_ns[2] *= 1.3;
    let mut other = run_with(&slower);
    other.cells[0].plan.payload_bytes = 2048;
    other.manifest.functions.sender_sha256 = "d".repeat(64);
    other.manifest.backend.settings.insert("injected_delay".into(), "10ms | sync".into());
    let comparison = compare(&one, &other, &BOTH).unwrap();
    let document = document(&comparison).unwrap();
    insta::assert_snapshot!("comparison", document.text);
    insta::assert_snapshot!("comparison_summary", document.summary);
}

/// Whether a text has a number that nobody reads: not finite, or with an exponent.
fn unreadable(text: &str) -> Option<&str> {
    let odd = |word: &&str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let exponent = |(digits, power): (&str, &str)| {
            let whole = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            whole(&digits.replace('.', "")) && whole(power.trim_start_matches(['-', '+']))
        };
        ["inf", "nan"].contains(&word.to_lowercase().as_str())
            || word.split_once('e').is_some_and(exponent)
            || word.chars().filter(char::is_ascii_digit).count() > 9 && word.parse::<f64>().is_ok()
    };
    text.split_whitespace().find(odd)
}

/// Whatever the rounds, and however they spread: no figure that nobody reads, no axis that one
/// interval stretches, and where there are too few rounds the number that it takes.
#[test]
fn few_rounds_and_wide_spreads_can_be_read() {
    for rounds in 1..=10 {
        for (handoff_ns, drift) in [(130e3, 0.0), (3.0, 0.0), (130e3, 40.0), (1e9, 1e4)] {
            let made = |run_id: &str, seed| {
                let transports = vec![Transport::SyncInvoke, Transport::Kinesis];
                let made = effects(run_id, seed);
                let mut made = Effects { rounds, messages: 6, drift, transports, ..made };
                made.handoff_ns[0] = handoff_ns;
                made.negative_every = if drift == 0.0 { 2 } else { 0 };
                run_with(&made)
            };
            let comparison = compare(&made("before", 1), &made("after", 2), &BOTH).unwrap();
            let document = document(&comparison).unwrap();
            let charts = document.charts.iter().map(|chart| chart.alternative_text.as_str());
            let texts = [document.text.as_str(), document.summary.as_str()];
            for text in texts.into_iter().chain(charts) {
                assert_eq!(unreadable(text), None, "{rounds} rounds, {drift}: {text}");
            }
            for chart in &document.charts {
                for tick in chart.light.lines().filter_map(|line| line.strip_suffix(" %")) {
                    let percent: f64 =
                        tick.replace('−', "-").replace(',', "").trim().parse().unwrap_or(0.0);
                    assert!(percent.abs() < 1e9, "{rounds} rounds, {drift}: an axis to {tick}");
                }
            }
            let says_how_many = document.summary.contains("too few rounds to find anything: ");
            // Of eight comparisons none can be significant with fewer than six rounds:
            // 2 / C(10, 5) > 0.05 / 8 > 2 / C(12, 6).
            assert_eq!(says_how_many, (2..6).contains(&rounds), "{rounds}: {}", document.summary);
        }
    }
}

#[test]
fn what_differs_in_place_is_said_first() {
    let one = run_with(&effects("before", 1));
    let other = run_with(&effects("after", 2));
    let first_lines = |one: &RunData, other: &RunData| {
        let document = document(&compare(one, other, &BOTH).unwrap()).unwrap();
        let title = document.text.find("\n# ").unwrap();
        let below = document.text[title + 1..].lines().nth(2).unwrap().to_owned();
        let summary = document.summary.lines().next().unwrap().to_owned();
        assert_eq!(below, format!("**{}**", summary.replace('&', "&amp;")));
        summary
    };
    let same = "Same machine, backend, commit and function binaries.";
    assert_eq!(first_lines(&one, &other), same);
    type Change = fn(&mut RunData);
    let cases: [(Change, &str); 9] = [
        (|run| run.manifest.host.cpu_model = "another".into(), "Different machine (processor "),
        (|run| run.manifest.host.cores = 64, "Different machine (cores 2 → 64); same "),
        (|run| run.manifest.host.memory_bytes *= 2, "Different machine (memory 8.0 GiB → 16.0 "),
        (|run| run.manifest.host.kernel = "7.0".into(), "Different machine (system linux 6.1 → "),
        (|run| run.manifest.backend.version = "9".into(), "Different backend (product local-cloud"),
        (
            |run| run.manifest.git.as_mut().unwrap().clean = false,
            "Uncommitted changes in the second run to the",
        ),
        (
            |run| run.manifest.git = None,
            "Commits that cannot be compared (0123456789ab → not known)",
        ),
        (
            |run| run.manifest.git.as_mut().unwrap().commit = "f".repeat(32),
            "Different commit (0123456789ab → ffffffffffff); same machine, backend and function ",
        ),
        (
            |run| run.manifest.functions.receiver_sha256 = "e".repeat(64),
            "Different function binaries (receiver bbbbbbbbbbbb → eeeeeeeeeeee); same machine, ",
        ),
    ];
    for (change, expected) in cases {
        let mut changed = other.clone();
        change(&mut changed);
        let line = first_lines(&one, &changed);
        assert!(line.starts_with(expected), "{line}: expected {expected}");
    }
}

/// The medians shown are those of the runs' reports, not of their rounds.
#[test]
fn medians_are_those_of_the_reports() {
    let (one, other) = (run_with(&effects("before", 1)), run_with(&effects("after", 2)));
    let comparison = compare(&one, &other, &[Measure::Handoff]).unwrap();
    for row in &comparison.rows {
        let pooled = [&one, &other].map(|run| {
            let cell = run.cells.iter().find(|cell| cell.plan.cell == row.plan.cell).unwrap();
            cell.measure(Measure::Handoff).unwrap().summary.median.value
        });
        assert_eq!(row.found.unwrap().medians, pooled);
    }
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).unwrap();
            found.insert(path, bytes);
        }
    }
    found
}

/// Sixty cells of runs like ours, for the eye as well: the files stay below the target folder.
#[test]
fn sixty_cells_make_the_same_bytes_twice() {
    let payloads = [1, 4, 16, 64, 128, 256].map(|kib| kib * 1024);
    let with_payloads = |run_id: &str, changed: f64| {
        let mut all: Option<RunData> = None;
        for (seed, bytes) in (0..).zip(payloads) {
            let mut effects = effects(run_id, 100 * u64::from(run_id == "after") + seed);
            effects.handoff_ns[2] *= 1.0 + changed * f64::from(bytes) / 262_144.0;
            effects.handoff_ns[4] /= 1.0 + changed / 2.0;
            let mut run = run_with(&effects);
            for cell in &mut run.cells {
                cell.plan.payload_bytes = bytes;
            }
            match &mut all {
                None => all = Some(run),
                Some(all) => all.cells.append(&mut run.cells),
            }
        }
        all.unwrap()
    };
    let (one, other) = (with_payloads("before", 0.0), with_payloads("after", 0.25));
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compare");
    let mut twice = Vec::new();
    for _ in 0..2 {
        let comparison = compare(&one, &other, &[Measure::Handoff]).unwrap();
        assert_eq!(comparison.tested, 60);
        let document = document(&comparison).unwrap();
        assert_eq!(write_comparison(&document, &out).unwrap(), out.join("COMPARISON.md"));
        twice.push(files(&out));
    }
    assert_eq!(twice[0].len(), 5, "COMPARISON.md and a chart as SVG and PNG in both themes");
    assert!(twice[0] == twice[1], "the same bytes");
}

#[test]
fn the_command_compares_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let mut slower = effects("after", 2);
    slower.handoff_ns[2] *= 1.5;
    synthetic_run::write(&runs, &effects("before", 1)).unwrap();
    let after = synthetic_run::write(&runs, &slower).unwrap();
    let out = folder.path().join("out");
    let (runs, out_text) = (runs.to_str().unwrap(), out.to_str().unwrap());
    // A run by its name, and one by its folder.
    let words = ["before", after.path().to_str().unwrap(), "--runs", runs, "--out", out_text];
    let said = programs::run("compare", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("equivalent within 10 %"), "{}", said.stdout);
    assert!(said.stdout.contains("slower handoff sns"), "{}", said.stdout);
    assert_eq!(said.stdout.lines().last(), out.join("COMPARISON.md").to_str());
    assert!(out.join("figures/shift-handoff-dark.png").is_file());
    let words = [&words[..], &["--measure", "operation,response", "--margin", "2.5%"]].concat();
    let said = programs::run("compare", &words);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stdout.contains("response:") && !said.stdout.contains("handoff:"));
    assert!(said.stdout.contains("equivalent within 2.5 %"), "{}", said.stdout);
    let text = fs::read_to_string(out.join("COMPARISON.md")).unwrap();
    assert!(text.contains("the margin of 2.5 %"), "{text}");
}

#[test]
fn what_cannot_be_compared_is_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs");
    let runs = path.to_str().unwrap();
    synthetic_run::write(&path, &effects("before", 1)).unwrap();
    let damaged = synthetic_run::write(&path, &effects("damaged", 2)).unwrap();
    let part = damaged.path().join(damaged.parts().unwrap()[7].relative_path());
    let bytes = fs::read(&part).unwrap();
    fs::write(&part, &bytes[..bytes.len() / 2]).unwrap();
    let empty = other_cells(&path);
    let out = folder.path().join("out");
    let cases: [(&[&str], &[&str]); 9] = [
        (&["before", "befor"], &["befor", "no run"]),
        (&["before"], &["SECOND"]),
        (&["before", "damaged"], &["damaged", "delete it", part.to_str().unwrap()]),
        (&["before", "before"], &["both are the run before"]),
        (&["before", empty.as_str()], &["no cell in common", "baseline"]),
        (&["before", "damaged", "--measure", "latency"], &["latency", "handoff", "response"]),
        (&["before", "damaged", "--margin", "10"], &["invalid value '10'", "--margin", "'10%'"]),
        (&["before", "damaged", "--margin=-3%"], &["invalid value '-3%'"]),
        (&["before", "damaged", "--frob"], &["--frob"]),
    ];
    for (words, named) in cases {
        let words = [words, &["--runs", runs, "--out", out.to_str().unwrap()]].concat();
        let said = programs::run("compare", &words);
        assert_eq!(said.code, Some(2), "{words:?}: {}", said.stderr);
        for part in named {
            assert!(said.stderr.contains(part), "{words:?} names {part}: {}", said.stderr);
        }
        assert!(!out.exists(), "{words:?} made something");
    }
}

/// A run whose cells have other settings than the usual ones.
fn other_cells(runs: &Path) -> String {
    let run = RunDir::create(runs, &"other".parse().unwrap()).unwrap();
    let source = RunDir::open(&runs.join("before")).unwrap();
    let mut manifest = source.manifest().unwrap();
    manifest.run_id = "other".parse().unwrap();
    for cell in manifest.experiments.values_mut().flat_map(|plan| &mut plan.cells) {
        cell.memory_mb = 2048;
    }
    run.write_manifest(&manifest).unwrap();
    "other".to_owned()
}

#[test]
fn a_report_is_not_replaced_by_a_comparison() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("REPORT.md"), "a report").unwrap();
    let (one, other) = (run_with(&effects("before", 1)), run_with(&effects("after", 2)));
    let document = document(&compare(&one, &other, &[Measure::Handoff]).unwrap()).unwrap();
    let error = write_comparison(&document, folder.path()).unwrap_err().to_string();
    assert!(error.contains("COMPARISON.md") && error.contains("--out"), "{error}");
    assert_eq!(files(folder.path()).len(), 1);
}
