"""The client has a method for each operation of the API, and a field for each of its fields."""

import inspect
import re
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from inkdex import client as clients
from inkdex.client import Operations
from inkdex.core.methods import Group, Iteration, Method
from inkdex.core.requests import Request
from inkdex.core.steps import END, Open, Pull, Send
from inkdex.models import access, answers, collections, documents, files, search, system
from inkdex.models.answer import Answer

from api.app import create_app

API: dict[str, Any] = create_app().openapi()
SCHEMAS: dict[str, Any] = API["components"]["schemas"]

WITHOUT_METHOD = {
    "GET /v1/search": "POST takes the same, and filters of any length",
    "GET /livez": "for supervisors",
    "GET /metrics": "for Prometheus",
    "POST /v1/chat/completions": "for OpenAI's clients",
}
WITHOUT_ARGUMENT = {
    ("POST /v1/documents/bulk", "import"): "each batch is an import of its own",
    ("GET /v1/documents/{}", "if-none-match"): "the client keeps no copies",
    ("GET /v1/documents", "excerpts"): "for tables; a program reads the texts",
    ("POST /v1/search", "Inkdex-Position"): "the client sends the newest that it was told",
    ("GET /v1/events", "last-event-id"): "`last_event_id` is sent when it is not None",
}
WITHOUT_FIELD = {
    ("POST /v1/ask", "stream"): "there is a method for each",
    ("PUT /v1/documents/{}", "id"): "in the path",
    ("PATCH /v1/documents/{}", "id"): "in the path",
}
READ_ONLY = {
    name
    for name, each in SCHEMAS["DocumentBody"]["properties"].items()
    if not {"anyOf", "type"} & set(each)
}
EMPTY: dict[type, object] = {str: "x", int: 7, float: 7.5, bool: True}


def _name(method: str, path: str) -> str:
    return f"{method.upper()} {re.sub(r'{.*?}', '{}', path)}"


def _operations() -> dict[str, dict[str, Any]]:
    return {
        _name(method, path): operation
        for path, methods in API["paths"].items()
        for method, operation in methods.items()
    }


def _methods() -> Iterator[tuple[str, Any]]:
    groups = [each for each in vars(clients).values() if inspect.isclass(each)]
    for group in groups:
        if issubclass(group, Group) and (group is Operations or Operations not in group.__mro__):
            for name, member in vars(group).items():
                if isinstance(member, Method | Iteration):
                    yield f"{group.__name__}.{name}", member.operation


BY_NAME: dict[str, object] = {
    "documents": [{"id": "x", "content": "x"}],
    "file": b"x",
    "on_progress": None,
    "expires_at": None,
    "reconnects": 1,
}


def _value(parameter: inspect.Parameter) -> object:
    """Return a value that the argument may have."""
    if parameter.name in BY_NAME:
        return BY_NAME[parameter.name]
    for kind in [parameter.annotation, *get_args(parameter.annotation)]:
        literals = get_args(kind) if "Literal" in str(kind) else ()
        if literals and isinstance(literals[0], str):
            return literals[0]
        if kind in EMPTY:
            return EMPTY[kind]
        if "Mapping" in str(kind) and "Sequence" not in str(kind):
            return {"k": 1}
    return ["x"]


def _request(operation: Any) -> Request | None:  # noqa: ANN401
    """Return the first request of an operation, with a value for each argument."""
    arguments = {
        name: _value(each) for name, each in inspect.signature(operation).parameters.items()
    }
    steps = iter(operation(**arguments))
    step = next(steps)
    while isinstance(step, Pull):
        assert isinstance(step.source, Iterator)
        step = steps.send(next(step.source, END))
    return step.request if isinstance(step, Send | Open) else None


def _described(request: Request) -> str:
    """Return which operation of the API a request is."""
    for path in sorted(API["paths"], key=lambda each: each.count("{")):
        pattern = re.sub(r"{.*?}", "[^/]+", path)
        if re.fullmatch(pattern, request.path) and request.method.lower() in API["paths"][path]:
            return _name(request.method, path)
    return f"{request.method} {request.path}"


REQUESTS: dict[str, list[Request]] = {}
for _, _operation in _methods():
    if _made := _request(_operation):
        REQUESTS.setdefault(_described(_made), []).append(_made)


def test_every_operation_has_a_method() -> None:
    assert sorted(set(_operations()) - set(REQUESTS) - set(WITHOUT_METHOD)) == []


def test_every_reason_is_needed() -> None:
    assert set(WITHOUT_METHOD) <= set(_operations()) - set(REQUESTS)


@pytest.mark.parametrize("name", sorted(set(_operations()) & set(REQUESTS)))
def test_every_parameter_is_an_argument(name: str) -> None:
    sent = {
        key.lower() for request in REQUESTS[name] for key in (*request.params, *request.headers)
    }
    wanted = {
        each["name"]
        for each in _operations()[name].get("parameters", [])
        if each["in"] != "path" and (name, each["name"]) not in WITHOUT_ARGUMENT
    }
    body = {key for request in REQUESTS[name] for key in _body(request)}
    assert sorted(wanted - sent - body) == []


