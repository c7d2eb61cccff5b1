"""Translates the failures of Ollama's chat route into Inkdex's errors."""

import re

import httpx

from shared.domain.model_errors import ChatUnavailable, PromptTooLong
from shared.domain.reasons import ChatFailure

_TOO_LONG = re.compile(
    r"exceed_context_size|exceeds? the (?:available )?context|longer than the context",
    re.IGNORECASE,
)
_PROMPT_TOKENS = re.compile(r'n_prompt_tokens\\*"\s*:\s*(\d+)|\((\d+) tokens\)')
_CONTEXT_TOKENS = re.compile(r'n_ctx\\*"\s*:\s*(\d+)|context size \((\d+) tokens\)')
_BUSY = re.compile(r"no slots available|server busy|maximum pending requests", re.IGNORECASE)
SEARCHED_CHARACTERS = 10_000

Failure = ChatUnavailable | PromptTooLong


def chat_model_missing(model: str) -> ChatUnavailable:
    return ChatUnavailable(
        ChatFailure.MODEL_MISSING,
        f"The chat model {model!r} is not on its server. "
        f"On the computer that runs Ollama, run: ollama pull {model}",
    )


def unreachable(error: httpx.HTTPError) -> ChatUnavailable:
    """Return the error of a connection that failed or broke."""
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return ChatUnavailable(ChatFailure.TIMEOUT)
    return ChatUnavailable(ChatFailure.UNREACHABLE)


def failure_of_status(status: int, body: str, model: str) -> Failure:
    """Return the error of an answer that is not 200."""
    text = body[:SEARCHED_CHARACTERS]
    if status == 404:
        return chat_model_missing(model)
    if status in {400, 413, 500} and _TOO_LONG.search(text):
        return _too_long(text)
    if "does not support chat" in text:
        return ChatUnavailable(
            ChatFailure.WRONG_KIND_OF_MODEL, f"{model!r} is not a chat model. Choose one that is."
        )
    if status in {429, 503} or _BUSY.search(text):
        return ChatUnavailable(ChatFailure.BUSY)
    return ChatUnavailable(
        ChatFailure.SERVER_ERROR, f"The chat model's server failed with status {status}."
    )


def failure_of_line(message: str, model: str) -> Failure:
    """Return the error of a line in the middle of an answer."""
    text = message[:SEARCHED_CHARACTERS]
    if _TOO_LONG.search(text):
        return _too_long(text)
    if "not found" in text and model in text:
        return chat_model_missing(model)
    return ChatUnavailable(ChatFailure.INTERRUPTED)


def _too_long(text: str) -> PromptTooLong:
    return PromptTooLong(_number(_PROMPT_TOKENS, text), _number(_CONTEXT_TOKENS, text))


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1] or found[2]) if found else None
