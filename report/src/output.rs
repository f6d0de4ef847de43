//! The report's files: all of them, or those that were there before.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ReportError;
use crate::charts::{Chart, files};
use crate::compare::ComparisonDocument;
use crate::document::ReportDocument;

/// The report's file.
const REPORT: &str = "REPORT.md";

/// Every test that the report makes, for programs.
const CLAIMS: &str = "claims.csv";

/// The comparison's file: another name, so that neither takes the other's place.
const COMPARISON: &str = "COMPARISON.md";

/// Writes a report into a folder beside the wanted one and puts it in its place; a report that was
/// there is replaced. Returns the path of `REPORT.md`.
///
/// # Errors
/// When the folder is there and holds something else, or the files cannot be written; then what
/// was there before stays.
pub fn write(document: &ReportDocument, out: &Path) -> Result<PathBuf, ReportError> {
    let beside = [(CLAIMS, document.claims.as_str())];
    let (text, charts) = (document.text.as_str(), document.charts.as_slice());
    write_files(&Files { name: REPORT, text, beside: &beside, charts }, out)
}

/// As [`write()`], a comparison. Returns the path of `COMPARISON.md`.
///
/// # Errors
/// As [`write()`].
pub fn write_comparison(document: &ComparisonDocument, out: &Path) -> Result<PathBuf, ReportError> {
    let (text, charts) = (document.text.as_str(), document.charts.as_slice());
    write_files(&Files { name: COMPARISON, text, beside: &[], charts }, out)
}

/// A document and its charts.
struct Files<'a> {
    name: &'static str,
    text: &'a str,
    /// More files beside it: their names and texts.
    beside: &'a [(&'static str, &'a str)],
    charts: &'a [Chart],
}

fn write_files(document: &Files<'_>, out: &Path) -> Result<PathBuf, ReportError> {
    let file = document.name;
    if out.exists() && !is_replaceable(out, file) {
        return Err(ReportError::NotAReport { path: out.to_owned(), file });
    }
    let sibling = |suffix: &str| {
        let name = out.file_name().unwrap_or("report".as_ref()).to_string_lossy();
        out.with_file_name(format!(".{name}{suffix}"))
    };
    let (partial, old) = (sibling(".partial"), sibling(".old"));
    let result = make(document, &partial).and_then(|()| put_in_place(&partial, out, &old));
    if result.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_dir_all(&partial);
    }
    result.map(|()| out.join(file))
}

fn is_replaceable(out: &Path, file: &str) -> bool {
    let empty = || fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    out.is_dir() && (out.join(file).is_file() || empty())
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ReportError {
    let path = path.to_owned();
    move |source| ReportError::Write { action, path, source }
}

fn make(document: &Files<'_>, partial: &Path) -> Result<(), ReportError> {
    if partial.exists() {
        fs::remove_dir_all(partial).map_err(failed("remove", partial))?;
    }
    let figures = partial.join("figures");
    fs::create_dir_all(&figures).map_err(failed("make the folder", &figures))?;
    for (name, bytes) in files(document.charts)? {
        let path = figures.join(name);
        fs::write(&path, bytes).map_err(failed("write", &path))?;
    }
    for (name, text) in document.beside.iter().chain(&[(document.name, document.text)]) {
        let path = partial.join(name);
        fs::write(&path, text).map_err(failed("write", &path))?;
    }
    Ok(())
}

/// A folder cannot be renamed over one that has files: the old one steps aside first, and comes
/// back when the new one cannot take its place.
fn put_in_place(partial: &Path, out: &Path, old: &Path) -> Result<(), ReportError> {
    if old.exists() {
        fs::remove_dir_all(old).map_err(failed("remove", old))?;
    }
    let had_one = out.exists();
    if had_one {
        fs::rename(out, old).map_err(failed("move aside", out))?;
    }
    if let Err(error) = fs::rename(partial, out) {
        if had_one {
            let _ = fs::rename(old, out);
        }
        return Err(failed("put in place", out)(error));
    }
    if had_one {
        fs::remove_dir_all(old).map_err(failed("remove", old))?;
    }
    Ok(())
}
