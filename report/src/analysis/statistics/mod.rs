//! Statistics that know nothing of messages: a file each, with its formula and where it is from.

mod bootstrap;
mod cluster_pairs;
mod clustered;
mod dominance;
mod drift;
mod estimate;
mod holm;
pub mod percentile;
mod permutation;
mod proportion;
mod radix;
pub(crate) mod random;
mod rank_sum;
mod rounds_test;
mod shift;
mod slope;
pub(crate) mod student;
mod trend;

pub use bootstrap::{LEVEL, REPLICATES, Resampling, SEED};
pub use cluster_pairs::{ClusterPairs, RoundValues};
pub use clustered::{ClusteredSample, RoundSample};
pub use dominance::cliffs_delta;
pub use drift::{DRIFT_ALPHA, Drift, drift};
pub use estimate::Estimate;
pub use holm::holm;
pub use percentile::{LEVELS, carried, fewest_for, percentile};
pub use permutation::{PERMUTATIONS, permutation_p};
pub use proportion::{Proportion, wilson};
pub use rank_sum::{RankSum, rank_sum};
pub use rounds_test::RoundsTest;
pub use shift::hodges_lehmann;
pub use slope::{Slope, sen_interval, theil_sen};
pub use trend::{MannKendall, mann_kendall};

/// The two-sided 95 % point of the standard normal distribution.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// The probability that a standard normal value is further from 0 than `z`, on either side.
#[must_use]
pub fn two_sided_p(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}
