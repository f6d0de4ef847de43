//! The lab's own roles: they let everything through, and without any one of their actions some call
//! is refused.

use lab::deploy::role_policies;
use serde_json::{Value, json};
use wire::Transport;

use crate::world::{PREFIX, Sources, World, function, identity};

/// The policy without one action, for each action that it has, with that action.
fn without_each(policy: &Value) -> Vec<(String, Value)> {
    let statements = policy["Statement"].as_array().unwrap();
    let mut all = Vec::new();
    for (index, statement) in statements.iter().enumerate() {
        let actions = match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            one => vec![one.clone()],
        };
        for action in &actions {
            let others: Vec<_> = actions.iter().filter(|other| *other != action).collect();
            let mut less = policy.clone();
            if others.is_empty() {
                less["Statement"].as_array_mut().unwrap().remove(index);
            } else {
                less["Statement"][index]["Action"] = json!(others);
            }
            all.push((action.as_str().unwrap().to_owned(), less));
        }
    }
    all
}

/// What the sender is refused, over all transports, and whether it logs.
async fn send(world: &World, sources: &Sources) -> anyhow::Result<Vec<String>> {
    let mut refused = Vec::new();
    let before = world.lines("sender").await?;
    for transport in Transport::ALL {
        refused.extend(world.send(sources.target(transport)).await?);
    }
    if world.lines("sender").await? == before {
        refused.push("no line of the sender".to_owned());
    }
    Ok(refused)
}

#[tokio::test]
async fn every_action_of_the_senders_role_is_needed_and_none_is_missing() -> anyhow::Result<()> {
    let world = World::start().await?;
    let policies = role_policies(&identity(), PREFIX, &Transport::ALL.into());
    let (sender, receiver) = (world.role("sender").await?, world.role("receiver").await?);
    world.grant("sender", &policies.sender).await?;
    world.grant("receiver", &policies.receiver).await?;
    world.sender(&sender).await?;
    world.receiver(&receiver).await?;
    let sources = world.sources().await?;
    assert_eq!(send(&world, &sources).await?, [""; 0]);

    let cases = without_each(&policies.sender);
    assert_eq!(cases.len(), 7, "two for logs, one for each transport");
    for (action, less) in cases {
        world.grant("sender", &less).await?;
        world.renew("sender", &action.replace(':', "-")).await?;
        let refused = send(&world, &sources).await?;
        assert!(!refused.is_empty(), "nobody misses {action}");
        if action.starts_with("logs:") {
            assert_eq!(refused, ["no line of the sender"], "without {action}");
            continue;
        }
        for refusal in refused {
            let named = format!("allows the {action} action");
            assert!(refusal.to_lowercase().contains(&named.to_lowercase()), "{action}: {refusal}");
            let session = function("sender");
            let user = format!("assumed-role/{PREFIX}-sender/{session} is not authorized");
            assert!(refusal.contains(&user), "{refusal}");
            let code = if action == "sns:Publish" { "AuthorizationError" } else { "AccessDenied" };
            assert!(refusal.contains(code), "{refusal}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_action_of_the_receivers_role_is_needed_and_none_is_missing() -> anyhow::Result<()> {
    let world = World::start().await?;
    let policies = role_policies(&identity(), PREFIX, &Transport::ALL.into());
    let role = world.role("receiver").await?;
    world.grant("receiver", &policies.receiver).await?;
    world.receiver(&role).await?;
    let sources = world.sources().await?;

    async fn receive(world: &World, sources: &Sources) -> anyhow::Result<Vec<String>> {
        let mut refused = Vec::new();
        for source in [&sources.stream, &sources.consumer, &sources.queue] {
            refused.extend(world.map(source).await?);
        }
        let before = world.lines("receiver").await?;
        let invoke = world.lambda.invoke().function_name(function("receiver"));
        invoke.send().await?;
        if world.lines("receiver").await? == before {
            refused.push("no line of the receiver".to_owned());
        }
        Ok(refused)
    }
    assert_eq!(receive(&world, &sources).await?, [""; 0]);

    let cases = without_each(&policies.receiver);
    assert_eq!(cases.len(), 12);
    for (action, less) in cases {
        world.grant("receiver", &less).await?;
        world.renew("receiver", &action.replace(':', "-")).await?;
        let refused = receive(&world, &sources).await?;
        let expected = match action.split(':').next() {
            Some("logs") => "no line of the receiver",
            Some("sqs") => "The provided execution role does not have permissions to call",
            _ => "Please ensure the role can perform",
        };
        assert!(!refused.is_empty(), "nobody misses {action}");
        for refusal in refused {
            assert!(refusal.contains(expected), "{action}: {refusal}");
        }
    }
    Ok(())
}

/// `docs/aws/boundary.json` bounds the roles: it lets all through that they need, and no more.
#[tokio::test]
async fn the_boundary_leaves_the_roles_what_they_need_and_takes_the_rest() -> anyhow::Result<()> {
    let path = testkit::programs::workspace().join("docs/aws/boundary.json");
    let boundary: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let everything = json!({"Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let world = World::start().await?;
    let policies = role_policies(&identity(), PREFIX, &Transport::ALL.into());
    let (sender, receiver) = (world.role("sender").await?, world.role("receiver").await?);
    world.grant("sender", &policies.sender).await?;
    world.grant("receiver", &policies.receiver).await?;
    world.sender(&sender).await?;
    world.receiver(&receiver).await?;
    let sources = world.sources().await?;

    let mut cases = vec![("".to_owned(), boundary.clone())];
    // local-cloud has no Step Functions, so that nobody here misses what a driver may do.
    let has_it = |(action, _): &(String, Value)| !action.starts_with("states:");
    cases.extend(without_each(&boundary).into_iter().filter(has_it));
    for (number, (without, document)) in cases.iter().enumerate() {
        let create = world.iam.create_policy().policy_name(format!("{PREFIX}-{number}"));
        let made = create.policy_document(document.to_string()).send().await?;
        let arn = made.policy().and_then(|policy| policy.arn()).unwrap();
        for side in ["sender", "receiver"] {
            let put = world.iam.put_role_permissions_boundary();
            let put = put.role_name(format!("{PREFIX}-{side}"));
            put.permissions_boundary(arn).send().await?;
            world.renew(side, &number.to_string()).await?;
        }
        let mut refused = send(&world, &sources).await?;
        for source in [&sources.stream, &sources.consumer, &sources.queue] {
            refused.extend(world.map(source).await?);
        }
        assert_eq!(refused.is_empty(), without.is_empty(), "without {without:?}: {refused:?}");
    }

    // Even a role that is granted everything reaches nothing outside.
    let create = world.iam.create_policy().policy_name("whole");
    let made = create.policy_document(boundary.to_string()).send().await?;
    let arn = made.policy().and_then(|policy| policy.arn()).unwrap();
    let put = world.iam.put_role_permissions_boundary().role_name(format!("{PREFIX}-sender"));
    put.permissions_boundary(arn).send().await?;
    world.grant("sender", &everything).await?;
    let topic = world.sns.create_topic().name("elsewhere").send().await?.topic_arn.unwrap();
    let refusal = world.send(wire::Target::Sns { topic_arn: topic }).await?.unwrap();
    assert!(refusal.contains("because no permissions boundary allows"), "{refusal}");
    Ok(())
}
