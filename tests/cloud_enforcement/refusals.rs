//! What is refused beside calls: policies that cannot be evaluated, roles that Lambda cannot take on,
//! credentials that nobody gave out.

use serde_json::json;

use crate::service_clients::{code, serve, start};
use crate::world::{PREFIX, TRUST, World};

#[tokio::test]
async fn what_cannot_be_evaluated_is_refused_rather_than_passed_over() -> anyhow::Result<()> {
    let config = serve(local_cloud::Config { enforce_iam: true, ..Default::default() }).await?;
    let iam = aws_sdk_iam::Client::new(&config);
    let create = iam.create_role().role_name("r").assume_role_policy_document(TRUST);
    create.send().await?;
    let put = |condition: serde_json::Value| {
        let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Action": "*", "Resource": "*", "Condition": condition}});
        let put = iam.put_role_policy().role_name("r").policy_name("p");
        put.policy_document(document.to_string()).send()
    };
    put(json!({"StringLike": {"aws:RequestedRegion": "us-*"}})).await?;
    let time = json!({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}});
    assert_eq!(code(put(time.clone()).await), "MalformedPolicyDocument");
    let managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    let attach = iam.attach_role_policy().role_name("r").policy_arn(managed).send().await;
    assert_eq!(code(attach), "NoSuchEntity");

    // Without enforcement nobody asks them, and all are kept.
    let iam = aws_sdk_iam::Client::new(&start().await?);
    let create = iam.create_role().role_name("r").assume_role_policy_document(TRUST);
    create.send().await?;
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "*", "Resource": "*", "Condition": time}});
    let put = iam.put_role_policy().role_name("r").policy_name("p");
    put.policy_document(document.to_string()).send().await?;
    Ok(())
}

#[tokio::test]
async fn a_role_must_be_there_and_trust_lambda() -> anyhow::Result<()> {
    let world = World::start().await?;
    let missing = world.sender("arn:aws:iam::000000000000:role/nobody").await;
    assert!(format!("{:?}", missing.unwrap_err()).contains("cannot be assumed by Lambda"));
    let trust = TRUST.replace("lambda.amazonaws.com", "ec2.amazonaws.com");
    let create = world.iam.create_role().role_name("ec2").assume_role_policy_document(trust);
    let role = create.send().await?.role.unwrap();
    let wrong = world.receiver(role.arn()).await;
    assert!(format!("{:?}", wrong.unwrap_err()).contains("cannot be assumed by Lambda"));
    Ok(())
}

#[tokio::test]
async fn an_explicit_deny_is_told_from_what_nobody_allows() -> anyhow::Result<()> {
    let world = World::start().await?;
    let role = world.role("sender").await?;
    let policy = |effect: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": effect, "Action": "sqs:Send*", "Resource": "arn:aws:sqs:*:*:handoff-*"}]})
    };
    world.grant("sender", &policy("Allow")).await?;
    world.sender(&role).await?;
    let sources = world.sources().await?;
    let target = || sources.target(wire::Transport::Sqs);
    assert_eq!(world.send(target()).await?, None);
    world.grant("sender", &policy("Deny")).await?;
    let refusal = world.send(target()).await?.unwrap();
    assert!(refusal.contains("with an explicit deny in an identity-based policy"), "{refusal}");
    Ok(())
}

#[tokio::test]
async fn credentials_that_were_not_given_out_are_refused() -> anyhow::Result<()> {
    let config = serve(local_cloud::Config { enforce_iam: true, ..Default::default() }).await?;
    let forged = aws_credential_types::Credentials::new(
        "ASIALOCAL0123456789A",
        "secret",
        Some(PREFIX.to_owned()),
        None,
        "test",
    );
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(forged);
    let forged = config.into_builder().credentials_provider(provider).build();
    let sns = aws_sdk_sns::Client::new(&forged);
    assert_eq!(code(sns.list_topics().send().await), "InvalidClientTokenId");
    let kinesis = aws_sdk_kinesis::Client::new(&forged);
    assert_eq!(code(kinesis.list_streams().send().await), "UnrecognizedClientException");
    Ok(())
}
