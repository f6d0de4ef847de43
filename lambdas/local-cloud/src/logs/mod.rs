//! CloudWatch Logs (awsJson1.1): where the functions' lines go, and how the lab reads them.

mod filter_pattern;
mod group_api;
mod groups;
mod input;
mod read;
mod read_api;
mod stream;
mod tag_api;
mod write_api;

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::config::Config;
use crate::protocol::{Request, Response, aws_json};

pub(crate) use group_api::group_arn;
pub(crate) use groups::{Groups, LogGroup};
pub(crate) use stream::LogStream;

/// All log groups.
#[derive(Debug)]
pub(crate) struct Logs {
    groups: Arc<Groups>,
}

impl Logs {
    pub(crate) fn new(config: &Config) -> Self {
        Self { groups: Groups::new(config.log_retention_bytes) }
    }

    /// The stream, made together with its group where it is missing. To be kept by whoever writes
    /// to it, because finding it costs more than a line does.
    pub(crate) fn stream(&self, group: &str, stream: &str, now_ms: u64) -> Arc<LogStream> {
        self.groups.stream(group, stream, now_ms)
    }

    /// All groups, in order of their names.
    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }
}

/// Answers a request.
pub(crate) async fn handle(cloud: &Arc<Cloud>, request: Request) -> Response {
    let body = &request.body;
    match aws_json::operation(&request) {
        Some("CreateLogGroup") => input::answer(cloud, body, group_api::create),
        Some("DeleteLogGroup") => input::answer(cloud, body, group_api::delete),
        Some("DescribeLogGroups") => input::answer(cloud, body, group_api::describe),
        Some("PutRetentionPolicy") => input::answer(cloud, body, group_api::put_retention),
        Some("DeleteRetentionPolicy") => input::answer(cloud, body, group_api::delete_retention),
        Some("CreateLogStream") => input::answer(cloud, body, write_api::create_stream),
        Some("DeleteLogStream") => input::answer(cloud, body, write_api::delete_stream),
        Some("PutLogEvents") => input::answer(cloud, body, write_api::put_events),
        Some("DescribeLogStreams") => input::answer(cloud, body, read_api::describe_streams),
        Some("FilterLogEvents") => input::answer(cloud, body, read_api::filter_events),
        Some("GetLogEvents") => input::answer(cloud, body, read_api::get_events),
        Some("TagResource") => input::answer(cloud, body, tag_api::tag),
        Some("UntagResource") => input::answer(cloud, body, tag_api::untag),
        Some("ListTagsForResource") => input::answer(cloud, body, tag_api::list),
        Some("TagLogGroup") => input::answer(cloud, body, tag_api::tag_group),
        Some("UntagLogGroup") => input::answer(cloud, body, tag_api::untag_group),
        Some("ListTagsLogGroup") => input::answer(cloud, body, tag_api::list_group),
        other => aws_json::unknown_operation(other.unwrap_or("none")),
    }
}
