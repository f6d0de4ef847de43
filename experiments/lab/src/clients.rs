//! The AWS SDK's clients: the only way in which the lab talks to a cloud.

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_types::retry::RetryConfig;

use crate::error::LabError;
use crate::record::Recorder;

/// One client per service.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Lambda, for everything but what is measured.
    pub lambda: aws_sdk_lambda::Client,
    /// Lambda, to invoke A: one attempt, however long it takes.
    pub invoke: aws_sdk_lambda::Client,
    /// SNS.
    pub sns: aws_sdk_sns::Client,
    /// Kinesis Data Streams.
    pub kinesis: aws_sdk_kinesis::Client,
    /// SQS.
    pub sqs: aws_sdk_sqs::Client,
    /// Step Functions.
    pub sfn: aws_sdk_sfn::Client,
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// STS.
    pub sts: aws_sdk_sts::Client,
    /// Resource Groups Tagging, which finds resources by their tags.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
}

/// Attempts of a control call, which may be repeated without harm.
const CONTROL_ATTEMPTS: u32 = 5;
/// The same in an account that others use, too: what they take of a rate is not there for us.
const ACCOUNT_ATTEMPTS: u32 = 6;

/// The configuration of an endpoint that takes any credentials and speaks plain HTTP. Nothing of
/// this machine's AWS configuration is read.
pub(crate) fn plain(endpoint: &str, region: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
            "local", "local", None,
        )))
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_max_attempts(CONTROL_ATTEMPTS))
        .build()
}

/// The configuration that the SDK finds by itself: environment, profile, SSO, a process, a role of
/// the machine; `AWS_ENDPOINT_URL` too. Control calls adapt to the rate that the account lets them.
pub(crate) async fn ambient() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(RetryConfig::adaptive().with_max_attempts(ACCOUNT_ATTEMPTS))
        .load()
        .await
}

/// Makes a service's client, which writes down what it sends where that is asked for.
macro_rules! client {
    ($service:ident, $config:expr, $recorder:expr) => {{
        let mut builder = $service::config::Builder::from($config);
        if let Some(recorder) = $recorder {
            builder = builder.interceptor(recorder.clone());
        }
        $service::Client::from_conf(builder.build())
    }};
}

impl Clients {
    pub(crate) fn new(config: &SdkConfig, recorder: Option<&Recorder>) -> Self {
        let once = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self {
            lambda: client!(aws_sdk_lambda, config, recorder),
            invoke: client!(aws_sdk_lambda, &once, recorder),
            sns: client!(aws_sdk_sns, config, recorder),
            kinesis: client!(aws_sdk_kinesis, config, recorder),
            sqs: client!(aws_sdk_sqs, config, recorder),
            sfn: client!(aws_sdk_sfn, config, recorder),
            logs: client!(aws_sdk_cloudwatchlogs, config, recorder),
            iam: client!(aws_sdk_iam, config, recorder),
            sts: client!(aws_sdk_sts, config, recorder),
            tagging: client!(aws_sdk_resourcegroupstagging, config, recorder),
        }
    }

    /// Whose resources these clients make. It is used to name them, and never written down:
    /// a run's files have a digest of the account at the most.
    ///
    /// # Errors
    /// When STS does not say it: the credentials are missing, expired or wrong.
    pub(crate) async fn identity(&self) -> Result<Identity, LabError> {
        let caller = self
            .sts
            .get_caller_identity()
            .send()
            .await
            .map_err(LabError::service("ask for the account's number"))?;
        let region = self.sts.config().region().map_or("", |region| region.as_ref());
        let partition = caller.arn().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
        Ok(Identity {
            partition: partition.to_owned(),
            region: region.to_owned(),
            account: caller.account().unwrap_or_default().to_owned(),
        })
    }
}

/// What ARNs are made of beside a service and a resource.
#[derive(Clone, Debug)]
pub struct Identity {
    partition: String,
    region: String,
    account: String,
}

impl Identity {
    /// Of these parts.
    #[must_use]
    pub fn new(partition: &str, region: &str, account: &str) -> Self {
        let [partition, region, account] = [partition, region, account].map(str::to_owned);
        Self { partition, region, account }
    }

    /// The account's number.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// `aws`, or what it is called elsewhere.
    pub(crate) fn partition(&self) -> &str {
        &self.partition
    }

    /// The ARN of a resource of a service that has regions.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Self { partition, region, account } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
