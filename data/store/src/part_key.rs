//! Which part: one cell of an experiment in one round.

use std::fmt;
use std::path::{Path, PathBuf};

use wire::Transport;

/// One cell of an experiment in one round: what one Parquet file holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartKey {
    /// The experiment.
    pub experiment: String,
    /// The cell's transport, repeated because it is a folder of the path.
    pub transport: Transport,
    /// The cell's number in the experiment's plan.
    pub cell: u32,
    /// The round, from 0.
    pub round: u32,
}

impl PartKey {
    /// The place of the part's timings below the run's folder.
    #[must_use]
    pub fn relative_path(&self) -> PathBuf {
        self.path_in("timings")
    }

    /// The place of the part's file of a data set, below the run's folder.
    pub(crate) fn path_in(&self, data_set: &str) -> PathBuf {
        Path::new(data_set)
            .join(format!("experiment={}", self.experiment))
            .join(format!("transport={}", self.transport))
            .join(self.file_name())
    }

    /// The name of the part's own file.
    pub(crate) fn file_name(&self) -> String {
        format!("part-c{:04}-r{:04}.parquet", self.cell, self.round)
    }

    /// Reads the cell and the round from a file's name.
    pub(crate) fn cell_and_round(file_name: &str) -> Option<(u32, u32)> {
        let (cell, round) =
            file_name.strip_prefix("part-c")?.strip_suffix(".parquet")?.split_once("-r")?;
        let number = |text: &str| {
            let digits = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        Some((number(cell)?, number(round)?))
    }
}

impl fmt::Display for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { experiment, transport, cell, round } = self;
        write!(f, "{experiment}, {transport}, cell {cell}, round {round}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_reads_back() {
        let key = PartKey {
            experiment: "baseline".into(),
            transport: Transport::Sns,
            cell: 7,
            round: 12_345,
        };
        let path = key.path_in("timings");
        assert_eq!(
            path,
            Path::new("timings/experiment=baseline/transport=sns/part-c0007-r12345.parquet")
        );
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(PartKey::cell_and_round(name), Some((7, 12_345)));
        for other in ["part-c7-r1.parquet", "part-c0007.parquet", "part-c0001-r+001.parquet", "x"] {
            assert_eq!(PartKey::cell_and_round(other), None, "{other}");
        }
    }
}
