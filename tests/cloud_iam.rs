//! IAM, STS and the tagging API of local-cloud, through the real SDK.

use aws_sdk_iam::types::Tag;
use aws_sdk_resourcegroupstagging::types::TagFilter;

mod service_clients;
use service_clients::{code, start};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

#[tokio::test]
async fn a_role_lives_from_create_to_delete_with_its_policies() -> anyhow::Result<()> {
    let iam = aws_sdk_iam::Client::new(&start().await?);
    let tag = Tag::builder().key("run").value("r1").build()?;
    let create = iam.create_role().role_name("role").assume_role_policy_document(TRUST);
    let made = create.tags(tag).send().await?;
    let arn = "arn:aws:iam::000000000000:role/role";
    assert_eq!(made.role().map(aws_sdk_iam::types::Role::arn), Some(arn));

    let policy =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    iam.put_role_policy().role_name("role").policy_name("p").policy_document(policy).send().await?;
    let got = iam.get_role_policy().role_name("role").policy_name("p").send().await?;
    assert!(got.policy_document().starts_with("%7B%22Version%22"), "{}", got.policy_document());
    let names = iam.list_role_policies().role_name("role").send().await?;
    assert_eq!(names.policy_names(), ["p"]);
    assert_eq!(code(iam.delete_role().role_name("role").send().await), "DeleteConflict");

    let managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    iam.attach_role_policy().role_name("role").policy_arn(managed).send().await?;
    iam.delete_role_policy().role_name("role").policy_name("p").send().await?;
    assert_eq!(code(iam.delete_role().role_name("role").send().await), "DeleteConflict");
    iam.detach_role_policy().role_name("role").policy_arn(managed).send().await?;
    iam.delete_role().role_name("role").send().await?;
    assert_eq!(code(iam.get_role().role_name("role").send().await), "NoSuchEntity");
    Ok(())
}

#[tokio::test]
async fn wrong_roles_are_refused_with_the_services_codes() -> anyhow::Result<()> {
    let iam = aws_sdk_iam::Client::new(&start().await?);
    let create = |name: &str, document: &str| {
        iam.create_role().role_name(name).assume_role_policy_document(document).send()
    };
    create("role", TRUST).await?;
    assert_eq!(code(create("role", TRUST).await), "EntityAlreadyExists");
    assert_eq!(code(create("a role", TRUST).await), "ValidationError");
    assert_eq!(code(create("other", "{").await), "MalformedPolicyDocument");
    assert_eq!(code(create("other", "{}").await), "MalformedPolicyDocument");
    let policy = iam.delete_role_policy().role_name("role").policy_name("none");
    assert_eq!(code(policy.send().await), "NoSuchEntity");
    assert_eq!(code(iam.list_users().send().await), "InvalidAction");
    Ok(())
}

#[tokio::test]
async fn the_caller_is_the_account() -> anyhow::Result<()> {
    let sts = aws_sdk_sts::Client::new(&start().await?);
    let identity = sts.get_caller_identity().send().await?;
    assert_eq!(identity.account(), Some("000000000000"));
    assert_eq!(code(sts.get_session_token().send().await), "InvalidAction");
    Ok(())
}

#[tokio::test]
async fn resources_of_all_services_are_found_by_tag() -> anyhow::Result<()> {
    let config = start().await?;
    let sns = aws_sdk_sns::Client::new(&config);
    for (name, run) in [("a", "r1"), ("b", "r2")] {
        let tag = aws_sdk_sns::types::Tag::builder().key("run").value(run).build()?;
        sns.create_topic().name(name).tags(tag).send().await?;
    }
    sns.create_topic().name("untagged").send().await?;
    let kinesis = aws_sdk_kinesis::Client::new(&config);
    kinesis.create_stream().stream_name("s").shard_count(1).tags("run", "r1").send().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    logs.create_log_group().log_group_name("/g").tags("run", "r1").send().await?;

    let tagging = aws_sdk_resourcegroupstagging::Client::new(&config);
    let filter = TagFilter::builder().key("run").values("r1").build();
    let mut pages =
        tagging.get_resources().tag_filters(filter).into_paginator().page_size(2).send();
    let mut arns = Vec::new();
    while let Some(page) = pages.next().await {
        let list = page?.resource_tag_mapping_list.unwrap_or_default();
        arns.extend(list.into_iter().filter_map(|resource| resource.resource_arn));
    }
    let expected = [
        "arn:aws:kinesis:us-east-1:000000000000:stream/s",
        "arn:aws:logs:us-east-1:000000000000:log-group:/g",
        "arn:aws:sns:us-east-1:000000000000:a",
    ];
    assert_eq!(arns, expected);
    let wrong = tagging.get_resources().resources_per_page(1000).send().await;
    assert_eq!(code(wrong), "InvalidParameterException");
    assert_eq!(code(tagging.get_tag_keys().send().await), "UnknownOperationException");
    Ok(())
}
