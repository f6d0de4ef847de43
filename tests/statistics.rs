//! The report's statistics against those of scipy, numpy and statsmodels
//! (`fixtures/statistics/make_statistics.py` makes what is compared), and what holds of every
//! sample.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use report::analysis::statistics::{
    ClusterPairs, ClusteredSample, Proportion, REPLICATES, Resampling, RoundValues, RoundsTest,
    SEED, cliffs_delta, hodges_lehmann, holm, mann_kendall, percentile, permutation_p, rank_sum,
    sen_interval, theil_sen, wilson,
};
use report::analysis::{FEW_ROUNDS, LEVELS, MeasureFigures, fewest_for};
use serde::Deserialize;
use store::{Aim, Spread, normal_quantile, rounds_to_find};

#[derive(Deserialize)]
struct Fixture {
    levels: Vec<f64>,
    fewest: Vec<usize>,
    samples: BTreeMap<String, SampleCase>,
    pairs: BTreeMap<String, PairCase>,
    lines: BTreeMap<String, LineCase>,
    trends: BTreeMap<String, TrendCase>,
    proportions: Vec<ProportionCase>,
    holm: HolmCase,
    permutations: Vec<PermutationCase>,
    clustered_shift: ShiftCase,
    normal_quantiles: QuantileCase,
    sample_sizes: Vec<SizeCase>,
    clustered_proportions: Vec<ClusteredProportionCase>,
    round_tests: Vec<RoundTestCase>,
}

#[derive(Deserialize)]
struct SampleCase {
    rounds: Vec<Vec<f64>>,
    mean: f64,
    percentiles: Vec<f64>,
    tail_ratio: f64,
    round_medians: Vec<f64>,
    intervals: BTreeMap<String, (f64, f64)>,
}

#[derive(Deserialize)]
struct PairCase {
    one: Vec<f64>,
    other: Vec<f64>,
    hodges_lehmann: f64,
    cliffs_delta: f64,
    u: f64,
    p: f64,
}

