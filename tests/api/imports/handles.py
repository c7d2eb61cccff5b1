"""What the handle of an import says."""

import json
from typing import Any

import httpx

from tests.support.processes import eventually

URL = "/v1/documents/bulk"
JSON = {"content-type": "application/json"}
NDJSON = {"content-type": "application/x-ndjson"}
ENDED = {"done", "stopped"}


def line(id_: str, content: str) -> bytes:
    return json.dumps({"id": id_, "content": content}).encode() + b"\n"


def show(client: httpx.Client, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/imports/{id_}").raise_for_status().json()
    return found


def ended(client: httpx.Client, id_: str) -> dict[str, Any]:
    eventually(lambda: show(client, id_)["state"] in ENDED, f"import {id_} ends", 60)
    return show(client, id_)


def counts(shown: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(shown[name] for name in names)


def rejected(client: httpx.Client, id_: str, **query: str | int) -> dict[str, Any]:
    answer = client.get(f"/v1/imports/{id_}/rejected", params=query)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def counted(client: httpx.Client, id_: str, name: str) -> int | None:
    """Return one of the counts of an import; None before its first batch."""
    answer = client.get(f"/v1/imports/{id_}")
    return int(answer.json()[name]) if answer.is_success else None
