//! The REPORT line that Lambda logs at the end of an invocation, in either of its log formats.
//!
//! Text: "Working with Lambda function logs" of the language guides in the AWS Lambda Developer
//! Guide. JSON: the event `platform.report` of "Lambda Telemetry API Event schema reference".

use std::time::Duration;

use serde::Deserialize;
use wire::DurationNs;

/// Selects REPORT lines of the JSON format, in which the functions are made to log (CloudWatch Logs
/// User Guide, "Filter pattern syntax"). An emulator that knows neither the format nor such a pattern
/// gives every line, among them the REPORT lines of the text format.
pub const FILTER_PATTERN: &str = r#"{ $.type = "platform.report" }"#;

/// What a REPORT line says of its invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// The invocation.
    pub request_id: String,
    /// How long the handler ran.
    pub duration: DurationNs,
    /// What is billed, in milliseconds.
    pub billed_ms: u64,
    /// How long the environment took to initialise, where this was its first invocation.
    pub init: Option<DurationNs>,
    /// Memory of the function, in MB.
    pub memory_mb: u32,
    /// The most memory that the environment has used, in MB.
    pub max_memory_mb: Option<u32>,
}

impl ReportLine {
    /// Reads a line; none where it is no REPORT line, or one without what every REPORT line has.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let line = line.trim();
        if line.starts_with('{') { json(line) } else { text(line) }
    }
}

fn text(line: &str) -> Option<ReportLine> {
    line.strip_prefix("REPORT ")?;
    let value = |label: &str| value(line, label);
    Some(ReportLine {
        request_id: value("RequestId:")?.to_owned(),
        duration: millis(value("Duration:")?.parse().ok()?)?,
        billed_ms: value("Billed Duration:")?.parse().ok()?,
        init: value("Init Duration:").and_then(|ms| millis(ms.parse().ok()?)),
        memory_mb: value("Memory Size:")?.parse().ok()?,
        max_memory_mb: value("Max Memory Used:").and_then(|mb| mb.parse().ok()),
    })
}

/// The word after a label. Some labels end in another one: `Billed Duration:`, `Duration:`.
fn value<'a>(line: &'a str, label: &str) -> Option<&'a str> {
    const FIRST_WORDS: [&str; 3] = ["Billed", "Init", "Restore"];
    let (at, _) = line.match_indices(label).find(|(at, _)| {
        let before = line[..*at].trim_end();
        let glued = before.len() == *at && *at > 0;
        !glued && !FIRST_WORDS.iter().any(|word| before.ends_with(word))
    })?;
    line[at + label.len()..].split_whitespace().next()
}

fn millis(ms: f64) -> Option<DurationNs> {
    Duration::try_from_secs_f64(ms / 1e3).ok().map(DurationNs::from)
}

/// A line in the JSON format. What it has beside this is of no use here.
#[derive(Deserialize)]
struct Json {
    #[serde(rename = "type")]
    kind: String,
    record: Record,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    request_id: String,
    metrics: Metrics,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    duration_ms: f64,
    billed_duration_ms: u64,
    init_duration_ms: Option<f64>,
    #[serde(rename = "memorySizeMB")]
    memory_size_mb: u32,
    #[serde(rename = "maxMemoryUsedMB")]
    max_memory_used_mb: Option<u32>,
}

