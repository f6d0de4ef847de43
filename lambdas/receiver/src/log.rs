//! B's log: one JSON line per message, written at once.

use std::io::{self, Write};

use wire::Line;

/// Writes the lines with a single call, so that capturing them costs one wake-up per invocation.
///
/// # Errors
/// When standard output, which is the log, cannot be written.
pub(crate) fn write(out: &mut impl Write, lines: impl Iterator<Item = Line>) -> io::Result<()> {
    let mut text = Vec::with_capacity(512);
    for line in lines {
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    out.write_all(&text)?;
    out.flush()
}
