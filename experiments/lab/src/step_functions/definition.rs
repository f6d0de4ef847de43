//! What the state machine does, in the Amazon States Language.

use serde_json::{Value, json};

/// Lambda's error for an invocation beyond what may run at a time, as the integration names it. It
/// has begun nothing, so it alone is tried again.
const THROTTLED: &str = "Lambda.TooManyRequestsException";

/// A child workflow for each sender, all at the same time, and in each the sender's requests one
/// after the other.
///
/// Its input is `{"function": NAME, "senders": [[REQUEST, …], …]}`; its output has in the place of
/// each request `{"summary": A's answer, "throttled": how often it was tried again}`, or
/// `{"error": …, "cause": …}`. A request that fails does not end the others.
///
/// JSONPath, not JSONata: every engine has it.
#[must_use]
pub fn definition(partition: &str) -> Value {
    let send = json!({
        "Type": "Task",
        "Resource": format!("arn:{partition}:states:::lambda:invoke"),
        "Parameters": { "FunctionName.$": "$.function", "Payload.$": "$.request" },
        "ResultSelector": { "summary.$": "$.Payload", "throttled.$": "$$.State.RetryCount" },
        // As long as the lab itself would go on.
        "Retry": [{
            "ErrorEquals": [THROTTLED],
            "IntervalSeconds": 1,
            "BackoffRate": 1.0,
            "MaxAttempts": crate::drive::THROTTLED_FOR.as_secs(),
        }],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Failed" }],
        "End": true,
    });
    let requests = json!({
        "Type": "Map",
        "ItemsPath": "$.requests",
        "ItemSelector": { "function.$": "$.function", "request.$": "$$.Map.Item.Value" },
        "MaxConcurrency": 1,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "INLINE" },
            "StartAt": "Send",
            "States": {
                "Send": send,
                "Failed": {
                    "Type": "Pass",
                    "Parameters": { "error.$": "$.Error", "cause.$": "$.Cause" },
                    "End": true,
                },
            },
        },
        "End": true,
    });
    json!({
        "Comment": "Has the senders of a cell begin at the same time.",
        "StartAt": "Senders",
        "States": {
            "Senders": {
                "Type": "Map",
                "Label": "Senders",
                "ItemsPath": "$.senders",
                "ItemSelector": { "function.$": "$.function", "requests.$": "$$.Map.Item.Value" },
                "ItemProcessor": {
                    // Standard, because an express workflow ends after five minutes.
                    "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
                    "StartAt": "Requests",
                    "States": { "Requests": requests },
                },
                "End": true,
            },
        },
    })
}
