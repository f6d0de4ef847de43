"""Drives local-cloud with boto3 and the AWS CLI, and lints the policies of docs/aws.

Usage: python test_clients.py PROGRAMS

PROGRAMS is the folder of the workspace's binaries. Exits with 0 when all went through, every answer
was as its service's model has it, and the linter has no findings.
"""

import sys
from pathlib import Path

import parliament

import with_boto3
import with_cli
from cloud import Cloud

# Actions that are younger than the linter's list of them (API reference of Kinesis, TagResource).
YOUNGER = {"kinesis:TagResource"}
# The linter wants every kind of resource that an action may have. Ours are executions of standard
# workflows, none of express ones, and listed by their state machine, not by a map run (Service
# Authorization Reference, "Actions, resources, and condition keys for AWS Step Functions").
NOT_OURS = [
    {
        "action": "states:DescribeExecution",
        "required_format": "arn:*:states:*:*:express:*:*:*",
    },
    {
        "action": "states:ListExecutions",
        "required_format": "arn:*:states:*:*:mapRun:*/*:*",
    },
]
POLICIES = Path(__file__).parents[2] / "docs" / "aws"


def lint() -> int:
    """Lints the policies; gives how many there are."""
    policies = sorted(POLICIES.glob("*.json"))
    for path in policies:
        found = parliament.analyze_policy_string(path.read_text())
        findings = [
            str(finding)
            for finding in found.findings
            if not (
                finding.issue == "UNKNOWN_ACTION" and any(a in finding.detail for a in YOUNGER)
                or finding.issue == "RESOURCE_MISMATCH" and all(d in NOT_OURS for d in finding.detail)
            )
        ]
        if findings:
            sys.exit(f"{path.name}: {findings}")
    return len(policies)


def main(programs: Path) -> None:
    """Everything, one after the other."""
    policies = lint()
    with Cloud(programs) as cloud:
        checker = with_boto3.drive(cloud)
    if checker.wrong:
        sys.exit("\n".join(checker.wrong))
    with Cloud(programs) as cloud:
        commands = with_cli.drive(cloud)
    answers = sum(checker.checked.values())
    print(f"{answers} answers of {len(checker.checked)} operations are as the models have them")
    print(f"{commands} commands of the AWS CLI went through")
    print(f"{policies + len(checker.checked) + commands} passed, 0 failed")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