#[derive(Deserialize)]
struct LineCase {
    x: Vec<f64>,
    y: Vec<f64>,
    slope: f64,
    intercept: f64,
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct TrendCase {
    values: Vec<f64>,
    s: i64,
    z: f64,
    p: f64,
}

#[derive(Deserialize)]
struct ProportionCase {
    count: u64,
    n: u64,
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct ClusteredProportionCase {
    rounds: Vec<(u64, u64)>,
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct RoundTestCase {
    figures: Vec<f64>,
    alpha: f64,
    p: f64,
    interval: (f64, f64),
    finds: f64,
}

#[derive(Deserialize)]
struct HolmCase {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct PermutationCase {
    one: Vec<f64>,
    other: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct ShiftCase {
    one: Vec<Vec<f64>>,
    other: Vec<Vec<f64>>,
    hodges_lehmann: (f64, f64),
    cliffs_delta: (f64, f64),
}

#[derive(Deserialize)]
struct QuantileCase {
    p: Vec<f64>,
    z: Vec<f64>,
}

#[derive(Deserialize)]
struct SizeCase {
    ratio: f64,
    within: f64,
    between: f64,
    messages: u32,
    alpha: f64,
    power: f64,
    rounds: u32,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/statistics/statistics.json")).unwrap()
}

/// The same statistic: equal but for rounding.
fn assert_same(found: f64, expected: f64, what: &str) {
    let apart = (found - expected).abs();
    assert!(apart <= 1e-9 * expected.abs().max(1e-3), "{what}: {found}, expected {expected}");
}

/// Two bootstraps with different draws agree but for the draws: their ends are within a tenth of
/// the interval's width of each other.
fn assert_overlaps(found: Option<(f64, f64)>, (low, high): (f64, f64), what: &str) {
    let found = found.unwrap();
    let tolerance = 0.1 * (high - low);
    assert!(
        (found.0 - low).abs() <= tolerance && (found.1 - high).abs() <= tolerance,
        "{what}: {found:?}, expected about {:?}",
        (low, high)
    );
}

#[expect(clippy::cast_possible_truncation, reason = "the fixture's values are whole")]
fn clustered(rounds: &[Vec<f64>]) -> ClusteredSample {
    let whole = |values: &Vec<f64>| values.iter().map(|value| *value as i64).collect();
    ClusteredSample::new(&rounds.iter().map(whole).collect::<Vec<_>>())
}

fn figures(rounds: &[Vec<f64>]) -> MeasureFigures {
    let resampling = Resampling::new(rounds.len(), REPLICATES, SEED);
    MeasureFigures::of(&clustered(rounds), &resampling, true).unwrap()
}

#[test]
fn percentiles_means_and_ratios_are_numpys() {
    let fixture = fixture();
    assert_eq!(fixture.levels, LEVELS);
    assert_eq!(fixture.samples.len(), 2);
    for (name, expected) in &fixture.samples {
        let sample = clustered(&expected.rounds);
        assert_same(sample.mean().unwrap(), expected.mean, name);
        for (p, value) in fixture.levels.iter().zip(&expected.percentiles) {
            assert_same(sample.quantile(*p).unwrap(), *value, &format!("{name} p{p}"));
        }
        let figures = figures(&expected.rounds);
        assert_same(figures.summary.tail_ratio.unwrap().value, expected.tail_ratio, name);
        for (round, median) in figures.rounds.iter().zip(&expected.round_medians) {
            assert_same(round.median.unwrap(), *median, name);
        }
    }
}

/// Rounds that differ by 9 %, and messages by 35 %: what the baseline is planned with.
#[test]
fn the_interval_of_a_median_of_few_rounds_holds_what_it_promises() {
    const TRIALS: u32 = 400;
    let mut rng = SmallRng::seed_from_u64(8);
    let mut normal = |sigma: f64| sigma * normal_quantile(rng.random_range(1e-9..1.0 - 1e-9));
    let mut covers = |rounds: u32| {
        let rounds: Vec<Vec<f64>> = (0..rounds)
            .map(|_| {
                let round = normal(0.09);
                (0..50).map(|_| (1e6 * (round + normal(0.35)).exp()).round()).collect()
            })
            .collect();
        let resampling = Resampling::new(rounds.len(), 500, SEED);
        let found = MeasureFigures::of(&clustered(&rounds), &resampling, true).unwrap();
        let (low, high) = found.summary.median.interval.unwrap();
        // The median of the logarithms is 0.
        (low..=high).contains(&1e6)
    };
    let mut covered = |rounds| (0..TRIALS).filter(|_| covers(rounds)).count();
    let (enough, too_few) = (covered(FEW_ROUNDS), covered(4));
    println!("{enough} of {TRIALS} with {FEW_ROUNDS} rounds, {too_few} with 4");
    // 95 % less two standard deviations of so many trials.
    assert!(enough >= 371, "{enough} of {TRIALS} with {FEW_ROUNDS} rounds");
    assert!(too_few < 371, "{too_few} of {TRIALS} with 4 rounds");
}

#[test]
fn the_fewest_values_for_a_percentile_are_scipys() {
    let fixture = fixture();
    let found: Vec<usize> = fixture.levels.iter().map(|p| fewest_for(*p)).collect();
    assert_eq!(found, fixture.fewest);
}

#[test]
fn bootstrap_intervals_are_numpys_but_for_the_draws() {
    for (name, expected) in &fixture().samples {
        let summary = figures(&expected.rounds).summary;
        let of = |level: f64| summary.estimate_at(level);
        let found = [
            ("mean", Some(summary.mean)),
            ("p0.5", Some(summary.median)),
            ("p0.1", of(0.1)),
            ("p0.9", of(0.9)),
            ("p0.99", of(0.99)),
            ("tail_ratio", summary.tail_ratio),
        ];
        for (what, estimate) in found {
            assert_overlaps(
                estimate.unwrap().interval,
                expected.intervals[what],
                &format!("{name}, {what}"),
            );
        }
    }
}

#[test]
fn shifts_dominance_and_the_rank_sum_test_are_scipys() {
    for (name, expected) in &fixture().pairs {
        let (one, other) = (&expected.one, &expected.other);
        assert_same(hodges_lehmann(one, other).unwrap(), expected.hodges_lehmann, name);
        assert_same(cliffs_delta(one, other).unwrap(), expected.cliffs_delta, name);
        let test = rank_sum(one, other).unwrap();
        assert_same(test.u, expected.u, name);
        assert_same(test.p, expected.p, name);
    }
}

#[test]
fn lines_are_scipys() {
    for (name, expected) in &fixture().lines {
        let points: Vec<(f64, f64)> =
            expected.x.iter().copied().zip(expected.y.iter().copied()).collect();
        let line = theil_sen(&points).unwrap();
        assert_same(line.slope, expected.slope, name);
        assert_same(line.intercept, expected.intercept, name);
        let (low, high) = sen_interval(&points).unwrap();
        assert_same(low, expected.interval.0, &format!("{name}, low"));
        assert_same(high, expected.interval.1, &format!("{name}, high"));
    }
}

#[test]
fn trends_are_scipys() {
    for (name, expected) in &fixture().trends {
        let found = mann_kendall(&expected.values).unwrap();
        assert_eq!(found.s, expected.s, "{name}");
        assert_same(found.z, expected.z, name);
        assert_same(found.p, expected.p, name);
    }
}

#[test]
fn wilson_intervals_are_statsmodels() {
    for expected in &fixture().proportions {
        let (low, high) = wilson(expected.count, expected.n).unwrap();
        let what = format!("{} of {}", expected.count, expected.n);
        assert_same(low, expected.interval.0, &what);
        assert_same(high, expected.interval.1, &what);
    }
}

#[test]
fn intervals_of_shares_that_respect_rounds_are_numpys() {
    for expected in &fixture().clustered_proportions {
        let found = Proportion::of_rounds(&expected.rounds);
        let (low, high) = found.interval.unwrap();
        assert!(found.by_rounds);
        assert_same(low, expected.interval.0, "low");
        assert_same(high, expected.interval.1, "high");
    }
}

#[test]
fn tests_of_rounds_are_scipys() {
    for expected in &fixture().round_tests {
        let found = RoundsTest::of(&expected.figures).unwrap();
        let what = format!("{} rounds", expected.figures.len());
        assert_same(found.p(0.05), expected.p, &what);
        let (low, high) = found.interval(expected.alpha);
        assert_same(low, expected.interval.0, &what);
        assert_same(high, expected.interval.1, &what);
        // An approximation, which with two rounds is a rough one.
        let within = if expected.figures.len() > 2 { 0.03 } else { 0.15 };
        let finds = found.finds(expected.alpha, 0.8);
        assert!(
            (finds / expected.finds - 1.0).abs() < within,
            "{what}: {finds} {}",
            expected.finds
        );
    }
}

#[test]
fn holms_adjustment_is_statsmodels() {
    let HolmCase { p, adjusted } = fixture().holm;
    for (found, expected) in holm(&p).into_iter().zip(adjusted) {
        assert_same(found, expected, "holm");
    }
}

/// scipy goes through every arrangement, ours draws 20,000: within four standard errors.
#[test]
fn permutation_probabilities_are_scipys_but_for_the_draws() {
    for PermutationCase { one, other, p } in fixture().permutations {
        let found = permutation_p(&one, &other, SEED);
        let error = (p * (1.0 - p) / 20_000.0).sqrt();
        assert!((found - p).abs() <= 4.0 * error + 1e-4, "{found}, expected {p}");
    }
}

#[test]
fn the_interval_of_a_shift_is_numpys_but_for_the_draws() {
    let expected = fixture().clustered_shift;
    let (one, other) = (figures(&expected.one), figures(&expected.other));
    let draws = Resampling::new(expected.one.len(), REPLICATES, SEED);
    let found = report::analysis::shift(&one, &other, &draws, &draws).unwrap();
    assert_overlaps(found.hodges_lehmann.interval, expected.hodges_lehmann, "shift");
    assert_overlaps(found.cliffs_delta.interval, expected.cliffs_delta, "delta");
}

#[test]
fn normal_quantiles_and_sample_sizes_are_scipys() {
    let fixture = fixture();
    for (p, z) in fixture.normal_quantiles.p.iter().zip(&fixture.normal_quantiles.z) {
        assert_same(normal_quantile(*p), *z, &format!("quantile {p}"));
    }
    for case in &fixture.sample_sizes {
        let aim = Aim { ratio: case.ratio, alpha: case.alpha, power: case.power };
        let spread = Spread { within_round: case.within, between_rounds: case.between };
        assert_eq!(rounds_to_find(aim, spread, case.messages), Some(case.rounds));
    }
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(-1_000_i32..1_000, 1..40).prop_map(|values| {
        let mut values: Vec<f64> = values.into_iter().map(f64::from).collect();
        values.sort_by(f64::total_cmp);
        values
    })
}

fn rounds() -> impl Strategy<Value = Vec<Vec<i64>>> {
    proptest::collection::vec(proptest::collection::vec(-1_000_i64..1_000, 0..80), 1..12)
}

/// So few values that every one of a round is kept.
fn few_rounds() -> impl Strategy<Value = Vec<Vec<i64>>> {
    proptest::collection::vec(proptest::collection::vec(-50_i64..50, 0..16), 1..12)
}

proptest! {
    /// Without forming the differences it is the median of the differences.
    #[test]
    fn a_shift_is_the_median_difference(one in values(), other in values()) {
        let mut differences: Vec<f64> =
            one.iter().flat_map(|a| other.iter().map(move |b| a - b)).collect();
        differences.sort_by(f64::total_cmp);
        let found = hodges_lehmann(&one, &other);
        prop_assert_eq!(found, percentile(&differences, 0.5));
        prop_assert_eq!(found, hodges_lehmann(&other, &one).map(|shift| 0.0 - shift));
        let delta = cliffs_delta(&one, &other).unwrap();
        prop_assert!((-1.0..=1.0).contains(&delta));
        prop_assert!((delta + cliffs_delta(&other, &one).unwrap()).abs() < 1e-12);
    }

    /// Drawing every round once is the sample itself; a constant added to all is added to all.
    #[test]
    fn replicates_move_with_the_values(by_round in rounds(), added in -5_000_i64..5_000) {
        let moved: Vec<Vec<i64>> =
            by_round.iter().map(|values| values.iter().map(|v| v + added).collect()).collect();
        let (sample, moved) = (ClusteredSample::new(&by_round), ClusteredSample::new(&moved));
        let draws = Resampling::new(by_round.len(), 20, 1);
        let levels = [0.1, 0.5, 0.99];
        let both = sample
            .quantile_replicates(&draws, &levels)
            .into_iter()
            .flatten()
            .zip(moved.quantile_replicates(&draws, &levels).into_iter().flatten());
        for (one, other) in both {
            let same = (one + added as f64 - other).abs() < 1e-6;
            prop_assert!(same || (one.is_nan() && other.is_nan()), "{} {}", one, other);
        }
        prop_assert_eq!(sample.len() as u64, by_round.iter().map(|values| values.len() as u64).sum::<u64>());
    }

    /// Holm's adjustment keeps the order, lowers nothing and stays a probability.
    #[test]
    fn adjusted_probabilities_are_no_smaller(p in proptest::collection::vec(0.0_f64..=1.0, 0..20)) {
        let adjusted = holm(&p);
        for (i, one) in p.iter().enumerate() {
            prop_assert!(adjusted[i] >= *one && adjusted[i] <= 1.0);
            for (j, other) in p.iter().enumerate() {
                prop_assert!(one > other || adjusted[i] <= adjusted[j]);
            }
        }
    }

    /// The share lies in its interval, and more of it moves the interval up.
    #[test]
    fn a_share_lies_in_its_interval(n in 1_u64..5_000, part in 0.0_f64..1.0) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below n")]
        let count = (part * n as f64) as u64;
        let (low, high) = wilson(count, n).unwrap();
        let share = count as f64 / n as f64;
        prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
        let (more_low, more_high) = wilson(count + 1, n).unwrap();
        prop_assert!(more_low > low || count == 0, "{} {}", low, more_low);
        prop_assert!(more_high >= high);
    }

    /// With every round drawn once, the pairs' shift is a middle difference and their delta Cliff's.
    #[test]
    fn pairs_of_rounds_are_the_pairs_of_values(one in few_rounds(), other in few_rounds()) {
        let rounds = |by_round: &[Vec<i64>]| -> Vec<RoundValues> {
            ClusteredSample::new(by_round).rounds().into_iter().map(|r| r.values).collect()
        };
        let all = |by_round: &[Vec<i64>]| -> Vec<f64> {
            let mut all: Vec<f64> = by_round.iter().flatten().map(|v| *v as f64).collect();
            all.sort_by(f64::total_cmp);
            all
        };
        let pairs = ClusterPairs::new(&rounds(&one), &rounds(&other));
        let (drawn, other_drawn) = (vec![1; one.len()], vec![1; other.len()]);
        let (one, other) = (all(&one), all(&other));
        let (shift, delta) = (pairs.shift(&drawn, &other_drawn), pairs.delta(&drawn, &other_drawn));
        let Some(expected) = cliffs_delta(&one, &other) else {
            prop_assert!(shift.is_nan() && delta.is_nan());
            return Ok(());
        };
        prop_assert!((delta - expected).abs() < 1e-9);
        let mut differences: Vec<f64> =
            one.iter().flat_map(|a| other.iter().map(move |b| a - b)).collect();
        differences.sort_by(f64::total_cmp);
        prop_assert_eq!(shift, differences[(differences.len() - 1) / 2]);
    }
}
