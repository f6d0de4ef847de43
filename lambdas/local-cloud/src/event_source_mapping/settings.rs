//! What can be set of a mapping, its defaults and its bounds (Lambda API reference,
//! `CreateEventSourceMapping`).

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::arn::Arn;
use crate::error::{ApiError, ApiResult};
use crate::protocol::epoch_seconds::millis;

/// The settings that an update may change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) is_enabled: bool,
    pub(crate) batch_size: usize,
    pub(crate) batching_window: Duration,
    pub(crate) parallelization_factor: usize,
    /// None retries until the record expires.
    pub(crate) maximum_retries: Option<u32>,
    /// None keeps trying until the record expires.
    pub(crate) maximum_record_age: Option<Duration>,
    pub(crate) bisect_on_error: bool,
    pub(crate) reports_item_failures: bool,
    /// Queues: how many invocations the mapping may run at a time; none leaves it to its scaling.
    pub(crate) maximum_concurrency: Option<usize>,
    /// Kept as it was given; what is discarded is not sent anywhere.
    pub(crate) destination: Value,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            is_enabled: true,
            batch_size: 100,
            batching_window: Duration::ZERO,
            parallelization_factor: 1,
            maximum_retries: None,
            maximum_record_age: None,
            bisect_on_error: false,
            reports_item_failures: false,
            maximum_concurrency: None,
            destination: serde_json::json!({ "OnFailure": {} }),
        }
    }
}

impl Settings {
    /// What a new mapping of such a source begins with.
    pub(crate) fn of(kind: SourceKind) -> Self {
        match kind {
            SourceKind::Stream => Self::default(),
            SourceKind::Queue => Self { batch_size: 10, ..Self::default() },
        }
    }
}

/// What a mapping reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Stream,
    Queue,
}

/// Where a new mapping begins to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartingPosition {
    TrimHorizon,
    Latest,
    AtTimestamp {
        /// Milliseconds since the epoch.
        ms: u64,
    },
}

impl StartingPosition {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::TrimHorizon => "TRIM_HORIZON",
            Self::Latest => "LATEST",
            Self::AtTimestamp { .. } => "AT_TIMESTAMP",
        }
    }
}

/// The body of a create or an update.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    pub(super) event_source_arn: Option<String>,
    pub(super) function_name: Option<String>,
    enabled: Option<bool>,
    batch_size: Option<i64>,
    maximum_batching_window_in_seconds: Option<i64>,
    parallelization_factor: Option<i64>,
    starting_position: Option<String>,
    starting_position_timestamp: Option<f64>,
    maximum_retry_attempts: Option<i64>,
    maximum_record_age_in_seconds: Option<i64>,
    bisect_batch_on_function_error: Option<bool>,
    function_response_types: Option<Vec<String>>,
    destination_config: Option<Value>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    tumbling_window_in_seconds: Option<i64>,
    filter_criteria: Option<Value>,
    scaling_config: Option<ScalingConfig>,
    provisioned_poller_config: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: Option<i64>,
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterValueException", message)
}

fn bounded(value: i64, member: &str, bounds: RangeInclusive<i64>) -> ApiResult<i64> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must have value between {} and {}",
        bounds.start(),
        bounds.end()
    )))
}

