"""Holds the recorded control calls against the models of the services that botocore ships.

Usage: python validate_calls.py SNAPSHOT...

Each call is turned back from its wire form (JSON, REST-JSON or Query) into the operation's
parameters, by the model, and checked by botocore's own validator: names, types, required members and
ranges. A parameter that the model does not know is an error.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import botocore.session
from botocore.validate import ParamValidator

# The SDK's names of the services, and botocore's.
SERVICES = {
    "CloudWatch Logs": "logs",
    "IAM": "iam",
    "Kinesis": "kinesis",
    "Lambda": "lambda",
    "Resource Groups Tagging API": "resourcegroupstaggingapi",
    "SFN": "stepfunctions",
    "SNS": "sns",
    "SQS": "sqs",
    "STS": "sts",
}


def scalar(shape, text):
    """A parameter that was sent as text."""
    match shape.type_name:
        case "integer" | "long":
            return int(text)
        case "boolean":
            return {"true": True, "false": False}[text]
        case _:
            return text


def from_form(shape, form: dict[str, str], prefix: str):
    """Parameters of the Query protocol: flattened names such as `Tags.member.1.Key`."""
    if shape.type_name == "structure":
        value = {}
        for name, member in shape.members.items():
            wire = member.serialization.get("name", name)
            key = f"{prefix}.{wire}" if prefix else wire
            if key in form or any(k.startswith(key + ".") for k in form):
                value[name] = from_form(member, form, key)
        return value
    if shape.type_name == "list":
        at = prefix if shape.serialization.get("flattened") else f"{prefix}.member"
        numbers = sorted({int(k[len(at) + 1 :].split(".")[0]) for k in form if k.startswith(at + ".")})
        return [from_form(shape.member, form, f"{at}.{n}") for n in numbers]
    if shape.type_name == "map":
        at = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
        numbers = sorted({int(k[len(at) + 1 :].split(".")[0]) for k in form if k.startswith(at + ".")})
        return {form[f"{at}.{n}.key"]: form[f"{at}.{n}.value"] for n in numbers}
    return scalar(shape, form.pop(prefix))


def keys_of_form(shape, value, prefix: str) -> int:
    """How many names of a form a value stands for; what is over was not known to the model."""
    if shape.type_name == "structure":
        return sum(keys_of_form(shape.members[k], v, "") for k, v in value.items())
    if shape.type_name == "list":
        return sum(keys_of_form(shape.member, v, "") for v in value)
    if shape.type_name == "map":
        return 2 * len(value)
    return 1


def from_json(shape, value):
    """Parameters in JSON, under their names on the wire."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure":
        names = {m.serialization.get("name", name): name for name, m in shape.members.items()}
        unknown = set(value) - set(names)
        if unknown:
            raise ValueError(f"{shape.name} has no {sorted(unknown)}")
        return {names[k]: from_json(shape.members[names[k]], v) for k, v in value.items()}
    if shape.type_name == "list":
        return [from_json(shape.member, v) for v in value]
    if shape.type_name == "map":
        return {k: from_json(shape.value, v) for k, v in value.items()}
    return value


def parameters(model, operation, call: dict) -> dict:
    shape = operation.input_shape
    body = call["body"] or {}
    protocol = model.metadata["protocol"]
    if protocol == "query":
        form = dict(body)
        assert form.pop("Action") == operation.name and form.pop("Version") == model.api_version
        total = len(form)
        value = from_form(shape, form, "") if shape else {}
        known = keys_of_form(shape, value, "") if shape else 0
        if known != total:
            raise ValueError(f"{total - known} parameters are not known: {sorted(body)}")
        return value
    if protocol == "json":
        return from_json(shape, body)
    # rest-json: path, query and body.
    url = urlsplit(call["uri"])
    template = operation.http["requestUri"].split("?")[0]
    pattern = re.sub(r"\\\{(\w+)(?:\\\+)?\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    path = re.fullmatch(pattern, url.path)
    if not path or operation.http["method"] != call["method"]:
        raise ValueError(f"{call['method']} {url.path} is not {operation.http}")
    value = {}
    query = dict(parse_qsl(url.query))
    for name, member in shape.members.items():
        wire = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                value[name] = scalar(member, unquote(path[wire]))
            case "querystring" if wire in query:
                value[name] = scalar(member, query.pop(wire))
    if query:
        raise ValueError(f"{operation.name} has no {sorted(query)}")
    return value | from_json(shape, body)


def main() -> int:
    session = botocore.session.get_session()
    models, validator, seen, wrong = {}, ParamValidator(), set(), 0
    for snapshot in sys.argv[1:]:
        text = Path(snapshot).read_text().split("---\n", 2)[2]
        for line in filter(None, text.splitlines()):
            call = json.loads(line)
            service, name = SERVICES[call["service"]], call["operation"]
            if service not in models:
                models[service] = session.get_service_model(service)
            seen.add(f"{service}:{name}")
            try:
                operation = models[service].operation_model(name)
                value = parameters(models[service], operation, call)
                report = validator.validate(value, operation.input_shape) if operation.input_shape else None
                problem = report.generate_report() if report and report.has_errors() else ""
            except (ValueError, KeyError, AssertionError) as e:
                problem = f"{type(e).__name__} {e}"
            if problem:
                wrong += 1
                print(f"{service} {name}: {problem}", file=sys.stderr)
    print(f"{len(seen)} operations are as botocore's models have them, but for {wrong} calls")
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
