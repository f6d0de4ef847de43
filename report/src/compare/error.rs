//! Why two runs are not compared.

use store::RunId;

/// Why two runs are not compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// Both are the same run.
    #[error("both are the run {run}: give two different runs")]
    SameRun {
        /// The run.
        run: RunId,
    },
    /// No cell of one is a cell of the other.
    #[error(
        "the runs {first} and {second} have no cell in common, by experiment, transport and \
         settings: {first} has {}, {second} has {}; measure both with the same experiments and axes",
        experiments[0], experiments[1]
    )]
    NothingInCommon {
        /// The first run.
        first: RunId,
        /// The second run.
        second: RunId,
        /// The experiments of each.
        experiments: [String; 2],
    },
}
