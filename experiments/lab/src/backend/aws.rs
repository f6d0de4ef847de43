//! The AWS account of the ambient credentials, or what `AWS_ENDPOINT_URL` puts in its place.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use store::EndpointKind;

use crate::cli::SweepOptions;
use crate::clients::{self, Clients, Identity};
use crate::collect::Pace;
use crate::error::LabError;

/// How long after A's last answer a message counts as lost, unless the options say otherwise: a
/// mapping of Kinesis may begin a minute late, and an asynchronous invoke that is throttled is tried
/// again for longer than that.
pub(super) const DELIVERY_DEADLINE: Duration = Duration::from_secs(90);

/// FilterLogEvents may be called 5 times a second in most regions (CloudWatch Logs User Guide,
/// "CloudWatch Logs quotas"); one is left to others.
pub(super) const PACE: Pace = Pace {
    first_pause: Duration::from_millis(500),
    longest_pause: Duration::from_secs(5),
    clock_slack: Duration::from_secs(60),
    reports_within: Duration::from_secs(60),
    lines_within: Duration::from_secs(60),
    requests_per_s: Some(4),
    window: Some(Duration::from_secs(60)),
    at_a_time: 4,
};

/// The same work at the pace of what stands for AWS near by, which has no such quota.
pub(super) const STAND_IN_PACE: Pace = Pace {
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(200),
    clock_slack: Duration::from_secs(1),
    lines_within: Duration::from_secs(1),
    requests_per_s: None,
    window: Some(Duration::from_secs(2)),
    ..PACE
};

/// The account.
#[derive(Debug)]
pub(super) struct Account {
    config: SdkConfig,
    region: String,
    identity: Identity,
}

/// What distinguishes a run there from another one.
pub(super) fn settings(options: &SweepOptions) -> BTreeMap<String, String> {
    let deadline = options.delivery_deadline.unwrap_or(DELIVERY_DEADLINE);
    BTreeMap::from([(DEADLINE_SETTING.to_owned(), format!("{}ms", deadline.as_millis()))])
}

/// The setting that says how long a message was waited for; late lines are judged by it.
pub(crate) const DEADLINE_SETTING: &str = "delivery_deadline";

impl Account {
    /// Finds credentials and a region, and sees whether they are taken. Makes nothing.
    ///
    /// # Errors
    /// [`LabError::Usage`] when there is no region or no credentials, with where to put them.
    pub(super) async fn reach() -> Result<Self, LabError> {
        let config = clients::ambient().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(LabError::Usage(
                "no AWS region is set: give AWS_REGION, or `region` in the profile".to_owned(),
            ));
        };
        let identity = Clients::new(&config, None).identity().await.map_err(|e| {
            LabError::Usage(format!(
                "no usable AWS credentials: {e}; `aws sts get-caller-identity` tries the same \
                 (AWS_PROFILE, SSO, AWS_ACCESS_KEY_ID and a machine's role are looked at)"
            ))
        })?;
        Ok(Self { config, region, identity })
    }

    pub(super) const fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// The account's number.
    pub(super) fn number(&self) -> &str {
        self.identity.account()
    }

    /// Where the calls go, where that is not AWS.
    pub(super) fn endpoint(&self) -> Option<&str> {
        self.config.endpoint_url()
    }

    pub(super) fn kind(&self) -> EndpointKind {
        self.endpoint().map_or(EndpointKind::Aws, kind)
    }
}

fn kind(endpoint: &str) -> EndpointKind {
    let address = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let is_here = ["127.", "localhost", "[::1]"].iter().any(|here| address.starts_with(here));
    if is_here { EndpointKind::Loopback } else { EndpointKind::Custom }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_by_its_kind_and_not_by_its_name() {
        assert_eq!(kind("http://127.0.0.1:4566"), EndpointKind::Loopback);
        assert_eq!(kind("http://localhost:4566/"), EndpointKind::Loopback);
        assert_eq!(kind("https://cloud.example:4566"), EndpointKind::Custom);
    }
}
