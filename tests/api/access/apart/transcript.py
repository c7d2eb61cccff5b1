"""What a caller sees of an answer, without what differs from run to run."""

import json
import math
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

import httpx

VARYING_HEADERS = frozenset({"date", "x-request-id", "content-length", "ratelimit"})
NOISE = 2e-4
"""Scores are shown with four digits or more, and each may be rounded the other way."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COMPLETION = re.compile(r"chatcmpl-[0-9a-f]{24}")
_KEY_ID = re.compile(r"[0-9A-Za-z]{12}")
_KEY = re.compile(r"ink_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")
_RANDOM = {_TIME: "<time>", _UUID: "<uuid>", _KEY: "<key>", _COMPLETION: "<completion>"}
_DURATIONS = re.compile(
    r".*(seconds|_ms|duration|per_second)$|timings_ms|usage|latency|targets|created$"
)
_IDS = frozenset({"id", "created_by", "target"})
_LENGTH_ONLY = frozenset({"next_cursor", "cursor", "secret"})
_DELIVERY = frozenset(
    {
        "attempted_at",
        "next_attempt_at",
        "delivered_at",
        "failures",
        "waiting",
        "result",
        "state",
        "paused",
        "last_result",
    }
)
_ENCODED = re.compile(r"[0-9A-Za-z+/_=-]{16,}")


@dataclass(frozen=True)
class Seen:
    """A request's name, and its answer as it is compared and as it was sent."""

    name: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: Any
    raw: str

    @property
    def lines(self) -> list[str]:
        headers = [f"{key}: {value}" for key, value in self.headers]
        body = json.dumps(self.body, indent=1, ensure_ascii=False).splitlines()
        return [self.name, str(self.status), *headers, *body]


def differences(here: Seen, there: Seen) -> str:
    """Return what differs between two answers, or nothing."""
    if (here.status, here.headers) == (there.status, there.headers) and _agree(
        here.body, there.body
    ):
        return ""
    found = list(unified_diff(here.lines, there.lines, "among others", "alone", lineterm="", n=2))
    return "\n".join([here.name, *found]) if found else ""


def _agree(here: Any, there: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether JSON is equal but for the noise of a model that embeds texts in batches."""
    if isinstance(here, float) and isinstance(there, float):
        return math.isclose(here, there, abs_tol=NOISE)
    if isinstance(here, dict) and isinstance(there, dict):
        return here.keys() == there.keys() and all(
            _agree(value, there[key]) for key, value in here.items()
        )
    if isinstance(here, list) and isinstance(there, list):
        return len(here) == len(there) and all(map(_agree, here, there))
    return bool(here == there)


def seen(name: str, answer: httpx.Response) -> Seen:
    headers = [
        (key, _steady_text(value))
        for key, value in answer.headers.items()
        if key not in VARYING_HEADERS
    ]
    raw = "\n".join([*(f"{key}: {value}" for key, value in answer.headers.items()), answer.text])
    return Seen(name, answer.status_code, tuple(sorted(headers)), body_of(answer), raw)


def body_of(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    kind, text = answer.headers.get("content-type", ""), answer.text
    if "ndjson" in kind:
        return [steady(json.loads(line)) for line in text.splitlines()]
    if "json" in kind and text:
        return steady(json.loads(text))
    if kind.startswith("text/event-stream"):
        return [steady_line(line) for line in text.splitlines() if line]
    return text


def steady_line(line: str) -> Any:  # noqa: ANN401 - JSON
    """Return a line of a stream of events. Ids are compared by their length."""
    field, _, value = line.partition(": ")
    if field == "id":
        return [field, len(value)]
    if field == "data" and value.startswith("{"):
        return [field, steady(json.loads(value))]
    return line


def steady(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return JSON without times, durations, random ids and the state of deliveries."""
    if value is not None and _DURATIONS.fullmatch(name):
        return "<duration>"
    if isinstance(value, dict):
        is_webhook = "url" in value and "waiting" in value
        return {
            key: "<delivery>" if is_webhook and key in _DELIVERY else steady(each, key)
            for key, each in value.items()
        }
    if isinstance(value, list):
        found = [steady(each, name) for each in value]
        return sorted(found, key=str) if any(_is_key(each) for each in found) else found
    if isinstance(value, str):
        if name in _IDS and _KEY_ID.fullmatch(value):
            return "<key id>"
        return f"<{len(value)} characters>" if name in _LENGTH_ONLY else _steady_text(value)
    return value


def _is_key(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Return whether it is a key, which are listed in the order of their random ids."""
    return isinstance(value, dict) and "last_used_at" in value


def _steady_text(text: str) -> str:
    for pattern, meaning in _RANDOM.items():
        text = pattern.sub(meaning, text)
    return text


def holds(raw: str, secret: str) -> bool:
    """Return whether an answer holds a secret, as it is or in base64."""
    if secret in raw:
        return True
    wanted = secret.encode()
    return any(wanted in each for each in _decoded(raw))


def _decoded(raw: str) -> Iterable[bytes]:
    for found in _ENCODED.finditer(raw):
        text = found[0].replace("+", "-").replace("/", "_").rstrip("=")
        for start in range(4):
            part = text[start:].replace("=", "")
            yield urlsafe_b64decode(part[: len(part) - len(part) % 4])
