//! An experiment's notebook with its figures and tables put in at the markers.

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

/// Replaces each line `<!-- figure: NAME -->` or `<!-- table: NAME -->` by what `piece` has under
/// `figure: NAME` or `table: NAME`, and puts every heading one level lower. Other comments stay.
pub(crate) fn splice<E: From<NotebookError>>(
    path: &Path,
    notebook: &str,
    known: &[String],
    mut piece: impl FnMut(&str) -> Result<Option<String>, E>,
) -> Result<String, E> {
    let mut text = String::new();
    let mut in_code = false;
    for (number, line) in notebook.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        if let Some(marker) = marker(line) {
            let found = piece(marker)?.ok_or_else(|| NotebookError::UnknownMarker {
                path: path.to_owned(),
                line: number + 1,
                marker: marker.to_owned(),
                known: known.join(", "),
            })?;
            text.push_str(found.trim_end());
        } else {
            if line.starts_with('#') && !in_code {
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

    fn spliced(text: &str) -> Result<String, NotebookError> {
        let known = ["figure: a".to_owned()];
        splice(Path::new("N.md"), text, &known, |name| {
            Ok((name == "figure: a").then(|| "PICTURE\n".to_owned()))
        })
    }

    #[test]
    fn markers_are_replaced_and_headings_lowered() {
        let text = "# T\n\n  <!-- figure: a -->\n<!-- a remark -->\n```sh\n# not a heading\n```\n";
        let expected = "## T\n\nPICTURE\n<!-- a remark -->\n```sh\n# not a heading\n```\n";
        assert_eq!(spliced(text).unwrap(), expected);
    }

    #[test]
    fn an_unknown_marker_is_named_with_its_place_and_what_there_is() {
        let text = spliced("x\n<!-- table: b -->\n").unwrap_err().to_string();
        for word in ["N.md", "line 2", "table: b", "figure: a"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
