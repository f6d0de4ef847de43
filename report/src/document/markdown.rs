//! Markdown's tables and pictures.

/// Text that Markdown and HTML take as it is.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' => escaped.push_str("\\|"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A table. Its cells are Markdown already.
pub(crate) fn table<H: AsRef<str>>(
    header: &[H],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let names: Vec<&str> = header.iter().map(AsRef::as_ref).collect();
    let mut text = format!("| {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for row in rows {
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

/// A part that the reader opens: long tables, which would bury what is read.
pub(crate) fn folded(summary: &str, text: &str) -> String {
    let text = text.trim_end();
    format!("<details>\n<summary>{}</summary>\n\n{text}\n\n</details>\n", escape(summary))
}

/// A chart that follows the page's theme.
pub(crate) fn picture(name: &str, alternative_text: &str) -> String {
    let text = escape(alternative_text);
    format!(
        "<picture>\n  <source media=\"(prefers-color-scheme: dark)\" \
         srcset=\"figures/{name}-dark.svg\">\n  <img alt=\"{text}\" \
         src=\"figures/{name}-light.svg\" width=\"860\">\n</picture>\n"
    )
}
