//! All services of one local cloud.

use crate::config::Config;
use crate::injected_delay::DelayLine;
use crate::timer::Timer;
use crate::{clock, event_source_mapping, iam, kinesis, lambda, logs, sns, sqs};

/// The state of all services. Each locks its own, and none holds a lock while it waits.
#[derive(Debug)]
pub(crate) struct Cloud {
    pub(crate) config: Config,
    pub(crate) lambda: lambda::Lambda,
    pub(crate) logs: logs::Logs,
    pub(crate) sns: sns::Sns,
    pub(crate) sqs: sqs::Sqs,
    pub(crate) kinesis: kinesis::Kinesis,
    pub(crate) mappings: event_source_mapping::Mappings,
    pub(crate) iam: iam::Iam,
    /// What delays deliveries, in tests of what measures them.
    pub(crate) delay_line: Option<DelayLine>,
}

impl Cloud {
    /// A cloud with nothing in it.
    ///
    /// # Errors
    /// When the folder for function code cannot be made, or a thread cannot be started.
    pub(crate) fn new(config: Config) -> std::io::Result<Self> {
        let delay_line = config.injected_delay.clone().map(DelayLine::new).transpose()?;
        let timer = delay_line.as_ref().map_or_else(Timer::default, |line| line.timer.clone());
        Ok(Self {
            lambda: lambda::Lambda::new(&config)?,
            logs: logs::Logs::new(&config),
            sns: sns::Sns::new(&config),
            sqs: sqs::Sqs::new(&config, timer),
            kinesis: kinesis::Kinesis::new(&config),
            mappings: event_source_mapping::Mappings::new(&config),
            iam: iam::Iam::new(&config),
            delay_line,
            config,
        })
    }

    /// The ARN of a resource in this account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.config.region, self.config.account)
    }

    /// The services' wall clock, in milliseconds since the epoch.
    #[expect(clippy::unused_self, reason = "the clock belongs to the cloud, not to its users")]
    pub(crate) fn now_ms(&self) -> u64 {
        clock::now_ms()
    }

    /// The longest that log lines are kept, in milliseconds, whatever their group says.
    #[expect(clippy::unused_self, reason = "a setting of the cloud, though it is fixed today")]
    pub(crate) fn log_retention_ms(&self) -> u64 {
        24 * 3_600_000
    }
}
