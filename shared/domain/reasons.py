"""Why something failed, in words that metrics, logs and answers share."""

from enum import StrEnum
from typing import Self


class FailureKind(StrEnum):
    """What failed."""

    DOCUMENT = "document"
    """It could not be embedded."""
    FILE = "file"
    """It could not be read."""


class Explained(StrEnum):
    """A constant with a sentence that explains it. Metrics and docs/errors.md derive from both."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class WriteRefusal(Explained):
    """Why PostgreSQL does not write."""

    DISK_FULL = "disk_full", "PostgreSQL's disk is full. Reads work, writes do not."
    READ_ONLY = "read_only", "PostgreSQL is read-only. Reads work, writes do not."


class UnavailableReason(Explained):
    """Why the model server cannot embed now."""

    UNREACHABLE = "unreachable", "No connection to the model server, or it broke."
    TIMEOUT = "timeout", "The model server did not answer within its time limit."
    SERVER_ERROR = "server_error", "The model server answered with an error of its own."
    BUSY = "busy", "The model server refuses requests because it is overloaded."
    MODEL_MISSING = "model_missing", "The model server does not have the model."
    WRONG_KIND_OF_MODEL = "wrong_kind_of_model", "The model is not an embedding model."
    BAD_ANSWER = "bad_answer", "The model server's answer is not an embedding."
    MODEL_CHANGED = (
        "model_changed",
        "The model server serves another model than the one that embedded the documents.",
    )


class RerankFailure(Explained):
    """Why hits are not reranked, or not all of them."""

    TIMEOUT = "timeout", "The reranker did not score all hits within RERANK_SECONDS."
    UNREACHABLE = "unreachable", "No connection to the reranker, or it broke."
    SERVER_ERROR = "server_error", "The reranker answered with an error. The log has its status."
    BAD_ANSWER = (
        "bad_answer",
        "The reranker's answer has no score for a text. The log says what a chat model needs.",
    )


class ChatFailure(Explained):
    """Why the chat model does not answer."""

    NOT_SET = "not_set", "No chat model is set."
    UNREACHABLE = (
        "unreachable",
        "No connection to the chat model's server. Start it, or correct OLLAMA_CHAT_HOST.",
    )
    TIMEOUT = (
        "timeout",
        "The chat model took too long. Check its server, or choose a smaller model.",
    )
    BUSY = "busy", "The chat model's server is overloaded. Try again shortly."
    MODEL_MISSING = "model_missing", "The server does not have the chat model."
    WRONG_KIND_OF_MODEL = "wrong_kind_of_model", "The model is not a chat model."
    SERVER_ERROR = "server_error", "The chat model's server answered with an error of its own."
    BAD_ANSWER = "bad_answer", "The server's answer is not that of a chat model. Check its address."
    INTERRUPTED = "interrupted", "The chat model stopped before the end of its answer."
    PROMPT_CUT = "prompt_cut", "The server read only a part of the prompt."


class RejectionCode(Explained):
    """Why a text cannot be embedded."""

    TOO_LONG = "too_long", "The text is longer than the model reads, and cannot be cut smaller."
    REJECTED_BY_MODEL = "rejected_by_model", "The model server rejects this text."
    MODEL_FAILED = "model_failed", "The model server fails on this text, and not on others."
    WRONG_DIMENSIONS = "wrong_dimensions", "The vector has the wrong number of dimensions."
    VECTOR_NOT_FINITE = "vector_not_finite", "The vector has NaN or infinite values."
    VECTOR_ZERO = "vector_zero", "The vector holds zeros only, so no search can find it."
