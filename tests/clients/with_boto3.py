"""Drives a local-cloud with boto3, from the first role to the last deletion."""

import json

import boto3
import botocore.session
from botocore.exceptions import ClientError

from cloud import EVERYTHING, TRUST, Cloud, request, until
from response_check import Checker

NAMES = {"sync-invoke", "async-invoke", "sns", "kinesis", "sqs"}


def refused(code: str, call, **parameters) -> None:
    """A call that has to fail with a code of its service."""
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        if found != code:
            raise SystemExit(f"{parameters}: found {found}, expected {code}") from error
        return
    raise SystemExit(f"{parameters}: no error, expected {code}")


def drive(cloud: Cloud) -> Checker:
    """Does everything once; gives what was checked."""
    checker = Checker()
    session = botocore.session.Session()
    checker.watch(session)
    made = boto3.Session(
        aws_access_key_id="local",
        aws_secret_access_key="local",
        region_name=cloud.region,
        botocore_session=session,
    )
    names = ["iam", "lambda", "sns", "sqs", "kinesis", "logs", "sts"]
    c = {name: made.client(name, endpoint_url=cloud.endpoint) for name in names}
    tagging = made.client("resourcegroupstaggingapi", endpoint_url=cloud.endpoint)
    iam, functions, logs = c["iam"], c["lambda"], c["logs"]
    sns, sqs, kinesis = c["sns"], c["sqs"], c["kinesis"]
    tags = {"run": "clients"}
    pairs = [{"Key": "run", "Value": "clients"}]

    account = c["sts"].get_caller_identity()["Account"]
    role = iam.create_role(
        RoleName="handoff-r", AssumeRolePolicyDocument=TRUST, Description="a role", Tags=pairs
    )["Role"]["Arn"]
    iam.put_role_policy(RoleName="handoff-r", PolicyName="p", PolicyDocument=EVERYTHING)
    document = iam.get_role_policy(RoleName="handoff-r", PolicyName="p")["PolicyDocument"]
    assert document == json.loads(EVERYTHING), document
    boundary = iam.create_policy(PolicyName="handoff-b", PolicyDocument=EVERYTHING)["Policy"]["Arn"]
    iam.get_policy(PolicyArn=boundary)
    iam.attach_role_policy(RoleName="handoff-r", PolicyArn=boundary)
    iam.list_attached_role_policies(RoleName="handoff-r")
    iam.put_role_permissions_boundary(RoleName="handoff-r", PermissionsBoundary=boundary)
    iam.tag_role(RoleName="handoff-r", Tags=[{"Key": "more", "Value": "x"}])
    iam.untag_role(RoleName="handoff-r", TagKeys=["more"])
    assert iam.list_role_tags(RoleName="handoff-r")["Tags"] == pairs
    assert iam.get_role(RoleName="handoff-r")["Role"]["Arn"] == role
    assert [r["RoleName"] for r in iam.list_roles()["Roles"]] == ["handoff-r"]
    assert iam.list_role_policies(RoleName="handoff-r")["PolicyNames"] == ["p"]
    refused("NoSuchEntity", iam.get_role, RoleName="nobody")

    for name in ["sender", "receiver"]:
        group = f"/aws/lambda/handoff-{name}"
        logs.create_log_group(logGroupName=group, tags=tags)
        logs.put_retention_policy(logGroupName=group, retentionInDays=1)
        functions.create_function(
            FunctionName=f"handoff-{name}",
            Runtime="provided.al2023",
            Handler="bootstrap",
            Role=role,
            Timeout=30,
            Environment={"Variables": {"AWS_ENDPOINT_URL": cloud.endpoint}},
            Code={"ZipFile": cloud.archive(name)},
            Tags=tags,
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=f"handoff-{name}")
        functions.get_function(FunctionName=f"handoff-{name}")
    receiver = functions.get_function_configuration(FunctionName="handoff-receiver")["FunctionArn"]
    functions.list_functions()
    functions.get_account_settings()
    functions.update_function_configuration(FunctionName="handoff-sender", MemorySize=256)
    functions.update_function_code(FunctionName="handoff-sender", ZipFile=cloud.archive("sender"))
    functions.get_waiter("function_updated_v2").wait(FunctionName="handoff-sender")
    functions.put_function_concurrency(
        FunctionName="handoff-sender", ReservedConcurrentExecutions=5
    )
    functions.get_function_concurrency(FunctionName="handoff-sender")
    functions.delete_function_concurrency(FunctionName="handoff-sender")
    functions.put_function_event_invoke_config(
        FunctionName="handoff-receiver", MaximumRetryAttempts=0
    )
    functions.get_function_event_invoke_config(FunctionName="handoff-receiver")
    functions.delete_function_event_invoke_config(FunctionName="handoff-receiver")
    functions.list_tags(Resource=receiver)
    functions.tag_resource(Resource=receiver, Tags={"more": "x"})
    functions.untag_resource(Resource=receiver, TagKeys=["more"])
    refused("ResourceNotFoundException", functions.get_function, FunctionName="nobody")

    topic = sns.create_topic(Name="handoff-t", Tags=pairs)["TopicArn"]
    functions.add_permission(
        FunctionName="handoff-receiver",
        StatementId="sns",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic,
    )
    functions.get_policy(FunctionName="handoff-receiver")
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=receiver, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    sns.get_topic_attributes(TopicArn=topic)
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="t")
    sns.get_subscription_attributes(SubscriptionArn=subscription)
    sns.list_topics()
    sns.list_subscriptions()
    sns.list_subscriptions_by_topic(TopicArn=topic)
    sns.list_tags_for_resource(ResourceArn=topic)
    refused("NotFound", sns.get_topic_attributes, TopicArn=topic + "x")

    kinesis.create_stream(StreamName="handoff-s", ShardCount=1, Tags=tags)
    kinesis.get_waiter("stream_exists").wait(StreamName="handoff-s")
    stream = kinesis.describe_stream_summary(StreamName="handoff-s")
    stream = stream["StreamDescriptionSummary"]["StreamARN"]
    kinesis.list_streams()
    shard = kinesis.list_shards(StreamName="handoff-s")["Shards"][0]["ShardId"]
    kinesis.list_tags_for_stream(StreamName="handoff-s")
    kinesis.list_tags_for_resource(ResourceARN=stream)
    kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="c")
    kinesis.describe_stream_consumer(StreamARN=stream, ConsumerName="c")
    kinesis.list_stream_consumers(StreamARN=stream)
    kinesis.deregister_stream_consumer(StreamARN=stream, ConsumerName="c")
    kinesis.increase_stream_retention_period(StreamName="handoff-s", RetentionPeriodHours=48)
    refused("ResourceNotFoundException", kinesis.describe_stream, StreamName="nobody")

    url = sqs.create_queue(
        QueueName="handoff-q", Attributes={"VisibilityTimeout": "180"}, tags=tags
    )["QueueUrl"]
    assert sqs.get_queue_url(QueueName="handoff-q")["QueueUrl"] == url
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    queue = attributes["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    sqs.list_queues(QueueNamePrefix="handoff")
    sqs.list_queue_tags(QueueUrl=url)
    # botocore compares the digest of each message with the answer's.
    sqs.send_message(
        QueueUrl=url,
        MessageBody="one",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "x"}},
    )
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "two"}])
    for _ in range(2):
        received = sqs.receive_message(
            QueueUrl=url,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )["Messages"][0]
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=received["ReceiptHandle"], VisibilityTimeout=60
        )
        sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    # The code of the older query protocol, which clients see.
    refused("AWS.SimpleQueueService.NonExistentQueue", sqs.get_queue_url, QueueName="nobody")

    mappings = []
    for source, more in [(stream, {"StartingPosition": "TRIM_HORIZON"}), (queue, {})]:
        made = functions.create_event_source_mapping(
            EventSourceArn=source, FunctionName="handoff-receiver", Tags=tags, **more
        )
        mappings.append(made["UUID"])
        until(
            f"the mapping of {source}",
            lambda: functions.get_event_source_mapping(UUID=mappings[-1])["State"] == "Enabled",
        )
    pages = functions.get_paginator("list_event_source_mappings")
    listed = [
        mapping["UUID"]
        for page in pages.paginate(PaginationConfig={"PageSize": 1})
        for mapping in page["EventSourceMappings"]
    ]
    assert sorted(listed) == sorted(mappings), listed

    targets = [
        {"transport": "sync-invoke", "function": "handoff-receiver"},
        {"transport": "async-invoke", "function": "handoff-receiver"},
        {"transport": "sns", "topic_arn": topic},
        {"transport": "kinesis", "stream": "handoff-s"},
        {"transport": "sqs", "queue_url": url},
    ]
    assert {target["transport"] for target in targets} == NAMES
    for number, target in enumerate(targets, start=1):
        batch = f"{number:016x}"
        answer = functions.invoke(
            FunctionName="handoff-sender", Payload=request(target, batch), LogType="Tail"
        )
        summary = json.loads(answer["Payload"].read())
        assert summary["accepted"] == 1, (target, summary, answer.get("LogResult"))
        pattern = f'{{ $.batch = "{batch}" && $.handoff = "received" }}'
        until(
            f"the receiver's line of {target}",
            lambda: logs.filter_log_events(
                logGroupName="/aws/lambda/handoff-receiver", filterPattern=pattern
            )["events"],
        )

    sns.publish(TopicArn=topic, Message="{}")
    sns.publish_batch(
        TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "text"}]
    )
    kinesis.put_record(StreamName="handoff-s", Data=b"x", PartitionKey="k")
    kinesis.put_records(StreamName="handoff-s", Records=[{"Data": b"y", "PartitionKey": "k"}])
    iterator = kinesis.get_shard_iterator(
        StreamName="handoff-s", ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    assert kinesis.get_records(ShardIterator=iterator)["Records"]
    kinesis.describe_stream(StreamName="handoff-s")
    functions.invoke(FunctionName="handoff-receiver", InvocationType="DryRun")
    functions.invoke(FunctionName="handoff-receiver", InvocationType="Event", Payload="{}")

    logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")
    streams = logs.describe_log_streams(logGroupName="/aws/lambda/handoff-sender")["logStreams"]
    events = logs.get_log_events(
        logGroupName="/aws/lambda/handoff-sender",
        logStreamName=streams[0]["logStreamName"],
        startFromHead=True,
    )["events"]
    assert events, streams
    group = f"arn:aws:logs:{cloud.region}:{account}:log-group:/aws/lambda/handoff-sender"
    assert logs.list_tags_for_resource(resourceArn=group)["tags"] == tags
    logs.create_log_stream(logGroupName="/aws/lambda/handoff-sender", logStreamName="own")
    logs.put_log_events(
        logGroupName="/aws/lambda/handoff-sender",
        logStreamName="own",
        logEvents=[{"timestamp": events[0]["timestamp"], "message": "line"}],
    )

    pages = tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": "run", "Values": ["clients"]}], PaginationConfig={"PageSize": 3}
    )
    found = [
        resource["ResourceARN"] for page in pages for resource in page["ResourceTagMappingList"]
    ]
    assert len(found) == 9, found

    for uuid in mappings:
        functions.delete_event_source_mapping(UUID=uuid)
    sns.unsubscribe(SubscriptionArn=subscription)
    functions.remove_permission(FunctionName="handoff-receiver", StatementId="sns")
    for name in ["sender", "receiver"]:
        functions.delete_function(FunctionName=f"handoff-{name}")
        logs.delete_log_group(logGroupName=f"/aws/lambda/handoff-{name}")
    sns.delete_topic(TopicArn=topic)
    kinesis.delete_stream(StreamName="handoff-s", EnforceConsumerDeletion=True)
    kinesis.get_waiter("stream_not_exists").wait(StreamName="handoff-s")
    sqs.delete_queue(QueueUrl=url)
    iam.delete_role_permissions_boundary(RoleName="handoff-r")
    iam.detach_role_policy(RoleName="handoff-r", PolicyArn=boundary)
    iam.delete_role_policy(RoleName="handoff-r", PolicyName="p")
    iam.delete_policy(PolicyArn=boundary)
    iam.delete_role(RoleName="handoff-r")
    assert not tagging.get_resources()["ResourceTagMappingList"]
    return checker
