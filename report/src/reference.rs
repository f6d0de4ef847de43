//! The facts of `data/reference/`, as they were when this program was built.

use std::path::Path;

use serde::Deserialize;
use wire::Transport;

/// The reference data are not what this program expects.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct ReferenceError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub reason: String,
}

/// A published latency from a message's sending to its arrival, in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedLatency {
    /// How it was sent; also ways that this workspace does not measure.
    pub transport: String,
    /// Which kind of it.
    pub variant: String,
    /// The mean.
    pub mean_ms: Option<f64>,
    /// The 10th percentile.
    pub p10_ms: Option<f64>,
    /// The median.
    pub p50_ms: Option<f64>,
    /// The 90th percentile.
    pub p90_ms: Option<f64>,
    /// The 99th percentile.
    pub p99_ms: Option<f64>,
    /// When it was measured.
    pub measured: String,
    /// Where.
    pub region: String,
    /// How.
    pub context: String,
    /// Who says so.
    pub source: String,
}

/// A grade of the original post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalGrade {
    /// P1 to P8.
    pub principle: String,
    /// What it asks.
    pub requirement: String,
    /// `yes`, `partial` or `no`.
    pub original_post: String,
}

/// The most that each transport's service takes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Limits {
    sync_invoke: PayloadLimit,
    async_invoke: PayloadLimit,
    sns: PayloadLimit,
    kinesis: PayloadLimit,
    sqs: PayloadLimit,
}

/// The most that a service takes in one message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PayloadLimit {
    /// By default, bytes.
    pub payload_bytes_max: u64,
    /// Where it can be raised: to this, bytes.
    pub payload_bytes_opt_in: Option<u64>,
    /// Where that is written.
    pub source: String,
}

/// List prices in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// When they were read, year and month.
    pub as_of: String,
    /// The region they hold in.
    pub region: String,
    /// Lambda's.
    pub lambda: LambdaPrices,
    /// SNS's.
    pub sns: SnsPrices,
    /// Kinesis'.
    pub kinesis: KinesisPrices,
    /// SQS's.
    pub sqs: SqsPrices,
    /// CloudWatch Logs'.
    pub cloudwatch_logs: LogsPrices,
    /// Step Functions, which may have the senders begin: part of the lab's estimate, and of no
    /// transport's price, so that a file of one's own may leave it out.
    #[serde(default)]
    pub step_functions: Option<StepFunctionsPrices>,
}

/// Lambda's list prices in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LambdaPrices {
    /// A million requests.
    pub usd_per_million_requests: f64,
    /// A GB-second on x86.
    pub usd_per_gb_second_x86_64: f64,
    /// A GB-second on Arm.
    pub usd_per_gb_second_arm64: f64,
    /// What one asynchronous request is, in words.
    pub async_request_unit: String,
    /// Where that is written.
    pub source: String,
}

/// SNS's list prices in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnsPrices {
    /// A million publishes of one unit.
    pub usd_per_million_publishes: f64,
    /// The unit, bytes.
    pub publish_unit_bytes: u32,
    /// A delivery to Lambda.
    pub usd_delivery_to_lambda: f64,
    /// Where that is written.
    pub source: String,
}

/// Kinesis' list prices in US dollars: of provisioned shards, then of on-demand streams.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KinesisPrices {
    /// A shard for an hour.
    pub usd_per_shard_hour: f64,
    /// A million put units.
    pub usd_per_million_put_units: f64,
    /// A put unit, bytes.
    pub put_unit_bytes: u32,
    /// A consumer with enhanced fan-out, for a shard and an hour.
    pub usd_per_efo_consumer_shard_hour: f64,
    /// A GB read by it.
    pub usd_per_efo_gb: f64,
    /// An on-demand stream for an hour.
    pub usd_per_stream_hour: f64,
    /// A GB put into it.
    pub usd_per_gb_in: f64,
    /// A record counts in whole units, bytes.
    pub in_unit_bytes: u32,
    /// A GB read from it.
    pub usd_per_gb_out: f64,
    /// A GB read from it by a consumer with enhanced fan-out.
    pub usd_per_efo_gb_out: f64,
    /// Where that is written.
    pub source: String,
    /// What a shard carries: not in the file of prices but in that of limits, and needed to tell how
    /// many shards a rate costs.
    #[serde(skip)]
    pub shard: ShardLimits,
}

