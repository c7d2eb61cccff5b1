"""What Ollama's errors mean."""

import httpx
import ollama
import pydantic

from shared.domain.errors import (
    InkdexError,
    ModelUnavailable,
    RejectionCode,
    TextRejected,
    UnavailableReason,
)

RUNNER_DIED = ("EOF", "no longer running", "connection re", "forcibly closed", "broken pipe")
"""Parts of a 400's text which mean that the model's process died, not that a text is bad."""


LONGER_THAN_CONTEXT = "exceeds the context length"


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
        f"Ollama does not have the model {model!r}. Run: ollama pull {model}",
    )


def translate(error: Exception, model: str) -> InkdexError:
    """Return whose fault an error of the client is, in our words."""
    if isinstance(error, ollama.ResponseError):
        return _translate_status(error, model)
    if isinstance(error, httpx.TimeoutException):
        return ModelUnavailable(
            UnavailableReason.TIMEOUT, "Ollama did not answer within its time limit."
        )
    if isinstance(error, (httpx.HTTPError, ConnectionError)):
        return ModelUnavailable(
            UnavailableReason.UNREACHABLE, "Ollama can't be reached or broke the connection."
        )
    return ModelUnavailable(
        UnavailableReason.BAD_ANSWER, "Ollama sent an answer that is not an embedding."
    )


def server_failure(error: Exception, model: str) -> ModelUnavailable:
    """Return why the server does not tell of its model; no text can be at fault."""
    told = translate(error, model)
    if isinstance(told, ModelUnavailable):
        return told
    return ModelUnavailable(
        UnavailableReason.BAD_ANSWER,
        "What answers at OLLAMA_HOST refuses to tell of its models. Is it Ollama?",
    )


def _translate_status(error: ollama.ResponseError, model: str) -> InkdexError:
    said = error.error[:200]
    if error.status_code == 404:
        return model_missing(model)
    if error.status_code == 501 or "does not support embeddings" in said:
        return ModelUnavailable(
            UnavailableReason.WRONG_KIND_OF_MODEL,
            f"{model!r} is not an embedding model. Choose one that is.",
        )
    if error.status_code in {429, 503}:
        return ModelUnavailable(
            UnavailableReason.BUSY, "Ollama is too busy to take another request."
        )
    if LONGER_THAN_CONTEXT in said:
        return TextRejected(
            RejectionCode.TOO_LONG, "The model can't read a text as long as this one."
        )
    if error.status_code == 400 and not any(sign in said for sign in RUNNER_DIED):
        return TextRejected(
            RejectionCode.REJECTED_BY_MODEL, f"The model can't embed this text: {said}."
        )
    return ModelUnavailable(
        UnavailableReason.SERVER_ERROR, f"Ollama failed with status {error.status_code}."
    )
