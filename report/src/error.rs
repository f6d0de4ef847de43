//! Why there is no report.

use std::path::PathBuf;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The run's files are not in order.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A notebook cannot be rendered.
    #[error(transparent)]
    Notebook(#[from] crate::document::NotebookError),
    /// The reference data are damaged.
    #[error(transparent)]
    Reference(#[from] crate::reference::ReferenceError),
    /// A chart cannot be made.
    #[error(transparent)]
    Chart(#[from] crate::charts::ChartError),
    /// Two runs cannot be compared.
    #[error(transparent)]
    Compare(#[from] crate::compare::CompareError),
    /// The report cannot be written.
    #[error("cannot {action} {}: {source}", path.display())]
    Write {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The folder holds something else than a report.
    #[error(
        "{} is there and was not made by this program (it has no {file}): give another folder with \
         --out, or remove it",
        path.display()
    )]
    NotAReport {
        /// The folder.
        path: PathBuf,
        /// The file that it lacks.
        file: &'static str,
    },
}
