//! Making, changing, listing and deleting functions, and what belongs to them.

use std::collections::HashMap;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    Architecture, Environment, FunctionCode, LogFormat, LoggingConfig, PackageType, State,
};
use serde_json::{Value, json};
use testkit::functions::archive;

use crate::service_clients::code;
use crate::with_function;

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

#[tokio::test]
async fn a_function_is_there_until_it_is_deleted() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    let got = lambda.get_function().function_name("f").send().await?;
    let configuration = got.configuration().cloned();
    let made = lambda.get_function_configuration().function_name(ARN).send().await?;
    assert_eq!(made.function_arn(), Some(ARN));
    assert_eq!(made.state(), Some(&State::Active));
    assert_eq!((made.timeout(), made.memory_size()), (Some(60), Some(128)));
    assert_eq!(made.architectures(), [Architecture::X8664]);
    assert_eq!(configuration.and_then(|c| c.code_sha256), made.code_sha256);
    assert_eq!(code(functions.request("f").send().await), "ResourceConflictException");

    lambda.delete_function().function_name("f").send().await?;
    let missing = "ResourceNotFoundException";
    assert_eq!(code(lambda.get_function().function_name("f").send().await), missing);
    assert_eq!(code(lambda.delete_function().function_name("f").send().await), missing);
    assert_eq!(code(functions.invoke("f", &json!({})).send().await), missing);
    functions.create("f").await?;
    Ok(())
}

#[tokio::test]
async fn functions_are_listed_in_pages() -> anyhow::Result<()> {
    let functions = with_function().await?;
    for name in ["g", "e", "h"] {
        functions.create(name).await?;
    }
    let first = functions.lambda.list_functions().max_items(3).send().await?;
    assert_eq!(first.functions().len(), 3);
    assert!(first.next_marker().is_some());
    let pages = functions.lambda.list_functions().into_paginator().page_size(3);
    let all: Vec<_> = pages.items().send().collect::<Result<Vec<_>, _>>().await?;
    let names: Vec<_> = all.iter().filter_map(|function| function.function_name()).collect();
    assert_eq!(names, ["e", "f", "g", "h"]);
    Ok(())
}

#[tokio::test]
async fn a_changed_configuration_holds_from_the_next_invocation_on() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    let before = functions.answer("f", &json!({ "do": "who" })).await?;
    let revision = lambda.get_function_configuration().function_name("f").send().await?.revision_id;
    let variables = Environment::builder().variables("COLOUR", "red").build();
    let update = || lambda.update_function_configuration().function_name("f");
    let updated = update()
        .environment(variables)
        .memory_size(512)
        .timeout(30)
        .description("d")
        .set_revision_id(revision.clone())
        .send()
        .await?;
    assert_eq!((updated.memory_size(), updated.timeout()), (Some(512), Some(30)));
    assert_ne!(updated.revision_id, revision);
    let stale = update().description("e").set_revision_id(revision).send().await;
    assert_eq!(code(stale), "PreconditionFailedException");

    let seen = functions.answer("f", &json!({ "do": "variables" })).await?;
    assert_eq!(
        (&seen["COLOUR"], &seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]),
        (&json!("red"), &json!("512"))
    );
    let after = functions.answer("f", &json!({ "do": "who" })).await?;
    assert_ne!(before["pid"], after["pid"]);
    Ok(())
}

#[tokio::test]
async fn changed_code_runs_from_the_next_invocation_on() -> anyhow::Result<()> {
    let functions = with_function().await?;
    functions.answer("f", &json!({ "do": "who" })).await?;
    let other = archive("bootstrap", b"#!/bin/sh\nexit 7\n")?;
    let update = || functions.lambda.update_function_code().function_name("f");
    let tried = update().zip_file(other.clone()).dry_run(true).send().await?;
    functions.answer("f", &json!({ "do": "who" })).await?;
    let updated = update().zip_file(other).send().await?;
    assert_eq!(updated.code_sha256, tried.code_sha256);
    let output = functions.invoke("f", &json!({ "do": "who" })).send().await?;
    assert_eq!(output.function_error(), Some("Unhandled"));
    assert_eq!(
        code(update().zip_file(Blob::new("no zip")).send().await),
        "InvalidParameterValueException"
    );
    Ok(())
}

