//! The statistics against numpy's and scipy's: `fixtures/statistics.py` makes what is compared.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::statistics::ClusteredSample;
use super::{MeasureFigures, REPLICATES, Resampling, SEED, fewest_for};

#[derive(Deserialize)]
struct Fixture {
    levels: Vec<f64>,
    fewest: Vec<usize>,
    #[serde(flatten)]
    samples: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
struct Expected {
    rounds: Vec<Vec<f64>>,
    mean: f64,
    percentiles: Vec<f64>,
    median_interval: [f64; 2],
    mean_interval: [f64; 2],
}

fn fixture() -> Fixture {
    toml::from_str(include_str!("../../fixtures/statistics.toml")).unwrap()
}

fn assert_near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, expected {expected}");
}

#[test]
fn percentiles_and_means_are_numpys() {
    let fixture = fixture();
    assert_eq!(fixture.samples.len(), 2);
    for (name, expected) in &fixture.samples {
        let sample = pooled(expected);
        assert_near(sample.mean().unwrap(), expected.mean, 1e-6 * expected.mean, name);
        for (p, value) in fixture.levels.iter().zip(&expected.percentiles) {
            let found = sample.quantile(*p).unwrap();
            assert_near(found, *value, 1e-6 * value.abs(), &format!("{name} p{p}"));
        }
    }
}

#[test]
fn the_fewest_values_for_a_percentile_are_scipys() {
    let fixture = fixture();
    let found: Vec<usize> = fixture.levels.iter().map(|p| fewest_for(*p)).collect();
    assert_eq!(found, fixture.fewest);
}

/// Two bootstraps with different draws agree but for the draws: their ends are within a tenth of
/// the interval's width of each other.
#[test]
fn intervals_are_numpys_but_for_the_draws() {
    for (name, expected) in &fixture().samples {
        let sample = pooled(expected);
        let resampling = Resampling::new(expected.rounds.len(), REPLICATES, SEED);
        let summary = MeasureFigures::of(&sample, &resampling).unwrap().summary;
        let pairs =
            [(summary.median, expected.median_interval), (summary.mean, expected.mean_interval)];
        for (found, [low, high]) in pairs {
            let found = found.interval.unwrap();
            let tolerance = 0.1 * (high - low);
            assert_near(found.0, low, tolerance, name);
            assert_near(found.1, high, tolerance, name);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the fixture's values are whole")]
fn pooled(expected: &Expected) -> ClusteredSample {
    let whole = |values: &Vec<f64>| values.iter().map(|value| *value as i64).collect();
    ClusteredSample::new(&expected.rounds.iter().map(whole).collect::<Vec<_>>())
}
