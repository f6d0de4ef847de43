//! Which transport for which need.

use super::markdown::table;
use super::{duration, estimate};
use crate::analysis::{Answer, Need};

const fn words(need: Need) -> &'static str {
    match need {
        Need::FastestHandoff => "B has the message as soon as possible",
        Need::FastestRelease => "A is free again as soon as possible",
        Need::DoesNotWait => "A does not wait, however long B works",
        Need::AnswerOfB => "A needs B's answer",
        Need::FanOut => "several receivers that A does not know (fan-out)",
        Need::Stream => "an ordered stream that can be read again",
    }
}

/// Why the transport is the answer, where that is not a figure.
const fn by_nature(need: Need) -> &'static str {
    match need {
        Need::AnswerOfB => " by its nature: only this one returns B's answer; ",
        Need::FanOut => " by its nature: a topic; one receiver was measured; ",
        Need::Stream => " by its nature: a shard keeps its order and its records; ",
        Need::FastestHandoff | Need::FastestRelease | Need::DoesNotWait => " ",
    }
}

pub(crate) fn section(answers: &[Answer]) -> String {
    let rows = answers.iter().map(|answer| {
        let names: Vec<String> = answer.transports.iter().map(|t| format!("`{t}`")).collect();
        let transport = match names.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                format!("{first}; not told apart from it: {}", rest.join(", "))
            }
            _ => names.join(""),
        };
        let summary = &answer.summary;
        let mut figure = format!(
            "{}median {} {}",
            by_nature(answer.need).trim_start(),
            answer.measure.name(),
            estimate(&summary.median, true)
        );
        if let Some(p99) = summary.at(0.99) {
            figure.push_str(&format!(", p99 {}", duration(p99)));
        }
        figure.push_str(&format!(", n = {}, receiver {} ms", summary.n, answer.receiver_ms));
        if let Some(slope) = &answer.wait_slope {
            figure.push_str(&format!("; A waits {} of B's duration", estimate(slope, false)));
        }
        vec![words(answer.need).to_owned(), transport, figure]
    });
    format!(
        "## The answer\n\nFigures of this run, with 95 % intervals in brackets.\n\n{}\n",
        table(&["need", "transport", "the figure that says so"], rows)
    )
}
