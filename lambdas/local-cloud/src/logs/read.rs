//! Reading lines back: pages over all streams of a group, and pages of one stream.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::filter_pattern::FilterPattern;
use super::stream::{Event, LogStream, Position};

/// What an event counts beside its text towards the size of a page; the same as for
/// `PutLogEvents` (API reference: "each event plus 26 bytes").
const PAGE_EVENT_OVERHEAD_BYTES: usize = 26;
/// A page has at most so many bytes (API reference of `FilterLogEvents` and `GetLogEvents`).
const PAGE_BYTES: usize = 1 << 20;
/// A page looks at no more events than this, so that a pattern that selects little holds no lock
/// for long: it comes back early, with a token, as the service does.
const PAGE_SCANNED: usize = 100_000;

/// What is asked of the streams of a group.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) pattern: FilterPattern,
    /// The first time wanted, in milliseconds since the epoch.
    pub(crate) from_ms: u64,
    /// The last time wanted.
    pub(crate) to_ms: u64,
    /// Where the page before this one ended.
    pub(crate) after: Position,
    /// At most so many events.
    pub(crate) limit: usize,
}

/// Events of a page, each with the index of its stream.
#[derive(Debug)]
pub(crate) struct FilteredPage {
    pub(crate) events: Vec<(usize, Event)>,
    /// Where to go on; none at the end.
    pub(crate) next: Option<Position>,
}

/// Selects events of several streams, in order of time, then of arrival.
///
/// The position to start at is found by bisection, so reading everything page by page looks at
/// each event once.
pub(crate) fn filter(streams: &[Arc<LogStream>], filter: &Filter) -> FilteredPage {
    let guards: Vec<_> = streams.iter().map(|stream| stream.events()).collect();
    let mut heads: BinaryHeap<Reverse<(Position, usize, usize)>> = guards
        .iter()
        .enumerate()
        .filter_map(|(stream, events)| {
            let index = events.after(filter.after).max(events.first_since(filter.from_ms));
            events.get(index).map(|event| Reverse((event.at, stream, index)))
        })
        .collect();
    let mut page = FilteredPage { events: Vec::new(), next: None };
    let mut bytes = 0;
    let mut scanned = 0;
    let mut reached = filter.after;
    while let Some(Reverse((_, stream, mut index))) = heads.pop() {
        let other = heads.peek().map_or(Position::END, |Reverse((at, _, _))| *at);
        // One stream often has a long run of events before the next one has any.
        while let Some(event) = guards[stream].get(index) {
            if event.at > other {
                heads.push(Reverse((event.at, stream, index)));
                break;
            }
            if event.at.timestamp_ms > filter.to_ms {
                break;
            }
            if scanned == PAGE_SCANNED {
                page.next = Some(reached);
                return page;
            }
            scanned += 1;
            if filter.pattern.matches(&event.message) {
                let size = event.message.len() + PAGE_EVENT_OVERHEAD_BYTES;
                let full = page.events.len() == filter.limit || bytes + size > PAGE_BYTES;
                if full && !page.events.is_empty() {
                    page.next = Some(reached);
                    return page;
                }
                bytes += size;
                page.events.push((stream, event.clone()));
            }
            reached = event.at;
            index += 1;
        }
    }
    page
}

/// Which way a reader of one stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// Events after a position.
    Forward(Position),
    /// Events before a position.
    Backward(Position),
}

/// A page of one stream, in order of time, with where to go on both ways.
#[derive(Debug)]
pub(crate) struct StreamPage {
    pub(crate) events: Vec<Event>,
    pub(crate) forward: Position,
    pub(crate) backward: Position,
}

