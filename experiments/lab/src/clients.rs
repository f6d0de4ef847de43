//! The AWS SDK's clients: the only way in which the lab talks to a cloud.

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use aws_smithy_types::retry::RetryConfig;

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
    /// CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// IAM.
    pub iam: aws_sdk_iam::Client,
    /// STS.
    pub sts: aws_sdk_sts::Client,
}

/// Attempts of a control call, which may be repeated without harm.
const CONTROL_ATTEMPTS: u32 = 5;

impl Clients {
    /// Clients of an endpoint that takes any credentials and speaks plain HTTP. Nothing of this
    /// machine's AWS configuration is read.
    pub(crate) fn for_endpoint(endpoint: &str, region: &str) -> Self {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(Credentials::from_keys(
                "local", "local", None,
            )))
            .http_client(Builder::new().build_http())
            .retry_config(RetryConfig::standard().with_max_attempts(CONTROL_ATTEMPTS))
            .build();
        Self::new(&config)
    }

    fn new(config: &SdkConfig) -> Self {
        let once = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self {
            lambda: aws_sdk_lambda::Client::new(config),
            invoke: aws_sdk_lambda::Client::new(&once),
            sns: aws_sdk_sns::Client::new(config),
            kinesis: aws_sdk_kinesis::Client::new(config),
            sqs: aws_sdk_sqs::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
        }
    }
}
