//! The AWS account of the ambient credentials, or what `AWS_ENDPOINT_URL` puts in its place.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use store::EndpointKind;

use crate::cli::SweepOptions;
use crate::clients::{self, Clients, Identity};
use crate::collect::Pace;
use crate::error::LabError;

/// How long after A's last answer a message counts as lost, unless the options say otherwise: a
/// mapping of Kinesis may begin a minute late, and an asynchronous invoke that is throttled is tried
/// again for longer than that.
pub(super) const DELIVERY_DEADLINE: Duration = Duration::from_secs(90);

/// The same work at the pace of what stands for AWS near by, which has no such quota.
pub(super) const STAND_IN_PACE: Pace = Pace {
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(200),
    clock_slack: Duration::from_secs(1),
    lines_within: Duration::from_secs(1),
    requests_per_s: None,
    window: Some(Duration::from_secs(2)),
    ..Pace::ACCOUNT
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
        let elsewhere = services_elsewhere(&config);
        if !elsewhere.is_empty() {
            return Err(LabError::Usage(format!(
                "{} would be reached at an address that the others are not (AWS_ENDPOINT_URL_…, or \
                 `services` in the profile), which A and B do not learn of: unset it, or give \
                 AWS_ENDPOINT_URL, which holds for all",
                elsewhere.join(", ")
            )));
        }
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

/// The services that are used, by the ids by which the SDK finds what is set for one of them.
const SERVICES: [&str; 8] = [
    "Lambda",
    "SNS",
    "Kinesis",
    "SQS",
    "CloudWatch Logs",
    "IAM",
    "STS",
    "Resource Groups Tagging API",
];
/// Where all others are AWS's own, this one is, too; what stands in for AWS need not have it.
const STEP_FUNCTIONS: &str = "SFN";

/// The services that an address of their own takes away from the others: a run there would be in two
/// places.
fn services_elsewhere(config: &SdkConfig) -> Vec<&'static str> {
    let all = config.endpoint_url();
    let machine = all.is_none().then_some(STEP_FUNCTIONS);
    let is_elsewhere = |service: &&str| match (endpoint_of(config, service), all) {
        (None, _) => false,
        (Some(own), Some(all)) => own != all,
        (Some(own), None) => !is_of_aws(&own),
    };
    SERVICES.into_iter().chain(machine).filter(is_elsewhere).collect()
}

/// Where the SDK reaches a service, where that is set: for it alone or for all.
fn endpoint_of(config: &SdkConfig, service: &str) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    config.service_config()?.load_config(key)
}

/// Whether an address is one of AWS's, such as a VPC endpoint's.
fn is_of_aws(endpoint: &str) -> bool {
    const DOMAINS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];
    let host = endpoint.strip_prefix("https://").unwrap_or_default();
    let host = host.split(['/', ':']).next().unwrap_or_default();
    DOMAINS.iter().any(|domain| host.ends_with(domain))
}

fn kind(endpoint: &str) -> EndpointKind {
    let address = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let is_here = ["127.", "localhost", "[::1]"].iter().any(|here| address.starts_with(here));
    if is_here { EndpointKind::Loopback } else { EndpointKind::Custom }
}

#[cfg(test)]
mod tests {
    use aws_types::service_config::LoadServiceConfig;

    use super::*;

    /// What is set for one service, as the SDK asks for it.
    #[derive(Debug)]
    struct Set(BTreeMap<&'static str, &'static str>, Option<&'static str>);

    impl LoadServiceConfig for Set {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            assert_eq!((key.env(), key.profile()), ("AWS_ENDPOINT_URL", "endpoint_url"));
            self.0.get(key.service_id()).copied().or(self.1).map(str::to_owned)
        }
    }

    #[test]
    fn a_service_with_an_address_of_its_own_is_found() {
        let found = |all: Option<&'static str>, own: &[(&'static str, &'static str)]| {
            let set = Set(own.iter().copied().collect(), all);
            let mut config = SdkConfig::builder().service_config(set);
            config.set_endpoint_url(all.map(str::to_owned));
            services_elsewhere(&config.build())
        };
        let (here, there) = ("http://127.0.0.1:4566", "http://127.0.0.1:4567");
        assert_eq!(found(None, &[]), [""; 0]);
        assert_eq!(found(Some(here), &[]), [""; 0]);
        assert_eq!(found(Some(here), &[("SNS", here), ("SFN", there)]), [""; 0]);
        assert_eq!(found(Some(here), &[("SNS", there)]), ["SNS"]);
        let two = [("SFN", there), ("CloudWatch Logs", there)];
        assert_eq!(found(None, &two), ["CloudWatch Logs", "SFN"]);
        // By way of a VPC endpoint it is AWS all the same.
        let vpc = "https://vpce-1.logs.us-east-1.vpce.amazonaws.com";
        assert_eq!(found(None, &[("CloudWatch Logs", vpc)]), [""; 0]);
        let posing = "https://logs.amazonaws.com.example/";
        assert_eq!(found(None, &[("CloudWatch Logs", posing)]), ["CloudWatch Logs"]);
    }

    #[test]
    fn an_address_is_told_by_its_kind_and_not_by_its_name() {
        assert_eq!(kind("http://127.0.0.1:4566"), EndpointKind::Loopback);
        assert_eq!(kind("http://localhost:4566/"), EndpointKind::Loopback);
        assert_eq!(kind("https://cloud.example:4566"), EndpointKind::Custom);
    }
}
