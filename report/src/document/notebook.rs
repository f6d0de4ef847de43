//! An experiment's notebook with its figures and tables put in at the markers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A notebook that cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    /// It cannot be read.
    #[error(
        "cannot read the notebook {}: {source}; give the experiments' folder with --notebooks",
        path.display()
    )]
    Read {
        /// The notebook.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It asks for something there is not.
    #[error(
        "{}, line {line}: there is no {marker:?}; markers are <!-- NAME --> with NAME one of: \
         {known}",
        path.display()
    )]
    UnknownMarker {
        /// The notebook.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What it asks for.
        marker: String,
        /// What there is.
        known: String,
    },
}

/// Replaces each line `<!-- figure: NAME -->` or `<!-- table: NAME -->` by what has that name, and
/// puts every heading one level lower. Other comments stay.
pub(crate) fn splice(
    path: &Path,
    notebook: &str,
    pieces: &BTreeMap<String, String>,
) -> Result<String, NotebookError> {
    let mut text = String::new();
    for (number, line) in notebook.lines().enumerate() {
        if let Some(marker) = marker(line) {
            let piece = pieces.get(marker).ok_or_else(|| NotebookError::UnknownMarker {
                path: path.to_owned(),
                line: number + 1,
                marker: marker.to_owned(),
                known: pieces.keys().cloned().collect::<Vec<_>>().join(", "),
            })?;
            text.push_str(piece.trim_end());
        } else {
            if line.starts_with('#') {
                text.push('#');
            }
            text.push_str(line);
        }
        text.push('\n');
    }
    Ok(text)
}

fn marker(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    (inside.starts_with("figure:") || inside.starts_with("table:")).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_replaced_and_headings_lowered() {
        let pieces = BTreeMap::from([("figure: a".to_owned(), "PICTURE\n".to_owned())]);
        let text = "# T\n\n  <!-- figure: a -->\n<!-- a remark -->\n";
        let spliced = splice(Path::new("N.md"), text, &pieces).unwrap();
        assert_eq!(spliced, "## T\n\nPICTURE\n<!-- a remark -->\n");
    }

    #[test]
    fn an_unknown_marker_is_named_with_its_place_and_what_there_is() {
        let pieces = BTreeMap::from([("figure: a".to_owned(), String::new())]);
        let error = splice(Path::new("N.md"), "x\n<!-- table: b -->\n", &pieces).unwrap_err();
        let text = error.to_string();
        for word in ["N.md", "line 2", "table: b", "figure: a"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
