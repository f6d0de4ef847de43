//! Every test that a report makes, as comma-separated values: so that another program can make them
//! again from the rows (`tests/readers/recompute.py` does).

use crate::analysis::{Bound, Claim, Conclusions, Evidence, Judged, RoundContrast, Verdict, WAITS};

const HEADER: &str = "id,statement,experiment,form,statistic,cells,scale,bound,threshold,rounds,\
                      figure,low,high,p,adjusted_p,evidence,verdict";

/// The file's text: a row for each claim and for each comparison of two transports. Durations are in
/// nanoseconds; `cells` are in the order in which the figure takes them.
pub(super) fn csv(conclusions: &Conclusions<'_>) -> String {
    let mut text = format!("{HEADER}\n");
    for (id, claim) in conclusions.claims() {
        text.push_str(&of_claim(id, claim));
    }
    for (ranking, comparison) in conclusions.comparisons() {
        let row = Row {
            id: ranking.need.name().to_owned(),
            statement: format!(
                "{} over {}",
                ranking.cells[comparison.other].plan.transport,
                ranking.cells[comparison.one].plan.transport
            ),
            experiment: ranking.experiment,
            cells: &comparison.cells(ranking),
            contrast: Some(&comparison.contrast),
            bound: "outside",
            threshold: conclusions.margin.ratios().1 - 1.0,
            judged: comparison.judged,
            evidence: "",
            verdict: "",
        };
        text.push_str(&row.line());
    }
    text
}

fn of_claim(id: &str, claim: &Claim) -> String {
    let contrast = match &claim.evidence {
        Evidence::Rounds(contrast) => contrast.as_ref(),
        Evidence::AllOf { .. } => None,
    };
    let row = Row {
        id: id.to_owned(),
        statement: claim.statement.clone(),
        experiment: &claim.experiment,
        cells: &claim.cells,
        contrast,
        bound: match claim.bound {
            Bound::Below => "below",
            Bound::Above => "above",
        },
        threshold: claim.threshold,
        judged: claim.judged,
        evidence: claim.kind.name(),
        // Of who waits, one or the other is as modelled: the word would only say which was asked for.
        verdict: match (id == WAITS, claim.verdict()) {
            (true, Verdict::Holds) => "does not wait",
            (true, Verdict::Fails) => "waits",
            _ => claim.words(),
        },
    };
    row.line()
}

struct Row<'a> {
    id: String,
    statement: String,
    experiment: &'a str,
    cells: &'a [u32],
    contrast: Option<&'a RoundContrast>,
    bound: &'a str,
    threshold: f64,
    judged: Option<Judged>,
    evidence: &'a str,
    verdict: &'a str,
}

impl Row<'_> {
    fn line(&self) -> String {
        let cells: Vec<String> = self.cells.iter().map(u32::to_string).collect();
        let number = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:e}"));
        let interval = self.judged.and_then(|judged| judged.interval);
        let of = |of: fn(&RoundContrast) -> String| self.contrast.map_or(String::new(), of);
        let fields = [
            self.id.clone(),
            self.statement.clone(),
            self.experiment.to_owned(),
            of(|contrast| contrast.form.name()),
            of(|contrast| contrast.statistic.name()),
            cells.join(";"),
            of(|contrast| contrast.scale.name().to_owned()),
            self.bound.to_owned(),
            number(Some(self.threshold)),
            of(|contrast| contrast.figures.len().to_string()),
            number(self.contrast.and_then(RoundContrast::figure)),
            number(interval.map(|interval| interval.0)),
            number(interval.map(|interval| interval.1)),
            number(self.judged.map(|judged| judged.p)),
            number(self.judged.map(|judged| judged.adjusted_p)),
            self.evidence.to_owned(),
            self.verdict.to_owned(),
        ];
        format!("{}\n", fields.map(quoted).join(","))
    }
}

/// A field as RFC 4180 has it.
fn quoted(field: String) -> String {
    if field.contains([',', '"', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field
    }
}
