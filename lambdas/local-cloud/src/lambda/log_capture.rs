//! A function's standard output and error, line by line into its log stream.

use std::borrow::Cow;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::unix::pipe;

use crate::clock;
use crate::logs::LogStream;

/// A longer line is cut into several.
const LINE_LIMIT_BYTES: usize = 64 * 1024;
/// What is read at a time: as much as a pipe holds.
const READ_BYTES: usize = 64 * 1024;
/// How long lines may lie in the pipe before they are taken.
const GATHER_FOR: Duration = Duration::from_millis(2);
/// What `LogType=Tail` answers with: the last 4 KB.
const TAIL_BYTES: usize = 4 * 1024;

/// The reading end of a function's output.
#[derive(Debug)]
pub(crate) struct LogCapture {
    pipe: pipe::Receiver,
    /// None where the function's role may not write any.
    stream: Option<Arc<LogStream>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buffer: Vec<u8>,
    /// A line whose end has not come yet.
    partial: Vec<u8>,
    tail: Option<String>,
}

impl LogCapture {
    pub(crate) fn new(pipe: pipe::Receiver, stream: Option<Arc<LogStream>>) -> Self {
        Self { pipe, stream, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes lines until the function has closed its output.
    ///
    /// Not at once: most lines are taken by the end of their invocation, and looking twice for each
    /// would cost a wake-up per invocation. The pipe holds what comes meanwhile.
    pub(crate) async fn run(&self) {
        while self.pipe.readable().await.is_ok() {
            tokio::time::sleep(GATHER_FOR).await;
            if !self.drain() {
                break;
            }
        }
    }

    /// Takes what the function wrote before it answered, so that its lines stand before END.
    ///
    /// A read that gives less than was asked for has emptied the pipe: asking again would only
    /// cost a system call per invocation.
    pub(crate) fn drain_answered(&self) {
        self.read(true);
    }

    /// Takes what has been written so far; `false` at the end of the output.
    pub(crate) fn drain(&self) -> bool {
        self.read(false)
    }

    fn read(&self, once: bool) -> bool {
        let mut state = self.state();
        let State { buffer, partial, tail } = &mut *state;
        if buffer.is_empty() {
            buffer.resize(READ_BYTES, 0);
        }
        loop {
            match self.pipe.try_read(buffer) {
                Ok(0) => {
                    if !partial.is_empty() {
                        append(self.stream.as_deref(), tail, clock::now_ms(), partial);
                        partial.clear();
                    }
                    return false;
                }
                Ok(count) => {
                    let now_ms = clock::now_ms();
                    split_lines(&buffer[..count], partial, |line| {
                        append(self.stream.as_deref(), tail, now_ms, line);
                    });
                    if once && count < buffer.len() {
                        return true;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    /// Adds a line of the platform's own.
    pub(crate) fn platform(&self, line: &str) {
        append(self.stream.as_deref(), &mut self.state().tail, clock::now_ms(), line.as_bytes());
    }

    /// Begins to keep the tail of what is logged.
    pub(crate) fn start_tail(&self) {
        self.state().tail = Some(String::new());
    }

    /// The last 4 KB since [`start_tail`](Self::start_tail).
    pub(crate) fn take_tail(&self) -> Option<String> {
        self.state().tail.take().map(|mut tail| {
            trim_front(&mut tail);
            tail
        })
    }
}

fn append(stream: Option<&LogStream>, tail: &mut Option<String>, now_ms: u64, line: &[u8]) {
    // Lines are text but for a mistake, and seeing that is faster than mending what is none.
    let line = match std::str::from_utf8(line) {
        Ok(line) => Cow::Borrowed(line),
        Err(_) => String::from_utf8_lossy(line),
    };
    if let Some(tail) = tail {
        tail.push_str(&line);
        if tail.len() > 4 * TAIL_BYTES {
            trim_front(tail);
        }
    }
    if let Some(stream) = stream {
        stream.append(now_ms.cast_signed(), &*line);
    }
}

fn trim_front(tail: &mut String) {
    if let Some(excess) = tail.len().checked_sub(TAIL_BYTES) {
        let start = (excess..=tail.len()).find(|at| tail.is_char_boundary(*at)).unwrap_or(0);
        tail.drain(..start);
    }
}

/// Gives each whole line, with its line feed, and keeps the rest in `partial`.
fn split_lines(bytes: &[u8], partial: &mut Vec<u8>, mut line: impl FnMut(&[u8])) {
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
        let is_whole = piece.ends_with(b"\n");
        if is_whole && partial.is_empty() {
            line(piece);
            continue;
        }
        let mut rest = piece;
        while partial.len() + rest.len() > LINE_LIMIT_BYTES {
            let (now, later) = rest.split_at(LINE_LIMIT_BYTES - partial.len());
            partial.extend_from_slice(now);
            line(partial);
            partial.clear();
            rest = later;
        }
        partial.extend_from_slice(rest);
        if is_whole {
            line(partial);
            partial.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(reads: &[&[u8]]) -> (Vec<String>, usize) {
        let (mut partial, mut lines) = (Vec::new(), Vec::new());
        for read in reads {
            split_lines(read, &mut partial, |line| {
                lines.push(String::from_utf8(line.to_vec()).unwrap());
            });
        }
        (lines, partial.len())
    }

    #[test]
    fn lines_are_put_together_across_reads() {
        assert_eq!(
            lines(&[b"a\nb", b"c\n", b"\nd"]),
            (vec!["a\n".into(), "bc\n".into(), "\n".into()], 1)
        );
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let long = vec![b'x'; LINE_LIMIT_BYTES];
        let (lines, partial) = lines(&[&long, &long, b"y\n"]);
        assert_eq!(
            lines.iter().map(String::len).collect::<Vec<_>>(),
            [LINE_LIMIT_BYTES, LINE_LIMIT_BYTES, 2]
        );
        assert_eq!(partial, 0);
    }

    #[test]
    fn the_tail_is_the_last_four_kilobytes_of_whole_characters() {
        let mut tail = "é".repeat(TAIL_BYTES);
        tail.push('x');
        trim_front(&mut tail);
        assert_eq!(tail.len(), TAIL_BYTES - 1);
        assert!(tail.ends_with("éx"));
    }
}