#[tokio::test]
async fn wrong_settings_are_refused_and_leave_nothing_behind() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let with = || functions.request("g");
    let (model, value) = ("ValidationException", "InvalidParameterValueException");
    let zip = |bytes: &[u8]| FunctionCode::builder().zip_file(Blob::new(bytes)).build();
    let reserved = Environment::builder().variables("AWS_REGION", "mars").build();
    let large = Environment::builder().variables("LARGE", "x".repeat(4096)).build();
    let cases = [
        (with().role("no role"), model),
        (with().role("arn:aws:iam::000000000000:user/u"), model),
        (with().memory_size(127), model),
        (with().memory_size(10_241), model),
        (with().timeout(0), model),
        (with().timeout(901), model),
        (with().handler("with space"), model),
        (with().function_name("no name"), model),
        (with().description("d".repeat(257)), model),
        (with().architectures(Architecture::Arm64).architectures(Architecture::X8664), model),
        (with().runtime("python3.13".into()), value),
        (with().package_type(PackageType::Image), value),
        (with().code(zip(b"no zip")), value),
        (with().code(FunctionCode::builder().s3_bucket("b").s3_key("k").build()), value),
        (with().environment(reserved), value),
        (with().environment(large), value),
        (with().tags("aws:k", "v"), value),
    ];
    for (place, (request, expected)) in cases.into_iter().enumerate() {
        assert_eq!(code(request.send().await), expected, "case {place}");
    }
    let no_bootstrap = FunctionCode::builder().zip_file(archive("main", b"")?).build();
    assert_eq!(code(with().code(no_bootstrap).send().await), value);
    let list = functions.lambda.list_functions().send().await?;
    assert_eq!(list.functions().len(), 1);
    functions.create("g").await?;
    Ok(())
}

#[tokio::test]
async fn a_policy_has_the_permissions_that_were_added() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    let policy = || lambda.get_policy().function_name("f").send();
    assert_eq!(code(policy().await), "ResourceNotFoundException");
    let add = |id: &str, action: &str| {
        let add = lambda.add_permission().function_name("f").statement_id(id).action(action);
        add.principal("sns.amazonaws.com").source_arn("arn:aws:sns:us-east-1:000000000000:t").send()
    };
    let added = add("one", "lambda:InvokeFunction").await?;
    let statement: Value = serde_json::from_str(added.statement().unwrap_or_default())?;
    assert_eq!(statement["Principal"], json!({ "Service": "sns.amazonaws.com" }));
    assert_eq!(statement["Resource"], ARN);
    assert_eq!(code(add("one", "lambda:InvokeFunction").await), "ResourceConflictException");
    assert_eq!(code(add("no id", "lambda:InvokeFunction").await), "ValidationException");
    assert_eq!(code(add("two", "s3:GetObject").await), "ValidationException");
    add("two", "lambda:InvokeFunction").await?;

    let whole: Value = serde_json::from_str(policy().await?.policy().unwrap_or_default())?;
    assert_eq!(whole["Statement"].as_array().map(Vec::len), Some(2));
    assert_eq!(whole["Statement"][0], statement);
    let remove = |id: &str| lambda.remove_permission().function_name("f").statement_id(id).send();
    remove("one").await?;
    assert_eq!(code(remove("one").await), "ResourceNotFoundException");
    remove("two").await?;
    assert_eq!(code(policy().await), "ResourceNotFoundException");
    Ok(())
}

#[tokio::test]
async fn tags_are_kept_with_the_function() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let lambda = &functions.lambda;
    lambda.tag_resource().resource(ARN).tags("a", "1").tags("b c", "2").send().await?;
    lambda.tag_resource().resource(ARN).tags("a", "3").send().await?;
    let list = lambda.list_tags().resource(ARN).send().await?;
    let expected = HashMap::from([("a".to_owned(), "3".to_owned()), ("b c".into(), "2".into())]);
    assert_eq!(list.tags(), Some(&expected));
    assert_eq!(lambda.get_function().function_name("f").send().await?.tags(), Some(&expected));
    lambda.untag_resource().resource(ARN).tag_keys("a").tag_keys("b c").send().await?;
    let list = lambda.list_tags().resource(ARN).send().await?;
    assert_eq!(list.tags().map(HashMap::len), Some(0));
    let reserved = lambda.tag_resource().resource(ARN).tags("aws:k", "v").send().await;
    assert_eq!(code(reserved), "InvalidParameterValueException");
    let missing = lambda.list_tags().resource(format!("{ARN}x")).send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
    Ok(())
}

#[tokio::test]
async fn a_function_may_log_as_json_into_a_group_of_its_choice() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let logging =
        LoggingConfig::builder().log_format(LogFormat::Json).log_group("/aws/lambda/there");
    functions.request("g").logging_config(logging.build()).send().await?;
    functions.answer("g", &json!({ "do": "who" })).await?;
    let records = testkit::functions::until("a platform.report", async || {
        let lines = functions.log_lines("there").await?;
        let records = lines.iter().map(|line| serde_json::from_str(line));
        let records = records.collect::<Result<Vec<Value>, _>>()?;
        Ok(records.iter().any(|r| r["type"] == "platform.report").then_some(records))
    })
    .await?;
    assert_eq!(records[0]["type"], "platform.start");
    assert_eq!(records.last().map(|r| &r["record"]["status"]), Some(&json!("success")));
    assert!(functions.log_lines("g").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn an_unknown_operation_is_refused() -> anyhow::Result<()> {
    let functions = with_function().await?;
    let layers = functions.lambda.list_layers().send().await;
    assert_eq!(code(layers), "UnknownOperationException");
    Ok(())
}
