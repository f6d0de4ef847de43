//! What a fresh execution environment adds.

use crate::analysis::Finding;
use crate::analysis::claims_of::ClaimsOf;

pub(super) fn hypotheses(_claims: ClaimsOf<'_>) -> Vec<Finding> {
    vec![]
}
