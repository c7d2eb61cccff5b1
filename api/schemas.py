"""What goes over the wire: requests validated, responses shaped."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer

from shared.domain.documents import (
    DEFAULT_COLLECTION,
    ID_MAX_CHARACTERS,
    TITLE_MAX_CHARACTERS,
    Document,
    Lane,
    Status,
)
from shared.domain.webhooks import URL_MAX_CHARACTERS, Webhook, WebhookState
from shared.services.search import Mode, QueryEmbedding

EXAMPLE: dict[str, Any] = {
    "id": "readme",
    "title": "About ink",
    "content": "Ink dries in seconds; a document is searchable as soon as it does.",
    "metadata": {"lang": "en", "year": 2026},
}

# Lengths in characters and what PostgreSQL can't store are checked by the domain, with its words.
Identifier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description="Any text without NUL, except `.` and `..`.",
        examples=["readme"],
    ),
]
Title = Annotated[str | None, Field(max_length=TITLE_MAX_CHARACTERS, examples=["About ink"])]
Content = Annotated[
    str,
    Field(
        min_length=1,
        description="The text: not blank, without NUL, up to 1 MiB in UTF-8.",
        examples=[EXAMPLE["content"]],
    ),
]
Metadata = Annotated[
    dict[str, Any],
    Field(description="Any JSON object, up to 64 KiB; filters read it.", examples=[{"lang": "en"}]),
]


class Request(BaseModel):
    """Base of bodies: an unknown field is an error, for it is most often a misspelt one."""

    model_config = ConfigDict(extra="forbid", strict=True)


class DocumentBody(Request):
    """A whole document; `id` and `collection` may repeat those of the URL."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: Identifier | None = None
    collection: Identifier | None = None
    title: Title = None
    content: Content
    metadata: Metadata = Field(default_factory=dict)


class DocumentPatch(Request):
    """A JSON merge patch (RFC 7396): null removes a title or a key of the metadata."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "On ink", "metadata": {"year": None}}]}
    )

    id: Identifier | None = None
    collection: Identifier | None = None
    title: Title = None
    content: Content | None = None
    metadata: dict[str, Any] | None = None


class SearchBody(Request):
    """A search, as POST takes it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"q": "fast drying ink", "filter": {"lang": "en"}}]}
    )

    q: Annotated[str, Field(min_length=1, max_length=10_000)]
    collection: Identifier = DEFAULT_COLLECTION
    mode: Annotated[Mode, Field(strict=False)] = Mode.HYBRID
    limit: Annotated[int, Field(ge=1, le=100)] = 10
    offset: Annotated[int, Field(ge=0, le=1000)] = 0
    filter: dict[str, Any] = Field(default_factory=dict)


class ErrorOut(BaseModel):
    """The last failed attempt; `retry_at` is null when no other will follow by itself."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    attempts: int
    retry_at: datetime | None


class EmbeddingOut(BaseModel):
    """The vectors that are searchable now, and the version of the document they were made of."""

    model_config = ConfigDict(from_attributes=True)

    model: str
    dimensions: int
    chunks: int
    version: int


class DocumentOut(BaseModel):
    """A document and where it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    collection: str
    title: str | None
    content: str
    metadata: dict[str, Any]
    status: Status
    version: int
    content_hash: Annotated[str, BeforeValidator(lambda digest: f"sha256:{digest.hex()}")]
    lane: Lane
    error: ErrorOut | None
    embedding: EmbeddingOut | None
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None

    @classmethod
    def of(cls, document: Document) -> Self:
        """Return the wire form of a stored document."""
        return cls.model_validate(document)


class PageOut(BaseModel):
    """A page of documents, newest first."""

    items: list[DocumentOut]
    next_cursor: str | None


class RejectedLine(BaseModel):
    """A line (or element of the array), counted from 1, that can't be a document."""

    line: int
    id: str | None
    error: str


class BulkOut(BaseModel):
    """What became of an import; of the rejections the first thousand are listed."""

    accepted: int
    unchanged: int
    rejected_count: int
    rejected: list[RejectedLine]


class RetriedOut(BaseModel):
    """How many failed documents are pending again."""

    retried: int


class EventOut(BaseModel):
    """A change of a document; `deleted` is a status here."""

    id: str
    collection: str
    status: str
    version: int


class DegradedOut(BaseModel):
    """Why a search was served by less than was asked for, and by what."""

    reason: str = "model_unavailable"
    served: Mode = Mode.TEXT


class HitDocument(BaseModel):
    """The found document, without its content."""

    id: str
    collection: str
    title: str | None
    metadata: dict[str, Any]
    status: Status


