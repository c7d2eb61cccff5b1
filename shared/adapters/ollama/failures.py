"""Translates the errors of Ollama's client into Inkdex's errors."""

import httpx
import ollama
import pydantic

from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.domain.reasons import RejectionCode, UnavailableReason

SERVERS_OWN_TROUBLE = (
    # the model's process died or was never reached
    *("eof", "no longer running", "not running", "connection re", "forcibly closed"),
    *("broken pipe", "dial tcp", "no such host", "terminated", "exit status", "segmentation fault"),
    # it does not answer as Ollama expects
    *("unexpected server status", "server not responding", "llama-server", "tokenize error"),
    *("no slots available", "internal server error", "server busy", "server error", "panic"),
    # it takes too long, or its caller gave up
    *("timed out", "timeout", "deadline exceeded", "context canceled"),
    # it has no room
    *("out of memory", "failed to allocate", "insufficient memory", "no space left"),
    *("cuda error", "cudamalloc", "failed to load", "loading model"),
)
"""Parts of an error with status 400, in lower case, that show that the text is not to blame."""
LONGER_THAN_CONTEXT = "exceeds the context length"
DETAIL_CHARACTERS = 200

CLIENT_ERRORS = (
    ollama.ResponseError,
    ollama.RequestError,
    httpx.HTTPError,
    ConnectionError,
    pydantic.ValidationError,
    ValueError,
)


def model_missing(model: str) -> ModelUnavailable:
    return ModelUnavailable(
        UnavailableReason.MODEL_MISSING,
        f"The model server does not have the model {model!r}. "
        f"On the computer that runs Ollama, run: ollama pull {model}",
    )


def translate(error: Exception, model: str) -> ModelUnavailable | TextRejected:
    """Return the error that one of CLIENT_ERRORS means, by whether the text is to blame."""
    if isinstance(error, ollama.ResponseError):
        return _translate_status(error, model)
    if isinstance(error, httpx.TimeoutException):
        return ModelUnavailable(
            UnavailableReason.TIMEOUT, "The model server did not answer within its time limit."
        )
    if isinstance(error, (httpx.HTTPError, ConnectionError)):
        return ModelUnavailable(
            UnavailableReason.UNREACHABLE,
            "The model server can't be reached or broke the connection.",
        )
    return ModelUnavailable(
        UnavailableReason.BAD_ANSWER, "The model server sent an answer that is not an embedding."
    )


def server_failure(error: Exception, model: str) -> ModelUnavailable:
    """Return the error of a request without a text, so that no text is to blame."""
    translated = translate(error, model)
    if isinstance(translated, ModelUnavailable):
        return translated
    return ModelUnavailable(
        UnavailableReason.BAD_ANSWER,
        "The server at OLLAMA_HOST does not describe its models. Is it Ollama?",
    )


def _translate_status(error: ollama.ResponseError, model: str) -> ModelUnavailable | TextRejected:
    detail = error.error[:DETAIL_CHARACTERS]
    if error.status_code == 404:
        return model_missing(model)
    if error.status_code == 501 or "does not support embeddings" in detail:
        return ModelUnavailable(
            UnavailableReason.WRONG_KIND_OF_MODEL,
            f"{model!r} is not an embedding model. Choose one that is.",
        )
    if error.status_code in {429, 503}:
        return ModelUnavailable(
            UnavailableReason.BUSY, "The model server is too busy to accept another request."
        )
    return _rejection(error.status_code, detail) or ModelUnavailable(
        UnavailableReason.SERVER_ERROR, f"The model server failed with status {error.status_code}."
    )


def _rejection(status: int, detail: str) -> TextRejected | None:
    """Return the error of a text that is to blame, or None."""
    if LONGER_THAN_CONTEXT in detail:
        return TextRejected(
            RejectionCode.TOO_LONG, "The model can't read a text as long as this one."
        )
    if status == 400 and not any(part in detail.lower() for part in SERVERS_OWN_TROUBLE):
        return TextRejected(
            RejectionCode.REJECTED_BY_MODEL, f"The model can't embed this text: {detail}."
        )
    return None
