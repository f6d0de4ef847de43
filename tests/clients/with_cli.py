"""Drives a local-cloud with the AWS CLI, from the first role to the last deletion."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from cloud import EVERYTHING, TRUST, Cloud, request, until


def drive(cloud: Cloud) -> int:
    """Does everything once; gives how many commands were run."""
    program = Path(sys.executable).with_name("aws")
    count = 0

    def aws(*words: str) -> dict:
        nonlocal count
        count += 1
        # Not by AWS_ENDPOINT_URL alone: for SQS, the CLI of version 1 passes it over.
        command = [program, *words, "--output", "json", "--endpoint-url", cloud.endpoint]
        done = subprocess.run(command, env=cloud.environment, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"aws {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        for name in ["sender", "receiver"]:
            (files / f"{name}.zip").write_bytes(cloud.archive(name))
        aws("sts", "get-caller-identity")
        role = aws(
            "iam", "create-role", "--role-name", "handoff-cli",
            "--assume-role-policy-document", TRUST, "--tags", "Key=run,Value=cli",
        )["Role"]["Arn"]  # fmt: skip
        aws(
            "iam", "put-role-policy", "--role-name", "handoff-cli", "--policy-name", "p",
            "--policy-document", EVERYTHING,
        )  # fmt: skip
        variables = f"Variables={{AWS_ENDPOINT_URL={cloud.endpoint}}}"
        for name in ["sender", "receiver"]:
            aws("logs", "create-log-group", "--log-group-name", f"/aws/lambda/cli-{name}")
            arn = aws(
                "lambda", "create-function", "--function-name", f"cli-{name}",
                "--runtime", "provided.al2023", "--handler", "bootstrap", "--role", role,
                "--timeout", "30", "--environment", variables,
                "--zip-file", f"fileb://{files}/{name}.zip", "--tags", "run=cli",
            )["FunctionArn"]  # fmt: skip
            aws("lambda", "wait", "function-active-v2", "--function-name", f"cli-{name}")
        topic = aws("sns", "create-topic", "--name", "cli")["TopicArn"]
        aws(
            "lambda", "add-permission", "--function-name", "cli-receiver",
            "--statement-id", "sns", "--action", "lambda:InvokeFunction",
            "--principal", "sns.amazonaws.com", "--source-arn", topic,
        )  # fmt: skip
        aws(
            "sns", "subscribe", "--topic-arn", topic, "--protocol", "lambda",
            "--notification-endpoint", arn,
        )  # fmt: skip
        aws("kinesis", "create-stream", "--stream-name", "cli", "--shard-count", "1")
        aws("kinesis", "wait", "stream-exists", "--stream-name", "cli")
        stream = aws("kinesis", "describe-stream-summary", "--stream-name", "cli")
        stream = stream["StreamDescriptionSummary"]["StreamARN"]
        url = aws(
            "sqs", "create-queue", "--queue-name", "cli", "--attributes", "VisibilityTimeout=180"
        )["QueueUrl"]
        queue = aws(
            "sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn"
        )["Attributes"]["QueueArn"]
        mappings = []
        for source in [stream, queue]:
            words = ["--function-name", "cli-receiver", "--event-source-arn", source]
            if source == stream:
                words += ["--starting-position", "TRIM_HORIZON"]
            mappings.append(aws("lambda", "create-event-source-mapping", *words)["UUID"])
        targets = [
            {"transport": "sync-invoke", "function": "cli-receiver"},
            {"transport": "async-invoke", "function": "cli-receiver"},
            {"transport": "sns", "topic_arn": topic},
            {"transport": "kinesis", "stream": "cli"},
            {"transport": "sqs", "queue_url": url},
        ]
        for number, target in enumerate(targets, start=1):
            batch = f"{number:016x}"
            (files / "request.json").write_text(request(target, batch))
            aws(
                "lambda", "invoke", "--function-name", "cli-sender",
                "--payload", f"fileb://{files}/request.json", f"{files}/answer.json",
            )  # fmt: skip
            summary = json.loads((files / "answer.json").read_text())
            assert summary["accepted"] == 1, (target, summary)
            pattern = f'{{ $.batch = "{batch}" && $.handoff = "received" }}'
            until(
                f"the receiver's line of {target}",
                lambda: aws(
                    "logs", "filter-log-events", "--log-group-name", "/aws/lambda/cli-receiver",
                    "--filter-pattern", pattern,
                )["events"],
            )  # fmt: skip
        aws("sns", "publish", "--topic-arn", topic, "--message", "text")
        aws(
            "kinesis", "put-record", "--stream-name", "cli", "--partition-key", "k",
            "--data", "eA==",
        )  # fmt: skip
        aws("sqs", "send-message", "--queue-url", url, "--message-body", "text")
        found = aws("resourcegroupstaggingapi", "get-resources", "--tag-filters", "Key=run,Values=cli")
        assert len(found["ResourceTagMappingList"]) == 2, found
        assert aws("iam", "list-roles")["Roles"]
        for uuid in mappings:
            aws("lambda", "delete-event-source-mapping", "--uuid", uuid)
        for name in ["sender", "receiver"]:
            aws("lambda", "delete-function", "--function-name", f"cli-{name}")
            aws("logs", "delete-log-group", "--log-group-name", f"/aws/lambda/cli-{name}")
        aws("sns", "delete-topic", "--topic-arn", topic)
        aws("kinesis", "delete-stream", "--stream-name", "cli", "--enforce-consumer-deletion")
        aws("sqs", "delete-queue", "--queue-url", url)
        aws("iam", "delete-role-policy", "--role-name", "handoff-cli", "--policy-name", "p")
        aws("iam", "delete-role", "--role-name", "handoff-cli")
    return count