/// What a provisioned shard takes in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ShardLimits {
    /// Records.
    pub shard_records_per_s: u32,
    /// Bytes.
    pub shard_bytes_per_s: u32,
}

impl ShardLimits {
    /// Records of a size that a shard takes in a second.
    #[must_use]
    pub fn rate_per_s(&self, record_bytes: u32) -> f64 {
        let by_bytes = f64::from(self.shard_bytes_per_s) / f64::from(record_bytes.max(1));
        by_bytes.min(f64::from(self.shard_records_per_s))
    }
}

/// SQS's list prices in US dollars, for standard queues.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqsPrices {
    /// A million requests of one unit.
    pub usd_per_million_requests: f64,
    /// The unit, bytes.
    pub request_unit_bytes: u32,
    /// Where that is written.
    pub source: String,
}

/// CloudWatch Logs' list prices in US dollars.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogsPrices {
    /// A GB taken in.
    pub usd_per_gb_ingested: f64,
    /// Where that is written.
    pub source: String,
}

/// Step Functions' list prices in US dollars, for standard workflows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFunctionsPrices {
    /// A million state transitions.
    pub usd_per_million_state_transitions: f64,
    /// Where that is written.
    pub source: String,
}

const LATENCY: &str = "published_latency.csv";
const SCORECARD: &str = "original_scorecard.csv";
const LIMITS: &str = "aws_limits.toml";
const PRICES: &str = "aws_prices.toml";

/// Every published latency.
///
/// # Errors
/// When the file is not what it should be.
pub fn published_latencies() -> Result<Vec<PublishedLatency>, ReferenceError> {
    let text = include_str!("../../data/reference/published_latency.csv");
    let columns = "transport,variant,mean_ms,p10_ms,p50_ms,p90_ms,p99_ms,measured,region,\
                   includes_put,context,source";
    let rows = csv_rows(LATENCY, text, columns)?;
    rows.into_iter()
        .map(|row| {
            let number = |place: usize| match row[place].as_str() {
                "" => Ok(None),
                text => text.parse().map(Some).map_err(|_| {
                    damaged(LATENCY, format!("{text:?} is no number of milliseconds"))
                }),
            };
            Ok(PublishedLatency {
                transport: row[0].clone(),
                variant: row[1].clone(),
                mean_ms: number(2)?,
                p10_ms: number(3)?,
                p50_ms: number(4)?,
                p90_ms: number(5)?,
                p99_ms: number(6)?,
                measured: row[7].clone(),
                region: row[8].clone(),
                context: row[10].clone(),
                source: row[11].clone(),
            })
        })
        .collect()
}

/// The grades of the original post.
///
/// # Errors
/// When the file is not what it should be.
pub fn original_scorecard() -> Result<Vec<OriginalGrade>, ReferenceError> {
    let text = include_str!("../../data/reference/original_scorecard.csv");
    let rows = csv_rows(SCORECARD, text, "principle,requirement,original_post,source")?;
    let grade = |row: Vec<String>| OriginalGrade {
        principle: row[0].clone(),
        requirement: row[1].clone(),
        original_post: row[2].clone(),
    };
    Ok(rows.into_iter().map(grade).collect())
}

/// The most that the service behind a transport takes in one message.
///
/// # Errors
/// When the file is not what it should be.
pub fn payload_limit(transport: Transport) -> Result<PayloadLimit, ReferenceError> {
    let text = include_str!("../../data/reference/aws_limits.toml");
    let limits: Limits = read_toml(LIMITS, text)?;
    Ok(match transport {
        Transport::SyncInvoke => limits.sync_invoke,
        Transport::AsyncInvoke => limits.async_invoke,
        Transport::Sns => limits.sns,
        Transport::Kinesis => limits.kinesis,
        Transport::Sqs => limits.sqs,
    })
}

