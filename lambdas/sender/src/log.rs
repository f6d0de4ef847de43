//! A's log: one JSON line per message.
//!
//! Lines are gathered and written in larger pieces, so that capturing them does not wake another
//! process between two measured calls; nothing is left when an invocation ends.

use std::io::{self, Write};

use wire::Line;

/// Lines beyond this many bytes are written out; half of what a pipe holds, so that the write does
/// not have to wait for the reader.
const FLUSH_AT_BYTES: usize = 32 * 1024;

/// Gathers lines for standard output.
#[derive(Default)]
pub(crate) struct Log {
    text: Vec<u8>,
}

impl Log {
    /// Adds a line, and writes what has gathered when it is much.
    ///
    /// # Errors
    /// When standard output, which is the log, cannot be written.
    pub(crate) fn add(&mut self, line: &Line, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut self.text, line)?;
        self.text.push(b'\n');
        if self.text.len() >= FLUSH_AT_BYTES { self.flush(out) } else { Ok(()) }
    }

    /// Writes what has gathered.
    ///
    /// # Errors
    /// When standard output, which is the log, cannot be written.
    pub(crate) fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.text)?;
        self.text.clear();
        out.flush()
    }
}
