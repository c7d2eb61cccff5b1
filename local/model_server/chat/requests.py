"""Parses the bodies of `/api/chat` and `/api/generate`."""

import re
from dataclasses import dataclass

from local.model_server.chat.options import Options
from local.model_server.protocol import (
    Fields,
    RequestError,
    check_keep_alive,
    mismatch,
    quoted,
    valid_text,
)

TOP_LOGPROBS_MAX = 20
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
JSON_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
DATA = ("const", "default", "enum", "examples")  # values of these parts of a schema are no schemas
FOREVER = float("inf")
LONGEST_SECONDS = 9.2e9  # Go's longest duration


@dataclass(frozen=True, kw_only=True)
class Request:
    """What chats and generations have in common."""

    model: str
    options: Options
    stream: bool
    truncate: bool
    keep_alive: float | None
    """Seconds that the model stays loaded. None: as it is."""
    schema: dict[str, object] | None
    """The JSON schema that the answer follows."""
    logprobs: bool
    top_logprobs: int
    thinks: bool


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """The body of `POST /api/chat`."""

    common: Request
    messages: list[dict[str, str]]
    tools: bool


@dataclass(frozen=True, kw_only=True)
class GenerateRequest:
    """The body of `POST /api/generate`."""

    common: Request
    prompt: str
    system: str
    raw: bool
    suffix: str
    context: list[int]
    """The tokens of earlier turns, as an answer gave them."""


def parse_chat(body: bytes) -> ChatRequest:
    """Parse the body of `/api/chat`. Raises RequestError."""
    fields = Fields("ChatRequest", body)
    common = _common(fields)
    messages = [_message(each) for each in fields.get("messages", list) or []]
    return ChatRequest(common=common, messages=messages, tools=bool(fields.get("tools", list)))


def parse_generate(body: bytes) -> GenerateRequest:
    """Parse the body of `/api/generate`. Raises RequestError."""
    fields = Fields("GenerateRequest", body)
    common = _common(fields)
    prompt, system = fields.text("prompt"), fields.text("system")
    raw, context = bool(fields.get("raw", bool)), fields.get("context", list) or []
    if raw and (system or context or fields.text("template")):
        raise RequestError(400, "raw mode does not support template, system, or context")
    return GenerateRequest(
        common=common,
        prompt=prompt,
        system=system,
        raw=raw,
        suffix=fields.text("suffix"),
        context=[each for each in context if isinstance(each, int)],
    )


def _common(fields: Fields) -> Request:
    top = fields.get("top_logprobs", int) or 0
    if not 0 <= top <= TOP_LOGPROBS_MAX:
        raise RequestError(400, f"top_logprobs must be between 0 and {TOP_LOGPROBS_MAX}")
    model = fields.text("model")
    if not model.strip():
        raise RequestError(400, "model is required")
    stream, truncate = fields.get("stream", bool), fields.get("truncate", bool)
    return Request(
        model=model,
        options=Options.parse(fields.get("options", dict) or {}),
        stream=stream is not False,
        truncate=truncate is not False,
        keep_alive=_keep_alive(fields.values.get("keep_alive")),
        schema=_schema(fields.values.get("format")),
        logprobs=bool(fields.get("logprobs", bool)),
        top_logprobs=top,
        thinks=_thinks(fields.values.get("think")),
    )


def _message(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise mismatch(value, "struct field ChatRequest.messages of type api.Message")
    message = {}
    for name in ("role", "content"):
        text = value.get(name) or ""
        if not isinstance(text, str):
            raise mismatch(text, f"struct field Message.messages.{name} of type string")
        message[name] = valid_text(text)
    return message


def _keep_alive(value: object) -> float | None:
    check_keep_alive(value)
    if value is None:
        return None
    if isinstance(value, str):
        parts = _PART.findall(value)
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
        negative = value.startswith("-")
    else:
        assert isinstance(value, int | float)
        seconds, negative = float(value), value < 0
    return FOREVER if negative or seconds > LONGEST_SECONDS else seconds


def _schema(value: object) -> dict[str, object] | None:
    if value is None or value == "":
        return None
    if value == "json":
        return {"type": "object"}
    if isinstance(value, dict):
        if not _is_schema(value):
            raise RequestError(400, "invalid JSON schema in format")
        return value
    raise RequestError(
        500, f'invalid format: {quoted(str(value))}; expected "json" or a valid JSON Schema object'
    )


def _is_schema(value: object) -> bool:
    """Return whether all types that a schema names exist. llama.cpp ignores one with others."""
    if isinstance(value, list):
        return all(map(_is_schema, value))
    if not isinstance(value, dict):
        return True
    named = value.get("type")
    types = [named] if isinstance(named, str) else named
    if isinstance(types, list) and not all(each in JSON_TYPES for each in types):
        return False
    return all(_is_schema(part) for name, part in value.items() if name not in DATA)


def _thinks(value: object) -> bool:
    if isinstance(value, str):
        if value not in ("high", "medium", "low"):
            raise RequestError(
                400, f'invalid think value: {quoted(value)} (must be "high", "medium", "low")'
            )
        return True
    if value is not None and not isinstance(value, bool):
        raise RequestError(400, "think must be a boolean or string")
    return bool(value)
