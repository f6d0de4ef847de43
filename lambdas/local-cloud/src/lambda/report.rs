//! The lines that the platform itself logs around an invocation: START, END and REPORT, in text or
//! JSON ("Working with Lambda function logs", AWS Lambda Developer Guide).

use std::time::Duration;

use serde::Serialize;

/// Text or JSON, a function's `LoggingConfig.LogFormat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    #[default]
    Text,
    Json,
}

/// How an invocation ended, as REPORT says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    /// The function raised an error.
    Failure,
    Timeout,
    /// The process ended.
    Error(&'static str),
}

/// What a REPORT line says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) duration: Duration,
    pub(crate) memory_mb: u32,
    pub(crate) max_memory_mb: u64,
    pub(crate) init: Option<Duration>,
    pub(crate) status: Status,
}

/// An RFC 3339 instant with milliseconds, as the platform writes it.
pub(crate) fn rfc3339(now_ms: u64) -> String {
    jiff::Timestamp::from_millisecond(now_ms.cast_signed())
        .map(|at| format!("{at:.3}"))
        .unwrap_or_default()
}

pub(crate) fn start(format: LogFormat, request_id: &str, now_ms: u64) -> String {
    match format {
        LogFormat::Text => format!("START RequestId: {request_id} Version: $LATEST\n"),
        LogFormat::Json => {
            record(now_ms, "platform.start", &Started { request_id, version: "$LATEST" })
        }
    }
}

/// END and REPORT; in JSON, one record stands for both.
pub(crate) fn end(format: LogFormat, report: &Report<'_>, now_ms: u64) -> Vec<String> {
    match format {
        LogFormat::Text => {
            vec![format!("END RequestId: {}\n", report.request_id), text_report(report)]
        }
        LogFormat::Json => vec![json_report(report, now_ms)],
    }
}

fn text_report(report: &Report<'_>) -> String {
    let Report { request_id, duration, memory_mb, max_memory_mb, init, status } = report;
    // The initialisation is billed too: of provided runtimes always, of all since August 2025 ("AWS
    // Lambda standardizes billing for INIT Phase", AWS Compute Blog).
    let billed_ms = (*duration + init.unwrap_or_default()).as_nanos().div_ceil(1_000_000);
    let mut line = format!(
        "REPORT RequestId: {request_id}\tDuration: {:.2} ms\tBilled Duration: {billed_ms} ms\t\
         Memory Size: {memory_mb} MB\tMax Memory Used: {max_memory_mb} MB\t",
        ms(*duration)
    );
    if let Some(init) = init {
        line.push_str(&format!("Init Duration: {:.2} ms\t", ms(*init)));
    }
    match status {
        Status::Success | Status::Failure => {}
        Status::Timeout => line.push_str("Status: timeout"),
        Status::Error(error_type) => {
            line.push_str("Status: error\tError Type: ");
            line.push_str(error_type);
        }
    }
    line.push('\n');
    line
}

/// An event of the platform in JSON. Two are written for each invocation, so they are not put together
/// as values first.
#[derive(Serialize)]
struct Record<'a, T> {
    time: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    record: &'a T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started<'a> {
    request_id: &'a str,
    version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reported<'a> {
    request_id: &'a str,
    metrics: Metrics,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    duration_ms: f64,
    billed_duration_ms: u128,
    #[serde(rename = "memorySizeMB")]
    memory_size_mb: u32,
    #[serde(rename = "maxMemoryUsedMB")]
    max_memory_used_mb: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    init_duration_ms: Option<f64>,
}

fn json_report(report: &Report<'_>, now_ms: u64) -> String {
    let Report { request_id, duration, memory_mb, max_memory_mb, init, status } = *report;
    let (status, error_type) = match status {
        Status::Success => ("success", None),
        Status::Failure => ("failure", None),
        Status::Timeout => ("timeout", None),
        Status::Error(error_type) => ("error", Some(error_type)),
    };
    let metrics = Metrics {
        duration_ms: hundredths(duration),
        billed_duration_ms: (duration + init.unwrap_or_default()).as_nanos().div_ceil(1_000_000),
        memory_size_mb: memory_mb,
        max_memory_used_mb: max_memory_mb,
        init_duration_ms: init.map(hundredths),
    };
    record(now_ms, "platform.report", &Reported { request_id, metrics, status, error_type })
}

fn record(now_ms: u64, kind: &str, record: &impl Serialize) -> String {
    // Text and numbers, which are always written.
    let mut line =
        serde_json::to_string(&Record { time: &rfc3339(now_ms), kind, record }).unwrap_or_default();
    line.push('\n');
    line
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn hundredths(duration: Duration) -> f64 {
    (ms(duration) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: Report<'_> = Report {
        request_id: "id",
        duration: Duration::from_micros(1_234),
        memory_mb: 128,
        max_memory_mb: 9,
        init: None,
        status: Status::Success,
    };

    #[test]
    fn a_report_has_the_form_that_tools_read() {
        assert_eq!(
            end(LogFormat::Text, &REPORT, 0),
            [
                "END RequestId: id\n",
                "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t\n"
            ]
        );
    }

    #[test]
    fn a_cold_start_names_and_bills_its_init() {
        let cold = Report { init: Some(Duration::from_millis(12)), ..REPORT };
        let line = &end(LogFormat::Text, &cold, 0)[1];
        assert!(line.contains("Billed Duration: 14 ms\t"), "{line}");
        assert!(line.ends_with("Init Duration: 12.00 ms\t\n"), "{line}");
    }

    #[test]
    fn what_went_wrong_stands_at_the_end() {
        let timeout = Report { status: Status::Timeout, ..REPORT };
        assert!(end(LogFormat::Text, &timeout, 0)[1].ends_with("\tStatus: timeout\n"));
        let exit = Report { status: Status::Error("Runtime.ExitError"), ..REPORT };
        let line = &end(LogFormat::Text, &exit, 0)[1];
        assert!(line.ends_with("Status: error\tError Type: Runtime.ExitError\n"), "{line}");
    }

    #[test]
    fn json_has_one_record_per_event() {
        let lines = end(LogFormat::Json, &REPORT, 1_000);
        assert_eq!(lines.len(), 1);
        let record: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(record["type"], "platform.report");
        assert_eq!(record["time"], "1970-01-01T00:00:01.000Z");
        assert_eq!(record["record"]["metrics"]["durationMs"], 1.23);
        assert_eq!(record["record"]["status"], "success");
        let start: serde_json::Value =
            serde_json::from_str(&start(LogFormat::Json, "id", 0)).unwrap();
        assert_eq!(start["record"]["version"], "$LATEST");
    }
}