/// Prices of a file of one's own, of the form of `data/reference/aws_prices.toml`: another region's,
/// or those of a contract.
///
/// # Errors
/// When it cannot be read or is not of that form.
pub fn prices_of_file(path: &Path) -> Result<Prices, ReferenceError> {
    let error = |reason: String| ReferenceError {
        file: path.display().to_string(),
        reason: format!("{reason}; its form is that of data/reference/aws_prices.toml"),
    };
    let text = std::fs::read_to_string(path).map_err(|source| error(source.to_string()))?;
    with_limits(toml::from_str(&text).map_err(|source| error(source.to_string()))?)
}

/// The list prices.
///
/// # Errors
/// When the file is not what it should be.
pub fn prices() -> Result<Prices, ReferenceError> {
    with_limits(read_toml(PRICES, include_str!("../../data/reference/aws_prices.toml"))?)
}

/// Prices with the limits that decide how much of what they price is needed.
fn with_limits(mut prices: Prices) -> Result<Prices, ReferenceError> {
    #[derive(Deserialize)]
    struct Shards {
        kinesis: ShardLimits,
    }
    let text = include_str!("../../data/reference/aws_limits.toml");
    prices.kinesis.shard = read_toml::<Shards>(LIMITS, text)?.kinesis;
    Ok(prices)
}

fn read_toml<T: serde::de::DeserializeOwned>(
    file: &'static str,
    text: &str,
) -> Result<T, ReferenceError> {
    toml::from_str(text).map_err(|error| damaged(file, error.to_string()))
}

fn damaged(file: &str, reason: String) -> ReferenceError {
    let file = format!("data/reference/{file}");
    ReferenceError { file, reason: format!("{reason}; correct the file and build again") }
}

/// The rows below a header: RFC 4180 without line breaks in fields.
fn csv_rows(
    file: &'static str,
    text: &str,
    header: &str,
) -> Result<Vec<Vec<String>>, ReferenceError> {
    let mut lines = text.lines();
    let found = lines.next().unwrap_or_default();
    if found != header {
        let reason = format!("its columns are {found:?}, expected {header:?}");
        return Err(damaged(file, reason));
    }
    let width = header.split(',').count();
    lines
        .map(|line| {
            let row = csv_fields(line);
            if row.len() == width && row.last().is_some_and(|source| !source.is_empty()) {
                Ok(row)
            } else {
                let reason = format!("{line:?} has not {width} fields, the last one its source");
                Err(damaged(file, reason))
            }
        })
        .collect()
}

fn csv_fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                fields.last_mut().into_iter().for_each(|field| field.push('"'));
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().into_iter().for_each(|field| field.push(other)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_in_quotes_keep_their_commas_and_quotes() {
        assert_eq!(csv_fields(r#"a,"b, ""c""",,d"#), ["a", "b, \"c\"", "", "d"]);
    }

    #[test]
    fn every_published_latency_has_a_figure_and_a_source() {
        let all = published_latencies().unwrap();
        assert!(all.len() >= 18);
        for one in &all {
            let figures = [one.mean_ms, one.p10_ms, one.p50_ms, one.p90_ms, one.p99_ms];
            assert!(figures.iter().any(Option::is_some), "{one:?}");
            assert!(!one.source.is_empty() && !one.context.is_empty(), "{one:?}");
        }
        let kinesis = all.iter().find(|one| one.transport == "kinesis").unwrap();
        assert_eq!(kinesis.p50_ms, Some(627.0));
    }

    #[test]
    fn the_scorecard_has_eight_principles() {
        let ids: Vec<_> =
            original_scorecard().unwrap().into_iter().map(|grade| grade.principle).collect();
        assert_eq!(ids, ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"]);
    }

    #[test]
    fn limits_and_prices_are_read_with_their_source() {
        let limit = |transport| payload_limit(transport).unwrap();
        assert_eq!(limit(Transport::SyncInvoke).payload_bytes_max, 6_291_456);
        assert_eq!(limit(Transport::Kinesis).payload_bytes_opt_in, Some(10_485_760));
        assert!(Transport::ALL.into_iter().all(|t| !limit(t).source.is_empty()));
        assert!(prices().unwrap().lambda.usd_per_million_requests > 0.0);
    }

    #[test]
    fn a_row_without_a_source_is_refused() {
        assert!(csv_rows("x", "a,source\n1,\n", "a,source").is_err());
        assert!(csv_rows("x", "a\n1\n", "a,source").is_err());
    }
}