impl Input {
    /// The settings after this request, if these were the ones before it.
    pub(super) fn apply(&self, mut settings: Settings, kind: SourceKind) -> ApiResult<Settings> {
        self.refuse_what_is_not_built()?;
        self.refuse_what_is_of_another(kind)?;
        if let Some(enabled) = self.enabled {
            settings.is_enabled = enabled;
        }
        if let Some(size) = self.batch_size {
            settings.batch_size = bounded(size, "batchSize", 1..=10_000)? as usize;
        }
        if let Some(window) = self.maximum_batching_window_in_seconds {
            let window = bounded(window, "maximumBatchingWindowInSeconds", 0..=300)?;
            settings.batching_window = Duration::from_secs(window.unsigned_abs());
        }
        if let Some(factor) = self.parallelization_factor {
            settings.parallelization_factor =
                bounded(factor, "parallelizationFactor", 1..=10)? as usize;
        }
        if let Some(retries) = self.maximum_retry_attempts {
            let retries = bounded(retries, "maximumRetryAttempts", -1..=10_000)?;
            settings.maximum_retries = u32::try_from(retries).ok();
        }
        if let Some(age) = self.maximum_record_age_in_seconds {
            if (0..60).contains(&age) {
                return Err(invalid("MaximumRecordAgeInSeconds must be -1, or at least 60"));
            }
            let age = bounded(age, "maximumRecordAgeInSeconds", -1..=604_800)?;
            settings.maximum_record_age = u64::try_from(age).ok().map(Duration::from_secs);
        }
        if let Some(bisect) = self.bisect_batch_on_function_error {
            settings.bisect_on_error = bisect;
        }
        if let Some(types) = &self.function_response_types {
            if let Some(other) = types.iter().find(|kind| *kind != "ReportBatchItemFailures") {
                return Err(invalid(format!(
                    "1 validation error detected: Value '{other}' at 'functionResponseTypes' failed \
                     to satisfy constraint: Member must satisfy enum value set: \
                     [ReportBatchItemFailures]"
                )));
            }
            settings.reports_item_failures = !types.is_empty();
        }
        if let Some(scaling) = &self.scaling_config {
            settings.maximum_concurrency = match scaling.maximum_concurrency {
                None => None,
                Some(most) => {
                    let most = bounded(most, "scalingConfig.maximumConcurrency", 2..=1_000)?;
                    usize::try_from(most).ok()
                }
            };
        }
        if kind == SourceKind::Queue
            && settings.batch_size > 10
            && settings.batching_window.is_zero()
        {
            return Err(invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is \
                 greater than 10",
            ));
        }
        if let Some(destination) = &self.destination_config {
            check_destination(destination)?;
            settings.destination = destination.clone();
        }
        Ok(settings)
    }

    /// What would change the deliveries must not be ignored.
    fn refuse_what_is_not_built(&self) -> ApiResult<()> {
        let refused = [
            ("FilterCriteria", self.filter_criteria.is_some()),
            ("ProvisionedPollerConfig", self.provisioned_poller_config.is_some()),
            ("TumblingWindowInSeconds", self.tumbling_window_in_seconds.unwrap_or(0) != 0),
        ];
        match refused.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => Err(invalid(format!("{name} is not supported by local-cloud"))),
        }
    }

    /// What the other kind of source has is refused, as the service does it.
    fn refuse_what_is_of_another(&self, kind: SourceKind) -> ApiResult<()> {
        let given = match kind {
            SourceKind::Stream => vec![("ScalingConfig", self.scaling_config.is_some())],
            SourceKind::Queue => vec![
                ("StartingPosition", self.starting_position.is_some()),
                ("StartingPositionTimestamp", self.starting_position_timestamp.is_some()),
                ("ParallelizationFactor", self.parallelization_factor.is_some()),
                ("MaximumRetryAttempts", self.maximum_retry_attempts.is_some()),
                ("MaximumRecordAgeInSeconds", self.maximum_record_age_in_seconds.is_some()),
                ("BisectBatchOnFunctionError", self.bisect_batch_on_function_error.is_some()),
                ("DestinationConfig", self.destination_config.is_some()),
            ],
        };
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((name, _)) => Err(invalid(format!(
                "Unsupported {name} parameter for given event source mapping type."
            ))),
        }
    }

    pub(super) fn starting_position(&self) -> ApiResult<StartingPosition> {
        match (self.starting_position.as_deref(), self.starting_position_timestamp) {
            (Some("AT_TIMESTAMP"), time) => {
                let ms = time.and_then(millis).ok_or_else(|| {
                    invalid(
                        "StartingPositionTimestamp, a time since the epoch, must be given for the \
                         starting position AT_TIMESTAMP.",
                    )
                })?;
                Ok(StartingPosition::AtTimestamp { ms })
            }
            (Some(_), Some(_)) => Err(invalid(
                "StartingPositionTimestamp is only allowed for the starting position AT_TIMESTAMP.",
            )),
            (Some("TRIM_HORIZON"), None) => Ok(StartingPosition::TrimHorizon),
            (Some("LATEST"), None) => Ok(StartingPosition::Latest),
            (Some(other), None) => Err(invalid(format!(
                "1 validation error detected: Value '{other}' at 'startingPosition' failed to \
                 satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, \
                 TRIM_HORIZON]"
            ))),
            (None, _) => Err(invalid(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy \
                 constraint: Member must not be null.",
            )),
        }
    }
}

