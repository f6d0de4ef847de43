//! The eight principles.

use super::markdown::{escape, table};
use crate::analysis::Principle;

pub(crate) fn section(principles: &[Principle]) -> String {
    let rows = principles.iter().map(|principle| {
        vec![
            principle.id.clone(),
            escape(&principle.requirement),
            escape(&principle.original),
            principle.ours.name().to_owned(),
            escape(&principle.because),
        ]
    });
    format!(
        "## Scorecard\n\nThe eight principles for reproducible cloud experiments (Papadopoulos et \
         al., DOI 10.1109/TSE.2019.2927908); the post's grades are those of Scheuner and Leitner \
         (2020), this run's follow from its manifest and data.\n\n{}\n",
        table(&["", "principle", "the post", "this run", "because"], rows)
    )
}
