//! How often a report says what is not so, and how often it finds what is: over simulated reports.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng};
use report::analysis::statistics::{RoundsTest, holm};
use report::analysis::{ALPHA, Conclusions, Experiment, Form, Margin, RunData, Verdict, conclude};
use report::reference;
use store::normal_quantile;
use testkit::synthetic_run::{self, Effects};
use wire::Transport;

/// In memory, and with few draws of the bootstrap, on which no verdict rests.
fn run_with(effects: &Effects, seed: u64) -> RunData {
    let (manifest, parts) = synthetic_run::in_memory(effects);
    RunData::of_parts(manifest, parts, seed, 50)
}

fn with_conclusions<T>(run: &RunData, see: impl FnOnce(&Conclusions<'_>) -> T) -> T {
    let experiments = Experiment::all(run);
    see(&conclude(run, &experiments, &reference::prices().unwrap(), Margin::default()))
}

/// Transports that differ in nothing: the same call, the same handoff, and no wait for a poll or for
/// B. As many rounds as the profile that is run by default.
fn alike(seed: u64) -> Effects {
    Effects {
        seed,
        rounds: 8,
        messages: 40,
        handoff_ns: [200e3; 5],
        poll_interval_ns: 1.0,
        waits: [0.0; 5],
        waits_behind: 0.0,
        ns_per_kib: [0.0; 5],
        ..Effects::default()
    }
}

/// Whether a report on transports that are alike says that they differ: a claim on the ratio of two
/// of them, on whichever side, or a second tier.
fn says_otherwise(conclusions: &Conclusions<'_>) -> bool {
    let between_transports = conclusions.claims().filter(|(_, claim)| {
        claim.threshold == 1.0 && claim.tested().is_some_and(|it| it.form == Form::Ratio)
    });
    let mut verdicts = between_transports.map(|(_, claim)| claim.verdict());
    let decided = |verdict| matches!(verdict, Verdict::Holds | Verdict::Fails);
    verdicts.any(decided) || conclusions.answers.iter().any(|answer| answer.tiers.len() > 1)
}

#[test]
fn of_reports_on_transports_that_are_alike_at_most_one_in_twenty_says_otherwise() {
    const REPORTS: u64 = 200;
    let mut wrong = 0;
    for seed in 0..REPORTS {
        let run = run_with(&alike(1_000 + seed), 1);
        with_conclusions(&run, |found| {
            assert!(found.claims().filter(|(_, claim)| claim.threshold == 1.0).count() >= 7);
            assert!(found.family.size() > 50, "{:?}", found.family);
            wrong += u32::from(says_otherwise(found));
        });
    }
    println!("{wrong} of {REPORTS} reports say otherwise");
    assert!(wrong <= 10, "{wrong} of {REPORTS} reports");
}

/// A report that would say nothing ever would pass the test above.
#[test]
fn a_transport_that_is_half_as_slow_again_is_found() {
    let mut found = 0;
    for seed in 0..20 {
        let slower = Effects { handoff_ns: [200e3, 200e3, 300e3, 200e3, 200e3], ..alike(seed) };
        let run = run_with(&slower, 1);
        with_conclusions(&run, |conclusions| {
            let f3 = conclusions.findings.iter().find(|finding| finding.id == "F3").unwrap();
            let last = conclusions.answers[0].tiers.last().unwrap();
            found += u32::from(f3.verdict() == Verdict::Holds && *last == [Transport::Sns]);
        });
    }
    assert!(found >= 18, "{found} of 20");
}

/// What decides is the rounds' own figures: the bootstrap's draws only draw the intervals of cells.
#[test]
fn no_verdict_and_no_tier_depends_on_the_draws_of_the_bootstrap() {
    // Close to each other and to the thresholds, where a draw would matter.
    let close = Effects {
        handoff_ns: [200e3, 215e3, 222e3, 2e6, 228e3],
        rounds: 8,
        messages: 40,
        ..Effects::default()
    };
    let mut seen = Vec::new();
    for seed in 0..20 {
        let run = run_with(&close, 0x5eed + seed);
        seen.push(with_conclusions(&run, |found| {
            let claims: Vec<Verdict> = found.claims().map(|(_, claim)| claim.verdict()).collect();
            let tiers: Vec<_> = found.answers.iter().map(|answer| answer.tiers.clone()).collect();
            (claims, tiers)
        }));
    }
    assert!(seen.iter().all(|one| *one == seen[0]));
}

/// How the figures of eight rounds may come about where the truth is exactly the threshold.
#[derive(Clone, Copy, Debug)]
enum Rounds {
    /// Messages and rounds spread as the baseline's do.
    Usual,
    /// One round in ten is slow, in one cell or the other.
    Disturbed,
    /// Each round is slower than the one before; both cells of a round are.
    Drifting,
    /// Waits for a poll, with a phase of its own in each round, of visits of half a second.
    Polled,
}

struct Simulation(SmallRng);

impl Simulation {
    fn normal(&mut self, sigma: f64) -> f64 {
        sigma * normal_quantile(self.0.random_range(1e-12..1.0 - 1e-12))
    }

    /// The logarithm of a cell's median in one round.
    fn median(&mut self, rounds: Rounds, round: u32) -> f64 {
        const MESSAGES: usize = 50;
        let phase: f64 = self.0.random();
        let slow = match rounds {
            Rounds::Disturbed if self.0.random::<f64>() < 0.1 => -0.7 * self.0.random::<f64>().ln(),
            Rounds::Drifting => 0.05 * f64::from(round),
            _ => 0.0,
        };
        let of_round = self.normal(0.09) + slow;
        let mut values: Vec<f64> = (0..MESSAGES)
            .map(|_| match rounds {
                Rounds::Polled => {
                    let at: f64 = phase + 0.5 * self.0.random::<f64>();
                    ((at.ceil() - at) + 0.001).ln()
                }
                _ => self.normal(0.35),
            })
            .collect();
        values.sort_by(f64::total_cmp);
        of_round + store::percentile(&values, 0.5).unwrap()
    }

    /// The figures of a claim on the ratio of two cells.
    fn ratio(&mut self, rounds: Rounds, truth: f64) -> Vec<f64> {
        (0..8)
            .map(|round| self.median(rounds, round) + truth - self.median(rounds, round))
            .collect()
    }
}

/// A family as large as a report's, every claim of which is true of nothing: the truth is the
/// threshold itself.
#[test]
fn of_families_at_their_thresholds_at_most_one_in_twenty_makes_a_false_claim() {
    const FAMILIES: u32 = 400;
    const CLAIMS: u32 = 60;
    let mut simulation = Simulation(SmallRng::seed_from_u64(11));
    for rounds in [Rounds::Usual, Rounds::Disturbed, Rounds::Drifting, Rounds::Polled] {
        let mut wrong = 0;
        for _ in 0..FAMILIES {
            let p = |_| RoundsTest::of(&simulation.ratio(rounds, 0.0)).unwrap().p(0.0);
            let adjusted = holm(&(0..CLAIMS).map(p).collect::<Vec<f64>>());
            wrong += u32::from(adjusted.iter().any(|p| *p <= ALPHA));
        }
        println!("{rounds:?}: {wrong} of {FAMILIES} families make a false claim");
        // 5 % and two standard deviations of so many families.
        assert!(wrong <= 20 + 9, "{rounds:?}: {wrong} of {FAMILIES}");
    }
}

/// What a sample is said to find, it finds in 80 of 100.
#[test]
fn a_stated_effect_is_found_with_the_stated_power() {
    const TRIALS: u32 = 500;
    let alpha = ALPHA / 60.0;
    let mut simulation = Simulation(SmallRng::seed_from_u64(12));
    // The spread of one claim's figures, known from many.
    let many: Vec<f64> = (0..400).flat_map(|_| simulation.ratio(Rounds::Usual, 0.0)).collect();
    let known = RoundsTest::of(&many).unwrap();
    let of_eight = RoundsTest {
        rounds: 8,
        mean: 0.0,
        standard_error: known.standard_error * (f64::from(400_u32)).sqrt(),
    };
    let effect = of_eight.finds(alpha, 0.8);
    let found = (0..TRIALS)
        .filter(|_| {
            let figures = simulation.ratio(Rounds::Usual, effect);
            RoundsTest::of(&figures).unwrap().p(0.0) <= alpha
        })
        .count();
    println!("a ratio of {:.3} is found in {found} of {TRIALS}", effect.exp());
    // 80 % less two standard deviations of so many trials.
    assert!(found >= 382, "{found} of {TRIALS}");
    assert!(found <= 430, "{found} of {TRIALS}: the stated effect is too large");
}
