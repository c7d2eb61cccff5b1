"""The OpenAPI document: every operation, parameter, field and answer is named and described.

Client libraries are made from it: the name of an operation becomes the name of a method.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.app import create_app
from api.http.examples import example_of

Schema = Mapping[str, Any]
UNNAMED = ("304", "204")
"""Answers without a body."""


@cache
def document() -> dict[str, Any]:
    return create_app().openapi()


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS = dict(operations())
SCHEMAS: dict[str, Schema] = document()["components"]["schemas"]


@pytest.fixture(params=OPERATIONS, ids=str)
def operation(request: pytest.FixtureRequest) -> dict[str, Any]:
    return OPERATIONS[request.param]


def has_sentence(schema: Schema) -> bool:
    """Return whether a schema, or the one it refers to, has a description."""
    name = schema.get("$ref", "").rpartition("/")[2]
    text: str = schema.get("description") or SCHEMAS.get(name, {}).get("description", "")
    return text.rstrip().endswith((".", ":"))


def examples(operation: Schema) -> Iterator[tuple[str, Schema, Any]]:
    """Yield the examples of all answers, with status and schema."""
    for status, answer in operation["responses"].items():
        for content in answer.get("content", {}).values():
            if "example" in content:
                yield status, content["schema"], content["example"]
            for each in content.get("examples", {}).values():
                yield status, content["schema"], each["value"]


def test_names_are_unique_and_names_of_methods() -> None:
    names = Counter(each["operationId"] for each in OPERATIONS.values())
    assert not [name for name, count in names.items() if count > 1]
    assert not [name for name in names if not name.isidentifier() or name != name.lower()]


def test_no_two_schemas_have_the_same_name() -> None:
    assert not [name for name in SCHEMAS if "__" in name]


def test_an_operation_is_described_and_has_a_described_tag(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    tags = {each["name"] for each in document()["tags"] if each["description"]}
    assert set(operation["tags"]) <= tags, "describe the tag in api/http/openapi.py"
    assert len(operation["tags"]) == 1


def test_each_parameter_is_described(operation: dict[str, Any]) -> None:
    parameters = operation.get("parameters", [])
    assert not [each["name"] for each in parameters if not has_sentence(each)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_field_is_described(name: str) -> None:
    fields = SCHEMAS[name].get("properties", {})
    assert not [each for each, schema in fields.items() if not has_sentence(schema)]
    assert has_sentence(SCHEMAS[name])


def test_each_answer_has_an_example(operation: dict[str, Any]) -> None:
    having = {status for status, _, _ in examples(operation)}
    lacking = set(operation["responses"]) - having - set(UNNAMED)
    assert not lacking, "name the errors in described(), or the example of what is not JSON"


def test_each_example_is_valid(operation: dict[str, Any]) -> None:
    for status, schema, example in examples(operation):
        whole = {**schema, "components": document()["components"]}
        errors = [each.message for each in Draft202012Validator(whole).iter_errors(example)]
        assert not errors, (status, example)


def test_the_example_of_an_error_has_its_status(operation: dict[str, Any]) -> None:
    for status, schema, example in examples(operation):
        if schema.get("$ref", "").endswith("/Problem"):
            assert str(example["status"]) == status


def test_operations_need_a_key_but_for_what_is_public() -> None:
    assert document()["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document()["security"] == [{"key": []}]
    public = [name for name, each in OPERATIONS.items() if each.get("security") == []]
    assert public == ["GET /livez", "GET /readyz"]
    assert not {"401", "403"} & set(OPERATIONS["GET /livez"]["responses"])


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "string", "format": "date-time"}, "2026-11-28T03:00:00Z"),
        ({"anyOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}]}, {"n": 7}),
        ({"type": "array", "items": {"enum": ["a", "b"]}}, ["a"]),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {}),
        ({"type": "string", "default": None}, None),
        ({"type": "string", "examples": ["ink"], "default": None}, "ink"),
    ],
    ids=["number", "time", "reference", "list", "map", "default", "own"],
)
def test_an_example_is_made_of_a_schema(schema: Schema, example: object) -> None:
    parts = {"Part": {"type": "object", "properties": {"n": {"type": "integer", "const": 7}}}}
    assert example_of(schema, parts) == example