@pytest.mark.parametrize("name", sorted(set(_operations()) & set(REQUESTS)))
def test_every_field_of_a_body_is_an_argument(name: str) -> None:
    schema = _body_schema(_operations()[name])
    sent = {key for request in REQUESTS[name] for key in (*_body(request), *request.params)}
    wanted = {
        key
        for key in schema.get("properties", {})
        if (name, key) not in WITHOUT_FIELD and key not in READ_ONLY - {"collection", "id"}
    }
    assert sorted(wanted - sent - {"expires_at"}) == []


def _body(request: Request) -> dict[str, Any]:
    if request.content is None or request.headers.get("content-type") != "application/json":
        return {}
    body: dict[str, Any] = httpx.Response(200, content=request.content).json()
    return body


def _body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    for each in [schema, *schema.get("anyOf", [])]:
        if "$ref" in each:
            found: dict[str, Any] = SCHEMAS[each["$ref"].rpartition("/")[2]]
            return found
    return {}


MODELS: dict[str, type[Answer]] = {
    "ActivityOut": system.Activity,
    "ActivityTotalOut": system.ActivityTotal,
    "ActivityPointOut": system.ActivityPoint,
    "AnswerDegradedOut": answers.AnswerDegraded,
    "AnswerOut": answers.Answer,
    "AnswerTimingsOut": answers.AnswerTimings,
    "AnswersOut": system.AnswerStats,
    "AskStatusOut": answers.AskStatus,
    "AuditEntryOut": access.AuditEntry,
    "BulkOut": documents.BulkAnswer,
    "CallerKeyOut": access.CallerKey,
    "CallerTokenOut": access.CallerToken,
    "ChangedOut": documents.Changed,
    "CitationCountsOut": answers.CitationCounts,
    "CitationOut": answers.Citation,
    "CollectionOut": collections.Collection,
    "CollectionsOut": collections.CollectionPage,
    "DegradedOut": search.Degraded,
    "DeletedOut": documents.Deleted,
    "DocumentOut": documents.Document,
    "ErrorOut": documents.DocumentError,
    "FacetValueOut": search.FacetValue,
    "FailureExampleOut": system.FailureExample,
    "FailureGroupOut": system.FailureGroup,
    "FailuresOut": system.Failures,
    "FileOut": files.File,
    "HitDocument": search.HitDocument,
    "HitOut": search.Hit,
    "ImportOut": files.Import,
    "KeyOut": access.Key,
    "KeysOut": access.KeyPage,
    "LatencyOut": system.Latency,
    "LeftOutOut": answers.LeftOut,
    "LimitsOut": access.Limits,
    "MadeKeyOut": access.MadeKey,
    "MigrationEstimateOut": collections.MigrationEstimate,
    "MigrationOut": collections.Migration,
    "ModelSummaryOut": collections.ModelSummary,
    "NearestDocumentOut": answers.NearestDocument,
    "NearestOut": search.Nearest,
    "OriginOut": documents.Origin,
    "PageOut": documents.DocumentPage,
    "PartOut": system.Part,
    "PercentilesOut": system.Percentiles,
    "QuotasOut": access.Quotas,
    "RanksOut": search.Ranks,
    "ReadyOut": system.Ready,
    "RefusalOut": answers.Refusal,
    "RerankedOut": search.Reranked,
    "RevisionsOut": system.Revisions,
    "ScoresOut": search.Scores,
    "SearchOut": search.SearchResult,
    "ShareOut": system.Share,
    "SimilarOut": search.SimilarResult,
    "SourceOut": answers.Source,
    "SpreadOut": system.Spread,
    "StateOut": documents.DocumentState,
    "StatsOut": system.Stats,
    "StoppedImportOut": documents.StoppedImport,
    "TargetOut": system.Target,
    "TenantDetailOut": access.TenantDetail,
    "TenantOut": access.Tenant,
    "TenantUsageOut": access.TenantUsage,
    "TimelineEventOut": documents.TimelineEvent,
    "TimelineOut": documents.Timeline,
    "TimingsOut": search.SearchTimings,
    "TotalOut": search.Total,
    "UnderModelOut": documents.UnderModel,
    "VectorsOut": documents.StoredVectors,
    "WebhookOut": collections.Webhook,
    "WhoamiOut": access.Whoami,
}


@pytest.mark.parametrize("schema", sorted(set(MODELS) & set(SCHEMAS)))
def test_every_field_of_an_answer_is_a_field(schema: str) -> None:
    model: type[Answer] = MODELS[schema]
    known = {each.alias or name for name, each in model.model_fields.items()}
    assert sorted(set(SCHEMAS[schema]["properties"]) - known) == []


@pytest.mark.parametrize("schema", sorted(set(MODELS) & set(SCHEMAS)))
def test_no_field_is_required_that_the_server_may_leave_out(schema: str) -> None:
    model: type[Answer] = MODELS[schema]
    required = {
        each.alias or name for name, each in model.model_fields.items() if each.is_required()
    }
    assert sorted(required - set(SCHEMAS[schema].get("required", []))) == []
