"""Parses requests and rejects them with the messages that Ollama uses."""

import json
import re
from dataclasses import dataclass
from typing import TypeVar

_NAME = re.compile(r"(?:[\w.:-]+/){0,2}\w[\w.-]*(?::\w[\w.-]*)?", re.ASCII)
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_KINDS: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
    list: "array",
    dict: "object",
}
_GO_TYPES: dict[type, str] = {
    str: "string",
    bool: "bool",
    int: "int",
    dict: "map[string]interface {}",
    list: "[]interface {}",
}


T = TypeVar("T", str, bool, int, dict[str, object], list[object])


class RequestError(Exception):
    """A request that Ollama rejects, with the status and message of its answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class EmbedRequest:
    """The body of `POST /api/embed`. `options` and `keep_alive` have no effect."""

    model: str
    texts: list[str]
    truncate: bool
    dimensions: int


@dataclass(frozen=True)
class ShowRequest:
    """The body of `POST /api/show`."""

    model: str
    verbose: bool


def parse_embed(body: bytes) -> EmbedRequest:
    """Parse the body of `/api/embed`. Raises RequestError."""
    fields = Fields("EmbedRequest", body)
    model = fields.text("model")
    truncate = fields.get("truncate", bool)
    dimensions = fields.get("dimensions", int)
    fields.get("options", dict)
    check_keep_alive(fields.values.get("keep_alive"))
    if not model.strip():
        raise RequestError(404, f"model '{model}' not found")
    check_name(model)
    return EmbedRequest(
        model=model,
        texts=_texts(fields.values.get("input")),
        truncate=True if truncate is None else truncate,
        dimensions=dimensions or 0,
    )


def parse_show(body: bytes) -> ShowRequest:
    """Parse the body of `/api/show`. Raises RequestError."""
    fields = Fields("ShowRequest", body)
    model = fields.text("model") or fields.text("name")
    if not model.strip():
        raise RequestError(400, "model is required")
    check_name(model)
    return ShowRequest(model, verbose=bool(fields.get("verbose", bool)))


def nothing_to_embed_with(model: str, reason: str | None) -> RequestError:
    """Return the error of `/api/embed` for a model that the server does not have."""
    return RequestError(404, f"model {quoted(model)} not found, {reason or 'try pulling it first'}")


def nothing_to_show(model: str, reason: str | None) -> RequestError:
    """Return the error of `/api/show` for a model that the server does not have."""
    tagged = model if ":" in model.rpartition("/")[2] else f"{model}:latest"
    return model_not_found(tagged, reason)


def model_not_found(model: str, reason: str | None) -> RequestError:
    """Return the error of a chat with a model that the server does not have."""
    return RequestError(404, f"model '{model}' not found" + (f". {reason}" if reason else ""))


class Fields:
    """A JSON object, parsed with the rules and error messages of Go's encoding/json."""

    def __init__(self, struct: str, body: bytes) -> None:
        self._struct = struct
        value = _decode(body)
        if value is not None and not isinstance(value, dict):
            raise mismatch(value, f"value of type api.{struct}")
        self.values: dict[str, object] = value or {}

    def get(self, name: str, kind: type[T]) -> T | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            field = f"struct field {self._struct}.{name}"
            raise mismatch(value, f"{field} of type {_GO_TYPES[kind]}")
        return value

    def text(self, name: str) -> str:
        return valid_text(self.get(name, str) or "")


def _decode(body: bytes) -> object:
    text = body.decode("utf-8", "replace").lstrip(" \t\r\n")
    if not text:
        raise RequestError(400, "missing request body")
    try:
        # Like Ollama, this reads one value and ignores the rest.
        value, _ = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode(text)
    except json.JSONDecodeError as error:
        raise RequestError(400, _syntax_error(error)) from error
    except RecursionError as error:
        raise RequestError(400, "exceeded max depth") from error
    except ValueError as error:
        raise RequestError(400, str(error)) from error
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"invalid character {name[0]!r} looking for beginning of value")


def _syntax_error(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc) or error.msg.startswith("Unterminated"):
        return "unexpected EOF"
    return f"invalid character {error.doc[error.pos]!r}: {error.msg}"


def mismatch(value: object, target: str) -> RequestError:
    return RequestError(400, f"json: cannot unmarshal {_JSON_KINDS[type(value)]} into Go {target}")


def _texts(value: object) -> list[str]:
    if value is None or value == "":
        return []
    texts: list[str] = []
    for text in value if isinstance(value, list) else [value]:
        if not isinstance(text, str):
            raise RequestError(400, "invalid input type")
        texts.append(valid_text(text))
    return texts


def check_keep_alive(value: object) -> None:
    if isinstance(value, str) and not _DURATION.fullmatch(value):
        raise RequestError(400, f"time: invalid duration {quoted(value)}")
    if isinstance(value, bool | list | dict):
        raise RequestError(400, f"Unsupported type: '{_JSON_KINDS[type(value)]}'")


def check_name(model: str) -> None:
    if not _NAME.fullmatch(model.strip()):
        raise RequestError(400, "invalid model name")


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def valid_text(text: str) -> str:
    # JSON allows half a surrogate pair, which UTF-8 cannot encode.
    return _LONE_SURROGATE.sub("\ufffd", text)
