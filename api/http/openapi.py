"""Completes the OpenAPI document: names, tags, keys and an example for each answer."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.http.examples import Schema, example_of
from api.http.paths import is_public
from api.schemas.documents import BulkLine
from api.schemas.problems import Problem

JSON: Final = "application/json"
KEY: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key, or a token made from one. Without any key, this machine needs none.",
}
NEEDS_KEY: Final = ("401", "403", "429")
"""Answers of a route that asks for a key."""
TAGS: Final = {
    "search": "Find documents by meaning and by words.",
    "answers": "Questions, answered from the documents with citations.",
    "documents": "Write, read, list and delete documents, one by one or many at once.",
    "files": "Files, from which documents are made.",
    "imports": "How far imports are.",
    "collections": "Collections, their models, and the change from one model to another.",
    "events": "Changes of documents, as they happen.",
    "webhooks": "A URL for each collection, which is told of its documents and imports.",
    "openai": "The shapes of OpenAI's API, for existing clients.",
    "access": "Keys, tenants and the audit.",
    "operations": "Whether Inkdex runs, and how well.",
}
"""What each group of operations is for. Groups without an operation are left out."""


def operation_name(route: APIRoute) -> str:
    """Return the name of an operation, which is that of its function and stays the same."""
    return route.name


def install(app: FastAPI) -> None:
    """Make the application describe itself completely."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        return _complete(describe())

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document["components"]
    components["schemas"] |= _problem_schemas()
    components["securitySchemes"] = {"key": KEY}
    document["security"] = [{"key": []}]
    used = {tag for _, operation in _operations(document) for tag in operation.get("tags", ())}
    document["tags"] = [
        {"name": name, "description": text} for name, text in TAGS.items() if name in used
    ]
    for path, operation in _operations(document):
        if is_public(path):
            _open(operation)
        _complete_answers(operation["responses"], components["schemas"])
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _problem_schemas() -> dict[str, Any]:
    """Return the schemas of errors, which no route has as a model."""
    problem = Problem.model_json_schema(
        ref_template="#/components/schemas/{model}", mode="serialization"
    )
    parts: dict[str, Any] = problem.pop("$defs")
    return parts | {"Problem": problem, "BulkLine": BulkLine.model_json_schema()}


def _open(operation: dict[str, Any]) -> None:
    """Describe that an operation needs no key."""
    operation["security"] = []
    for status in NEEDS_KEY:
        operation["responses"].pop(status, None)


def _complete_answers(answers: dict[str, Any], schemas: Mapping[str, Schema]) -> None:
    """Add what can be derived: examples of JSON, and for 201 the content of 200."""
    for status, answer in answers.items():
        if status == "201" and "content" not in answer:
            answer["content"] = answers["200"]["content"]
        content = answer.get("content", {}).get(JSON)
        if content and "schema" in content and "example" not in content:
            content["example"] = example_of(content["schema"], schemas)