class RanksOut(BaseModel):
    """The hit's place by meaning and by words; null where it was not found that way."""

    semantic: int | None
    text: int | None


class NearestOut(BaseModel):
    """The chunk whose meaning is nearest to the query's, of the document's `chunks`.

    `version` is that of the document when they were made.
    """

    model_config = ConfigDict(from_attributes=True)

    similarity: Annotated[
        float, Field(description="The cosine of the angle between both vectors, at most 1.")
    ]
    start: Annotated[
        int | None,
        Field(
            description="Where it begins in the content, in characters (Unicode code points) from "
            "0; null where the text was edited since."
        ),
    ]
    end: Annotated[int | None, Field(description="Where it ends, likewise; exclusive.")]
    chunks: int
    version: int

    @field_serializer("similarity")
    def _round(self, value: float) -> float:
        return round(value, 4)


class HitOut(BaseModel):
    """A hit; the snippet is HTML in which only `<mark>` is markup.

    `nearest` is null where the document was not found by meaning.
    """

    document: HitDocument
    score: float
    snippet: str
    ranks: RanksOut
    nearest: NearestOut | None


class TimingsOut(BaseModel):
    """Where a search's time went, in milliseconds."""

    embed: float
    query: float
    total: float

    @field_serializer("embed", "query", "total")
    def _round(self, value: float) -> float:
        return round(value, 2)


class SearchOut(BaseModel):
    """The answer to a search."""

    query: str
    mode: Mode
    degraded: DegradedOut | None
    hits: list[HitOut]
    timings_ms: TimingsOut
    query_embedding: QueryEmbedding


class PartOut(BaseModel):
    """Whether a part answers, and a sentence about it."""

    ok: bool
    detail: str


class ReadyOut(BaseModel):
    """Whether requests can be served, and how each part is."""

    ready: bool
    postgres: PartOut
    redis: PartOut
    ollama: PartOut
    worker: PartOut


class ModelOut(BaseModel):
    """The active embedding model; null where no worker has reached it yet."""

    name: str | None
    digest: str | None
    dimensions: int | None
    note: str | None


class PercentilesOut(BaseModel):
    """Percentiles of what took `count` durations of the last minute; null where there were none."""

    model_config = ConfigDict(from_attributes=True)

    count: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class LatencyOut(BaseModel):
    """How long things took in the last minute.

    `write` and `search`: requests that this API process answered. `waiting`: from a text's writing
    until it was ready, and `embedding`: a batch's call of the model, of all workers.
    """

    model_config = ConfigDict(from_attributes=True)

    write: PercentilesOut
    search: PercentilesOut
    waiting: PercentilesOut
    embedding: PercentilesOut


class CollectionOut(BaseModel):
    """A collection that has documents."""

    name: str


class CollectionsOut(BaseModel):
    """Collections by name, the first hundred."""

    items: list[CollectionOut]


class StatsOut(BaseModel):
    """Figures of the whole system, at most a second old."""

    documents: dict[str, int]
    lanes: dict[Lane, int]
    oldest_pending_seconds: float | None
    embedded_per_second: float
    latency: LatencyOut
    model: ModelOut
    workers: int
    paused_reason: str | None
    ollama: PartOut
    redis: PartOut
    flower_url: str


class WebhookBody(Request):
    """Where a collection's webhook is, and what its messages are signed with."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.org/inkdex"}]}
    )

    url: Annotated[str, Field(min_length=1, max_length=URL_MAX_CHARACTERS)]
    secret: Annotated[
        str | None,
        Field(
            max_length=200,
            description="`whsec_` and 24 to 64 bytes in base64; made for you if left out.",
        ),
    ] = None


class WebhookOut(BaseModel):
    """A webhook and how it fares.

    `waiting` counts the events that it was not told yet, up to 1,000. `result` is what came of
    the last delivery. `secret` is shown once, when it is made.
    """

    model_config = ConfigDict(from_attributes=True)

    collection: str
    url: str
    state: WebhookState
    waiting: int
    failures: int
    result: str | None
    attempted_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    secret: str | None = None

    @classmethod
    def of(cls, webhook: Webhook, secret: str | None = None) -> Self:
        """Return a webhook as it is shown."""
        shown = cls.model_validate(webhook)
        if shown.state is not WebhookState.RETRYING:
            shown.next_attempt_at = None
        shown.secret = secret
        return shown


class WebhooksOut(BaseModel):
    """All webhooks, by collection."""

    items: list[WebhookOut]


class FieldProblem(BaseModel):
    """What is wrong with one field: its path, and a sentence."""

    path: list[str | int]
    message: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
