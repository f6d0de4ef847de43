"""A local-cloud of its own for a test, and the functions that are put into it."""

import io
import json
import os
import subprocess
import time
import zipfile
from pathlib import Path

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
EVERYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)
PATIENCE_S = 60


class Cloud:
    """A running local-cloud; it ends with the block that it is made for."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        words = ["--listen=127.0.0.1:0", "--ready-format=json", "--exit-with-parent"]
        self.process = subprocess.Popen(
            [programs / "local-cloud", *words, "--enforce-iam", "--shard-poll-interval=50ms"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        ready = json.loads(self.process.stdout.readline())
        self.endpoint, self.region = ready["endpoint"], ready["region"]
        # Nothing of this machine's own configuration: neither a profile nor another endpoint.
        self.environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def __enter__(self) -> "Cloud":
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait()

    def archive(self, program: str) -> bytes:
        """A zip with one of the workspace's functions."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o755 << 16
            packed.writestr(entry, (self.programs / program).read_bytes())
        return archive.getvalue()


def request(target: dict, batch: str) -> str:
    """What the sender is asked: one message."""
    return json.dumps(
        {
            "batch": batch,
            "first_seq": 0,
            "schedule": {"closed": {"count": 1}},
            "warmup": False,
            "target": target,
            "payload_bytes": 1024,
            "work_ns": 0,
        }
    )


def until(what: str, look):
    """Looks again and again until there is what is waited for."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.01)
    raise SystemExit(f"{what} did not come about")