/// Reads a page of one stream: times from `from_ms` to before `before_ms`.
pub(crate) fn read(
    stream: &LogStream,
    cursor: Cursor,
    from_ms: u64,
    before_ms: u64,
    limit: usize,
) -> StreamPage {
    let events = stream.events();
    let (low, high) = (events.first_since(from_ms), events.first_since(before_ms));
    let mut page = Vec::new();
    let mut bytes = 0;
    let mut take = |event: &Event| {
        bytes += event.message.len() + PAGE_EVENT_OVERHEAD_BYTES;
        let room = page.len() < limit && (bytes <= PAGE_BYTES || page.is_empty());
        if room {
            page.push(event.clone());
        }
        room
    };
    let start = match cursor {
        Cursor::Forward(after) => {
            let first = events.after(after).max(low);
            (first..high).map_while(|i| events.get(i)).all(&mut take);
            after
        }
        Cursor::Backward(before) => {
            let end = events.first_at(before).min(high);
            (low..end).rev().map_while(|i| events.get(i)).all(&mut take);
            page.reverse();
            before
        }
    };
    let forward = page.last().map_or(start, |event| event.at);
    let backward = page.first().map_or(start, |event| event.at);
    StreamPage { events: page, forward, backward }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Groups;

    fn streams(lines: &[(&str, i64, &str)]) -> Vec<Arc<LogStream>> {
        let groups = Groups::new(1 << 30);
        for (stream, time, line) in lines {
            groups.stream("g", stream, 0).append(*time, *line);
        }
        groups.get("g").unwrap().streams()
    }

    fn everything(limit: usize) -> Filter {
        Filter {
            pattern: FilterPattern::Everything,
            from_ms: 0,
            to_ms: u64::MAX,
            after: Position::START,
            limit,
        }
    }

    fn texts(page: &FilteredPage) -> Vec<&str> {
        page.events.iter().map(|(_, event)| &*event.message).collect()
    }

    #[test]
    fn streams_are_interleaved_by_time_then_arrival() {
        let streams = streams(&[("a", 1, "1"), ("b", 2, "2"), ("a", 2, "3"), ("b", 3, "4")]);
        let page = filter(&streams, &everything(10));
        assert_eq!(texts(&page), ["1", "2", "3", "4"]);
        assert_eq!(page.next, None);
        assert_eq!(page.events[1].0, 1);
    }

    #[test]
    fn pages_together_are_the_whole_and_none_is_longer_than_asked() {
        let names = ["a", "b", "c"];
        let lines: Vec<_> = (0..100).map(|i| (names[i % 3], i as i64 / 7, "x")).collect();
        let streams = streams(&lines);
        let whole: Vec<_> = filter(&streams, &everything(1000)).events;
        let mut seen = Vec::new();
        let mut question = everything(7);
        loop {
            let page = filter(&streams, &question);
            assert!(page.events.len() <= 7);
            seen.extend(page.events);
            match page.next {
                Some(next) => question.after = next,
                None => break,
            }
        }
        let places = |events: &[(usize, Event)]| events.iter().map(|e| e.1.at).collect::<Vec<_>>();
        assert_eq!(places(&seen), places(&whole));
        assert_eq!(seen.len(), 100);
    }

    #[test]
    fn both_ends_of_the_time_range_are_included() {
        let streams = streams(&[("a", 1, "1"), ("a", 2, "2"), ("a", 3, "3"), ("a", 4, "4")]);
        let question = Filter { from_ms: 2, to_ms: 3, ..everything(10) };
        assert_eq!(texts(&filter(&streams, &question)), ["2", "3"]);
    }

    #[test]
    fn a_page_ends_at_a_mebibyte_and_a_line_longer_than_that_still_comes() {
        let long = "x".repeat(600_000);
        let streams_of_two = streams(&[("a", 1, &long), ("a", 2, &long)]);
        let page = filter(&streams_of_two, &everything(10));
        assert_eq!(page.events.len(), 1);
        assert!(page.next.is_some());
        let longer = "x".repeat(2_000_000);
        let page = filter(&streams(&[("a", 1, &longer)]), &everything(10));
        assert_eq!((page.events.len(), page.next), (1, None));
    }

    #[test]
    fn a_search_that_selects_nothing_pauses_after_so_many_lines() {
        let groups = Groups::new(1 << 30);
        let stream = groups.stream("g", "s", 0);
        for time in 0..PAGE_SCANNED as i64 + 5 {
            stream.append(time, "line");
        }
        let pattern = FilterPattern::parse("nothing").unwrap();
        let mut question = Filter { pattern, ..everything(10) };
        let page = filter(&[Arc::clone(&stream)], &question);
        assert!(page.events.is_empty());
        question.after = page.next.unwrap();
        assert_eq!(filter(&[stream], &question).next, None);
    }

    #[test]
    fn one_stream_is_read_from_its_end_backwards_and_forwards_again() {
        let lines: Vec<_> = (1..=10).map(|i| ("a", i, "x")).collect();
        let stream = &streams(&lines)[0];
        let times = |page: &StreamPage| {
            page.events.iter().map(|event| event.at.timestamp_ms).collect::<Vec<_>>()
        };
        let last = read(stream, Cursor::Backward(Position::END), 0, u64::MAX, 4);
        assert_eq!(times(&last), [7, 8, 9, 10]);
        let before = read(stream, Cursor::Backward(last.backward), 0, u64::MAX, 4);
        assert_eq!(times(&before), [3, 4, 5, 6]);
        let again = read(stream, Cursor::Forward(before.forward), 0, u64::MAX, 100);
        assert_eq!(times(&again), [7, 8, 9, 10]);
        let end = read(stream, Cursor::Forward(again.forward), 0, u64::MAX, 100);
        assert_eq!((times(&end), end.forward), (vec![], again.forward));
        // The end of the range is not part of it.
        let range = read(stream, Cursor::Forward(Position::START), 2, 5, 100);
        assert_eq!(times(&range), [2, 3, 4]);
    }
}
