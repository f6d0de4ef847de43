//! Ids in the form of random UUIDs, drawn from the cloud's seed.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A source of ids that never gives the same one twice.
#[derive(Debug)]
pub(crate) struct RandomIds {
    seed: u64,
    next: AtomicU64,
}

impl RandomIds {
    /// `stream` tells apart the sources that share a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        Self { seed: mix(seed ^ mix(stream)), next: AtomicU64::new(0) }
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&self) -> String {
        let number = self.next.fetch_add(1, Relaxed);
        // Each half is a bijection of the number, so two ids always differ.
        let high = mix(self.seed.wrapping_add(number));
        let low = mix(!self.seed.wrapping_add(number));
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// A number in 0..1.
    pub(crate) fn fraction(&self) -> f64 {
        let number = self.next.fetch_add(1, Relaxed);
        (mix(self.seed.wrapping_add(number)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) const fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_that_depend_on_the_seed_and_do_not_repeat() {
        let ids = RandomIds::new(1, 2);
        let mut all: Vec<_> = (0..10_000).map(|_| ids.uuid()).collect();
        assert_eq!(all[0], RandomIds::new(1, 2).uuid());
        assert_ne!(all[0], RandomIds::new(2, 2).uuid());
        assert_ne!(all[0], RandomIds::new(1, 3).uuid());
        assert!(all.iter().all(|id| id.len() == 36 && &id[14..15] == "4"));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 10_000);
    }

    #[test]
    fn fractions_spread_over_the_unit_interval() {
        let ids = RandomIds::new(7, 7);
        let fractions: Vec<_> = (0..1_000).map(|_| ids.fraction()).collect();
        assert!(fractions.iter().all(|f| (0.0..1.0).contains(f)));
        let mean = fractions.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
