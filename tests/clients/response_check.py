"""Checks answers against the services' models, more strictly than botocore's parsers do.

botocore drops what it does not know and takes what is missing for absent. Here every member of a raw
body must be one of the model's, and the parsed answer must have what the model requires, of the right
types.
"""

import json
from xml.etree import ElementTree

from botocore.validate import ParamValidator


class Checker:
    """Looks at every answer that a session gets, and keeps what was wrong with them."""

    def __init__(self) -> None:
        self.checked: dict[str, int] = {}
        self.wrong: list[str] = []

    def watch(self, session) -> None:
        """Registers with a session's events."""
        events = session.get_component("event_emitter")
        events.register_first("before-parse", self.raw)
        events.register_first("after-call", self.parsed)

    def raw(self, operation_model, response_dict, **_) -> None:
        """Compares a body with the shape of its operation, before it is parsed."""
        if response_dict["status_code"] >= 300:
            return
        where = f"{operation_model.service_model.service_name}.{operation_model.name}"
        shape, body = operation_model.output_shape, response_dict["body"]
        payload = shape.serialization.get("payload") if shape else None
        if payload and shape.members[payload].type_name in ("blob", "string"):
            return
        protocol = operation_model.service_model.resolved_protocol
        if protocol == "query":
            self.xml_answer(where, operation_model, ElementTree.fromstring(body))
        elif shape is None or not body:
            if body and json.loads(body):
                self.wrong.append(f"{where}: an answer where the model has none: {body[:100]!r}")
        else:
            self.json(where, shape, json.loads(body))

    def parsed(self, http_response, parsed, model, **_) -> None:
        """Validates a parsed answer as botocore validates what it sends."""
        where = f"{model.service_model.service_name}.{model.name}"
        if http_response.status_code >= 300:
            self.error(where, model, parsed)
            return
        self.checked[where] = self.checked.get(where, 0) + 1
        if model.output_shape is None:
            return
        answer = {k: v for k, v in parsed.items() if k != "ResponseMetadata"}
        # A stream is not read yet.
        payload = model.output_shape.serialization.get("payload")
        if payload and hasattr(answer.get(payload), "read"):
            del answer[payload]
        report = ParamValidator().validate(answer, model.output_shape)
        for problem in report.generate_report().splitlines():
            # Bounds hold for what is sent: the services themselves answer with no failed record and
            # with empty lists where their models want at least one.
            # And the policy documents in IAM's answers have been read by botocore already.
            is_document = problem.startswith("Invalid type") and "PolicyDocument," in problem
            if not problem.startswith(("Invalid length", "Invalid value")) and not is_document:
                self.wrong.append(f"{where}: {problem}")

    def error(self, where, model, parsed) -> None:
        """An error has a code, a message and a request's id."""
        error = parsed.get("Error", {})
        if not error.get("Code") or not error.get("Message"):
            self.wrong.append(f"{where}: an error without code or message: {parsed}")
        if not parsed["ResponseMetadata"].get("RequestId"):
            self.wrong.append(f"{where}: no request id: {parsed}")

    def json(self, where, shape, value) -> None:
        """Walks through a JSON value."""
        kind = shape.type_name
        if value is None:
            self.wrong.append(f"{where}: null")
        elif kind == "structure":
            if not isinstance(value, dict):
                self.wrong.append(f"{where}: {value!r} is no object")
                return
            names = {m.serialization.get("name", n): m for n, m in shape.members.items()}
            for name, inner in value.items():
                if name not in names:
                    self.wrong.append(f"{where}: {name} is no member of {shape.name}")
                else:
                    self.json(f"{where}.{name}", names[name], inner)
        elif kind == "list":
            for inner in value:
                self.json(f"{where}[]", shape.member, inner)
        elif kind == "map":
            for name, inner in value.items():
                self.json(f"{where}[{name}]", shape.value, inner)
        else:
            self.scalar(where, shape, value)

    def scalar(self, where, shape, value) -> None:
        """A value's JSON type, and whether an enumeration has it."""
        expected = {
            "string": str,
            "blob": str,
            "boolean": bool,
            "integer": int,
            "long": int,
            "float": (int, float),
            "double": (int, float),
            "timestamp": (int, float, str),
        }[shape.type_name]
        if not isinstance(value, expected) or (
            isinstance(value, bool) and shape.type_name != "boolean"
        ):
            self.wrong.append(f"{where}: {value!r} is no {shape.type_name}")
        choices = getattr(shape, "enum", None)
        if choices and value not in choices:
            self.wrong.append(f"{where}: {value!r} is none of {choices}")

    def xml_answer(self, where, model, root) -> None:
        """Takes the wrappers of the query protocol off."""
        shape = model.output_shape
        names = [local(child) for child in root]
        wrapper = shape.serialization.get("resultWrapper") if shape else None
        for name in names:
            if name not in (wrapper, "ResponseMetadata", f"{model.name}Result"):
                self.wrong.append(f"{where}: <{name}> is not expected")
        if "ResponseMetadata" not in names:
            self.wrong.append(f"{where}: no <ResponseMetadata>")
        for child in root:
            if shape is not None and local(child) == wrapper:
                self.xml(where, shape, child)

    def xml(self, where, shape, node) -> None:
        """Walks through an element."""
        kind = shape.type_name
        if kind == "structure":
            names = {m.serialization.get("name", n): m for n, m in shape.members.items()}
            seen = set()
            for child in node:
                name = local(child)
                if name not in names:
                    self.wrong.append(f"{where}: <{name}> is no member of {shape.name}")
                    continue
                if name in seen and not names[name].serialization.get("flattened"):
                    self.wrong.append(f"{where}: <{name}> stands there twice")
                seen.add(name)
                self.xml(f"{where}.{name}", names[name], child)
        elif kind == "list":
            for child in node:
                if local(child) != shape.member.serialization.get("name", "member"):
                    self.wrong.append(f"{where}: <{local(child)}> in a list")
                self.xml(f"{where}[]", shape.member, child)
        elif kind == "map":
            for child in node:
                if [local(inner) for inner in child] != ["key", "value"]:
                    self.wrong.append(f"{where}: an entry that is no key and value")
        elif kind == "boolean" and node.text not in ("true", "false"):
            self.wrong.append(f"{where}: {node.text!r} is no boolean")
        elif kind in ("integer", "long") and not (node.text or "").lstrip("-").isdigit():
            self.wrong.append(f"{where}: {node.text!r} is no {kind}")
        elif getattr(shape, "enum", None) and node.text not in shape.enum:
            self.wrong.append(f"{where}: {node.text!r} is none of {shape.enum}")


def local(node) -> str:
    """An element's name without its namespace."""
    return node.tag.rsplit("}", 1)[-1]
