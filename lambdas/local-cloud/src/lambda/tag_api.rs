//! Tags of functions: TagResource, UntagResource, ListTags.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Function, validation};
use crate::error::ApiResult;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

pub(super) fn tag(function: &Arc<Function>, input: Input) -> ApiResult<()> {
    let mut settings = function.settings();
    let mut tags = settings.tags.clone();
    tags.extend(input.tags);
    validation::tags(&tags)?;
    settings.tags = tags;
    Ok(())
}

pub(super) fn untag(function: &Arc<Function>, keys: &[&str]) {
    function.settings().tags.retain(|key, _| !keys.contains(&key.as_str()));
}

pub(super) fn list(function: &Arc<Function>) -> Value {
    json!({ "Tags": function.tags() })
}