fn check_destination(config: &Value) -> ApiResult<()> {
    let Some(on_failure) = config.get("OnFailure").filter(|value| !value.is_null()) else {
        return Ok(());
    };
    match on_failure.get("Destination").and_then(Value::as_str) {
        None => Ok(()),
        Some(arn) => match Arn::parse(arn).map(|arn| arn.service) {
            Some("sqs" | "sns" | "s3") => Ok(()),
            _ => Err(invalid(format!(
                "The provided destination config DestinationConfig is invalid: '{arn}' is not the \
                 ARN of a queue, topic or bucket."
            ))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn apply(body: Value) -> ApiResult<Settings> {
        apply_to(SourceKind::Stream, body)
    }

    fn apply_to(kind: SourceKind, body: Value) -> ApiResult<Settings> {
        serde_json::from_value::<Input>(body).unwrap().apply(Settings::of(kind), kind)
    }

    #[test]
    fn a_queue_has_settings_of_its_own() {
        let apply = |body| apply_to(SourceKind::Queue, body);
        assert_eq!(apply(json!({})).unwrap().batch_size, 10);
        let most = |most: Value| apply(json!({ "ScalingConfig": { "MaximumConcurrency": most } }));
        assert_eq!(most(json!(2)).unwrap().maximum_concurrency, Some(2));
        assert_eq!(apply(json!({ "ScalingConfig": {} })).unwrap().maximum_concurrency, None);
        let large = json!({ "BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 1 });
        assert_eq!(apply(large).unwrap().batch_size, 10_000);
        assert!(most(json!(1)).is_err() && most(json!(1_001)).is_err());
        for wrong in [
            json!({ "BatchSize": 11 }),
            json!({ "StartingPosition": "LATEST" }),
            json!({ "ParallelizationFactor": 1 }),
            json!({ "MaximumRetryAttempts": 1 }),
            json!({ "BisectBatchOnFunctionError": true }),
        ] {
            let error = apply(wrong.clone()).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException", "{wrong}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_service() {
        let settings = apply(json!({})).unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!((settings.batch_size, settings.parallelization_factor), (100, 1));
        assert_eq!((settings.maximum_retries, settings.maximum_record_age), (None, None));
    }

    #[test]
    fn every_setting_is_taken_within_its_bounds() {
        let settings = apply(json!({
            "Enabled": false, "BatchSize": 10_000, "MaximumBatchingWindowInSeconds": 300,
            "ParallelizationFactor": 10, "MaximumRetryAttempts": 0,
            "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": true,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": { "OnFailure": { "Destination": "arn:aws:sqs:r:1:q" } },
        }))
        .unwrap();
        assert!(!settings.is_enabled && settings.bisect_on_error && settings.reports_item_failures);
        assert_eq!(settings.maximum_retries, Some(0));
        assert_eq!(settings.maximum_record_age, Some(Duration::from_secs(60)));
        assert_eq!(apply(json!({ "MaximumRetryAttempts": -1 })).unwrap().maximum_retries, None);
    }

    #[test]
    fn wrong_values_and_what_is_not_built_are_refused() {
        for body in [
            json!({ "BatchSize": 0 }),
            json!({ "BatchSize": 10_001 }),
            json!({ "MaximumBatchingWindowInSeconds": 301 }),
            json!({ "ParallelizationFactor": 11 }),
            json!({ "MaximumRetryAttempts": -2 }),
            json!({ "MaximumRecordAgeInSeconds": 59 }),
            json!({ "FunctionResponseTypes": ["Other"] }),
            json!({ "DestinationConfig": { "OnFailure": { "Destination": "x" } } }),
            json!({ "FilterCriteria": { "Filters": [] } }),
            json!({ "TumblingWindowInSeconds": 1 }),
            json!({ "ScalingConfig": { "MaximumConcurrency": 2 } }),
        ] {
            let error = apply(body.clone()).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException", "{body}");
        }
    }

    #[test]
    fn a_starting_position_is_wanted_and_a_time_only_with_its_own() {
        let position = |body| serde_json::from_value::<Input>(body).unwrap().starting_position();
        assert_eq!(position(json!({ "StartingPosition": "LATEST" })), Ok(StartingPosition::Latest));
        let at = json!({ "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1.5 });
        assert_eq!(position(at), Ok(StartingPosition::AtTimestamp { ms: 1_500 }));
        for ms in 1_545_084_650_000..1_545_084_651_000 {
            let body = format!(
                r#"{{"StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":{}.{:03}}}"#,
                ms / 1_000,
                ms % 1_000
            );
            let body = serde_json::from_str(&body).unwrap();
            assert_eq!(position(body), Ok(StartingPosition::AtTimestamp { ms }));
        }
        for wrong in [
            json!({}),
            json!({ "StartingPosition": "FIRST" }),
            json!({ "StartingPosition": "AT_TIMESTAMP" }),
            json!({ "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": -1 }),
            json!({ "StartingPosition": "LATEST", "StartingPositionTimestamp": 1 }),
        ] {
            assert!(position(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
