"""Holds the state machine's definition against the schema of the Amazon States Language that cfn-lint
ships, as part of a template.

Usage: python validate_definition.py SNAPSHOT

The snapshot has the recorded CreateStateMachine call. That the check can fail is shown first, by a
definition without what each of its states needs.
"""

import copy
import json
import sys
from pathlib import Path

from cfnlint.api import lint


def findings(definition: dict) -> list[str]:
    template = {
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::000000000000:role/handoff",
                    "Definition": definition,
                },
            }
        }
    }
    return [f"{match.rule.id} {match.message}" for match in lint(json.dumps(template))]


def states(machine: dict):
    """Every state, inner ones too."""
    for state in machine["States"].values():
        yield state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def main() -> int:
    text = Path(sys.argv[1]).read_text().split("---\n", 2)[2]
    calls = [json.loads(line) for line in text.splitlines() if line]
    [call] = [call for call in calls if call["operation"] == "CreateStateMachine"]
    definition = json.loads(call["body"]["definition"])

    count = len(list(states(definition)))
    for number in range(count):
        broken = copy.deepcopy(definition)
        state = list(states(broken))[number]
        state["Type"] = state["Type"].lower()
        if not findings(broken):
            print(f"a state of no known type is not found: {state}", file=sys.stderr)
            return 1

    found = findings(definition)
    for finding in found:
        print(finding, file=sys.stderr)
    print(f"the state machine's {count} states are as the schema has them, but for {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
