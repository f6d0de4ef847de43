//! Seeds of independent random streams, all derived from the run's one seed.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// The purpose of a random stream; streams of different purposes share nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    /// The order of the cells in a round.
    Order { round: u32 },
    /// The arrivals of all cells of a rate in a round.
    Arrivals { round: u32, rate_per_s: f64 },
    /// Where in their strata of the poll interval the messages of a round are put.
    Phase { round: u32 },
    /// Which round has which stratum of a part of the poll interval.
    PhaseStrata { part: u32 },
    /// The order in which the messages of a round are put in the parts of the poll interval.
    PhaseOrder { round: u32 },
}

/// The generator of a stream. Xoshiro256++ is the same on every machine and in every version of
/// `rand` 0.10, so that a seed in a manifest keeps its meaning.
pub(crate) fn generator(seed: u64, stream: Stream) -> Xoshiro256PlusPlus {
    let words = match stream {
        Stream::Order { round } => [1, round.into(), 0],
        Stream::Arrivals { round, rate_per_s } => [2, round.into(), rate_per_s.to_bits()],
        Stream::Phase { round } => [3, round.into(), 0],
        Stream::PhaseStrata { part } => [4, part.into(), 0],
        Stream::PhaseOrder { round } => [5, round.into(), 0],
    };
    let state = words.iter().fold(seed, |state, word: &u64| split_mix(state ^ word));
    Xoshiro256PlusPlus::seed_from_u64(state)
}

/// One step of `SplitMix64` (Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195): neighbouring
/// inputs give unrelated outputs.
fn split_mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