fn json(line: &str) -> Option<ReportLine> {
    let Json { kind, record } = serde_json::from_str(line).ok()?;
    let Record { request_id, metrics } = record;
    (kind == "platform.report").then_some(())?;
    Some(ReportLine {
        request_id,
        duration: millis(metrics.duration_ms)?,
        billed_ms: metrics.billed_duration_ms,
        init: metrics.init_duration_ms.and_then(millis),
        memory_mb: metrics.memory_size_mb,
        max_memory_mb: metrics.max_memory_used_mb,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> ReportLine {
        ReportLine::parse(line).unwrap_or_else(|| panic!("{line} is a REPORT line"))
    }

    /// The examples are those of the Developer Guide.
    #[test]
    fn a_text_line() {
        let warm = read(
            "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 24.47 ms\t\
             Billed Duration: 25 ms\tMemory Size: 128 MB\tMax Memory Used: 76 MB\t\n",
        );
        assert_eq!(
            warm,
            ReportLine {
                request_id: "8f507cfc-xmpl-4697-b07a-ac58fc914c95".into(),
                duration: DurationNs(24_470_000),
                billed_ms: 25,
                init: None,
                memory_mb: 128,
                max_memory_mb: Some(76),
            }
        );
        let cold = read(
            "REPORT RequestId: dbda340c-xmpl-4031-8810-11bb609b4c71\tDuration: 38.66 ms\t\
             Billed Duration: 39 ms\tMemory Size: 128 MB\tMax Memory Used: 54 MB\t\
             Init Duration: 203.69 ms\t\n\
             XRAY TraceId: 1-5e34a66a-474xmpl7c2534a87870b4370\tSegmentId: 073cxmpl3e442861\t\
             Sampled: true",
        );
        assert_eq!((cold.duration, cold.billed_ms), (DurationNs(38_660_000), 39));
        assert_eq!(cold.init, Some(DurationNs(203_690_000)));
    }

    #[test]
    fn the_guide_prints_spaces_for_tabs() {
        let line = read(
            "REPORT RequestId: 1c8df7d3-xmpl-46da-9778-518e6eca8125    Duration: 2.96 ms    \
             Billed Duration: 3 ms  Memory Size: 128 MB  Max Memory Used: 67 MB  \
             Init Duration: 113.51 ms",
        );
        assert_eq!((line.duration, line.billed_ms), (DurationNs(2_960_000), 3));
        assert_eq!(line.init, Some(DurationNs(113_510_000)));
    }

    #[test]
    fn what_went_wrong_stands_behind_and_hides_nothing() {
        let timeout = read(
            "REPORT RequestId: a\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t\
             Memory Size: 128 MB\tMax Memory Used: 33 MB\tStatus: timeout",
        );
        assert_eq!((timeout.duration, timeout.billed_ms), (DurationNs(3_000_000_000), 3000));
        let error = read(
            "REPORT RequestId: a\tDuration: 12.10 ms\tBilled Duration: 90 ms\tMemory Size: 512 MB\t\
             Max Memory Used: 14 MB\tInit Duration: 77.00 ms\tStatus: error\t\
             Error Type: Runtime.ExitError",
        );
        assert_eq!((error.billed_ms, error.memory_mb), (90, 512));
        assert_eq!(error.init, Some(DurationNs(77_000_000)));
    }

    #[test]
    fn a_restored_environment_reports_its_restoring_apart() {
        let line = read(
            "REPORT RequestId: a\tRestore Duration: 500.25 ms\tBilled Restore Duration: 81 ms\t\
             Duration: 20.24 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 60 MB",
        );
        assert_eq!((line.duration, line.billed_ms), (DurationNs(20_240_000), 102));
    }

    #[test]
    fn a_json_line() {
        let line = read(
            r#"{"time":"2022-10-12T00:01:15.000Z","type":"platform.report","record":{
                "requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa","metrics":{
                "billedDurationMs":694,"durationMs":693.92,"initDurationMs":397.68,
                "maxMemoryUsedMB":84,"memorySizeMB":128}}}"#,
        );
        assert_eq!((line.duration, line.billed_ms), (DurationNs(693_920_000), 694));
        assert_eq!(line.init, Some(DurationNs(397_680_000)));
        assert_eq!((line.memory_mb, line.max_memory_mb), (128, Some(84)));
        let timeout = read(
            r#"{"time":"2022-10-12T00:00:00.000Z","type":"platform.report","record":{
                "requestId":"a","metrics":{"durationMs":10000,"billedDurationMs":10000,
                "memorySizeMB":128,"maxMemoryUsedMB":42},"status":"timeout"}}"#,
        );
        assert_eq!((timeout.duration, timeout.init), (DurationNs(10_000_000_000), None));
    }

    #[test]
    fn any_other_line_is_none() {
        for line in [
            "",
            "START RequestId: a Version: $LATEST",
            "END RequestId: a",
            "REPORT RequestId: a",
            r#"{"time":"t","type":"platform.start","record":{"requestId":"a","version":"1"}}"#,
            r#"{"handoff":"sent","text":"platform.report"}"#,
            "{",
        ] {
            assert_eq!(ReportLine::parse(line), None, "{line}");
        }
    }
}
