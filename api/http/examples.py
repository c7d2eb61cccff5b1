"""Examples of the OpenAPI document, made of its schemas and of the errors themselves."""

import json
from collections.abc import Mapping
from typing import Any, Final

from api.http.errors import ProblemResponse, problem_of
from shared.domain.errors import InkdexError

Schema = Mapping[str, Any]

BY_FORMAT: Final = {
    "date-time": "2026-11-28T03:00:00Z",
    "uuid": "0193a5c8-7b1e-7c3a-9d55-2f1b8e0c4a10",
}
BY_TYPE: Final[dict[str, Any]] = {"string": "text", "number": 1.0, "boolean": True, "null": None}


def example_of(schema: Schema, schemas: Mapping[str, Schema]) -> Any:  # noqa: ANN401 - JSON
    """Return a value of a schema: its own example or default, else one made of its parts.

    `schemas` are those that it refers to by name.
    """
    if "examples" in schema:
        return schema["examples"][0]
    for own in ("example", "const", "default"):
        if own in schema:
            return schema[own]
    if reference := schema.get("$ref"):
        return example_of(schemas[reference.rpartition("/")[2]], schemas)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    return _of_type(schema, schemas)


def _of_type(schema: Schema, schemas: Mapping[str, Schema]) -> Any:  # noqa: ANN401 - JSON
    match schema.get("type", "object"):
        case "object":
            fields: Mapping[str, Schema] = schema.get("properties", {})
            return {name: example_of(field, schemas) for name, field in fields.items()}
        case "array":
            items = schema.get("prefixItems") or [schema["items"]]
            return [example_of(each, schemas) for each in items]
        case "integer":
            return max(1, schema.get("minimum", 1))
        case type_:
            return BY_FORMAT.get(schema.get("format", ""), BY_TYPE[type_])


def problem_examples(*problems: InkdexError | ProblemResponse) -> dict[str, Any]:
    """Return examples of problems, by the last part of their types."""
    answers = [each if isinstance(each, ProblemResponse) else problem_of(each) for each in problems]
    bodies = [json.loads(bytes(answer.body)) for answer in answers]
    return {
        body["type"].rpartition(":")[2]: {"summary": body["title"], "value": body}
        for body in bodies
    }
