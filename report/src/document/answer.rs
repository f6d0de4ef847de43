//! Which transport for which need.

use wire::Transport;

use super::markdown::table;
use super::numbers::usd;
use super::tables::{cheapest_ranges, cost_formula};
use super::{estimate, quantity, significant};
use crate::analysis::{Answer, AnswerFigure, CheapestByRate, Conclusions, Need};
use crate::reference::Prices;

const fn words(need: Need) -> &'static str {
    match need {
        Need::FastestHandoff => "B has the message as soon as possible",
        Need::ShortTail => "hardly any message takes much longer (least tail)",
        Need::FastestRelease => "A is free again as soon as possible",
        Need::DoesNotWait => "A does not wait, however long B works, and B has it soon",
        Need::AnswerOfB => "A needs B's answer",
        Need::SmallPayload => "small payloads",
        Need::LargePayload => "large payloads that most transports take",
        Need::LargestPayload => "the largest payload measured",
        Need::Throughput => "many messages a second, from many senders",
        Need::Cheapest => "the lowest price, by the rate of messages",
        Need::FanOut => "several receivers that A does not know (fan-out)",
        Need::Stream => "an ordered stream that can be read again",
        Need::FailureOfB => "a message outlives a B that fails",
    }
}

/// Why the transport is the answer, where that is not a figure.
const fn by_nature(need: Need) -> &'static str {
    match need {
        Need::AnswerOfB => "by its nature: only this one returns B's answer",
        Need::FanOut => "by its nature: a topic; one receiver was measured",
        Need::Stream => "by its nature: a shard keeps its order and its records",
        Need::FailureOfB => {
            "by its nature: the queue keeps a message until B has succeeded or its retention ends; \
             `async-invoke` and `sns` try three times and then drop it, or hand it to a \
             destination; `kinesis` tries until a record expires, and the shard waits; over \
             `sync-invoke` A has to try again"
        }
        _ => "",
    }
}

/// The decision table.
pub(crate) fn section(
    conclusions: &Conclusions<'_>,
    picture: &str,
    prices: &Prices,
    local: bool,
) -> String {
    let answers = &conclusions.answers;
    let mut text = String::from(
        "## The answer\n\n*Operation duration*: how long A's call takes. *Handoff*: from A's call \
         to the moment when B's handler has the message.\n\n",
    );
    text.push_str(picture);
    text.push('\n');
    if answers.is_empty() {
        text.push_str("This run has no figure that answers which transport to take.\n\n");
        return text;
    }
    let rows = answers.iter().map(|answer| {
        if let Some(by_rate) = &answer.by_rate {
            return cheapest(answer, by_rate, prices);
        }
        let nature = by_nature(answer.need);
        let figures = answer.figures.iter().map(|figure| shown(figure, prices));
        let conditions = [answer.conditions.as_str()].into_iter().filter(|text| !text.is_empty());
        let n = answer.figures.first().map_or(0, |figure| figure.estimate.n);
        let said: Vec<String> = figures
            .chain([format!("n = {n}")])
            .chain(answer.finds.map(would_be_found))
            .chain(conditions.map(str::to_owned))
            .chain([format!(
                "{}{}",
                answer.experiment,
                answer.cell.map_or(String::new(), |cell| format!(" cell {cell}"))
            )])
            .collect();
        let nature = if nature.is_empty() { String::new() } else { format!("{nature}; ") };
        vec![
            words(answer.need).to_owned(),
            transports(answer),
            format!("{nature}{}", said.join(", ")),
        ]
    });
    let table = table(&["need", "transport", "the figure that says so"], rows);
    let place = if local { ", and of this machine: see the note on top" } else { "" };
    text.push_str(&format!(
        "Figures of this run{place}. 95 % intervals in brackets, bootstrapped over rounds; n: \
         messages. Transports stand in tiers: one is in a later tier only where it is shown to be \
         worse than the first of an earlier one by more than {}, the equivalence margin \
         (`just report --margin`), tested round by round and corrected for all {} tests of this \
         report. Within a tier, transports stand in the order of their figures, which means nothing. \
         *Would be found*: the smallest difference to the first that this sample would find \
         in 80 of 100 such runs; a smaller one may hide within the first tier. How it is measured, \
         and where that misleads: `METHODOLOGY.md`.\n\n{table}\n",
        conclusions.margin,
        conclusions.family.size(),
    ));
    text
}

/// The cheapest at each rate, with the formula that says so.
fn cheapest(answer: &Answer, by_rate: &CheapestByRate, prices: &Prices) -> Vec<String> {
    let formulas = by_rate.costs.iter().filter(|(transport, ..)| {
        by_rate.ranges.iter().any(|r| r.cheapest == *transport || r.alike.contains(transport))
    });
    let formulas = formulas.map(|(transport, cell, cost)| {
        format!("`{transport}` {} (cell {cell})", cost_formula(cost))
    });
    vec![
        words(answer.need).to_owned(),
        cheapest_ranges(&by_rate.ranges),
        format!(
            "a million messages at r messages a second cost: {}; {}, {}; list prices of {}, {}; no \
             interval; see *What it costs*",
            formulas.collect::<Vec<_>>().join(", "),
            answer.conditions,
            answer.experiment,
            prices.region,
            prices.as_of
        ),
    ]
}

/// The smallest difference that the sample would find, of a ratio to the first.
fn would_be_found(ratio: f64) -> String {
    if ratio.is_finite() {
        format!(
            "a difference of {} %, margin included, would be found",
            significant((ratio - 1.0) * 100.0)
        )
    } else {
        "too few rounds to find a difference of any size".to_owned()
    }
}

/// The tiers, the best first.
fn transports(answer: &Answer) -> String {
    let names = |tier: &Vec<Transport>, bold: bool| {
        let mark = if bold { "**" } else { "" };
        let names: Vec<String> = tier.iter().map(|t| format!("{mark}`{t}`{mark}")).collect();
        names.join(", ")
    };
    let names_of_all = || {
        let all: Vec<String> = answer.tiers.iter().map(|tier| names(tier, false)).collect();
        all.join(", ")
    };
    if answer.finds.is_some_and(f64::is_infinite) {
        return format!("not ranked, for want of rounds: {}", names_of_all());
    }
    if answer.compared == 1 {
        return format!("{}, the only one measured", names_of_all());
    }
    let mut tiers = answer.tiers.iter();
    let Some(first) = tiers.next() else { return "–".to_owned() };
    let mut text = names(first, true);
    for tier in tiers {
        text.push_str("; then ");
        text.push_str(&names(tier, false));
    }
    text
}

fn shown(figure: &AnswerFigure, prices: &Prices) -> String {
    match figure.quantity {
        Some(of) => {
            let found = format!("{} {}", figure.what, estimate(&figure.estimate, of));
            let with =
                figure.with_left_out.map(|with| format!("with cold starts {}", quantity(with, of)));
            let beside: Vec<String> = with.into_iter().chain(figure.source.clone()).collect();
            if beside.is_empty() { found } else { format!("{found} ({})", beside.join("; ")) }
        }
        None => format!(
            "{} {} (list prices of {}, {}; no interval)",
            figure.what,
            usd(figure.estimate.value),
            prices.region,
            prices.as_of
        ),
    }
}
