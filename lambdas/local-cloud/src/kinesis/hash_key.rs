//! Which shard a record goes to: the MD5 of its partition key, as a number of 128 bits, falls
//! into the hash key range of one shard (Kinesis API reference, `PutRecord`).

use md5::{Digest, Md5};

/// The hash keys of a shard, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HashKeyRange {
    pub(crate) start: u128,
    pub(crate) end: u128,
}

/// The hash key of a partition key.
pub(crate) fn hash_key(partition_key: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into())
}

/// Splits all hash keys evenly over `shards` shards, as the service does for a new stream.
pub(crate) fn even_ranges(shards: u32) -> Vec<HashKeyRange> {
    let width = u128::MAX / u128::from(shards.max(1));
    (0..u128::from(shards))
        .map(|i| HashKeyRange {
            start: i * width,
            end: if i + 1 == u128::from(shards) { u128::MAX } else { (i + 1) * width - 1 },
        })
        .collect()
}

/// The index of the range that a hash key falls into; the ranges are those of [`even_ranges`].
pub(crate) fn index_of(ranges: &[HashKeyRange], key: u128) -> usize {
    ranges.partition_point(|range| range.end < key).min(ranges.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_key_is_the_md5_as_a_big_endian_number() {
        // RFC 1321, A.5: MD5("a") = 0cc175b9c0f1b6a831c399e269772661
        assert_eq!(hash_key("a"), 0x0cc1_75b9_c0f1_b6a8_31c3_99e2_6977_2661);
    }

    #[test]
    fn ranges_cover_every_key_once_and_each_key_is_found_in_its_own() {
        for shards in [1, 2, 3, 7, 16, 1000] {
            let ranges = even_ranges(shards);
            assert_eq!(ranges.len(), shards as usize);
            assert_eq!(ranges[0].start, 0);
            assert_eq!(ranges.last().unwrap().end, u128::MAX);
            assert!(ranges.windows(2).all(|pair| pair[0].end + 1 == pair[1].start));
            for (index, range) in ranges.iter().enumerate() {
                assert_eq!(index_of(&ranges, range.start), index);
                assert_eq!(index_of(&ranges, range.end), index);
            }
        }
    }

    #[test]
    fn two_shards_split_where_the_service_splits_them() {
        // DescribeStream of a new stream of two shards, developer guide.
        let end = even_ranges(2)[0].end.to_string();
        assert_eq!(end, "170141183460469231731687303715884105726");
    }
}
