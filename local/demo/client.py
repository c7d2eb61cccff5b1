"""The demo's HTTP client for the API of the running stack."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Self
from urllib.parse import quote

import httpx

from local.api import authorization
from shared.config import Settings

COLLECTION = "python"
MIGRATIONS = f"/v1/collections/{COLLECTION}/migrations"
BATCH = 100


class Client:
    def __init__(self, api: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=api, timeout=120.0, trust_env=False, headers=authorization(Settings())
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def import_documents(self, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Stream documents to the bulk import and return its report."""
        return await self._json(
            "POST",
            "/v1/documents/bulk",
            content=_lines(documents),
            headers={"content-type": "application/x-ndjson"},
        )

    async def stats(self) -> dict[str, Any]:
        return await self._json("GET", "/v1/stats")

    async def worker_state(self) -> str:
        """Return the API's sentence about the state of the worker."""
        ready = await self._http.get("/readyz")
        detail: str = ready.json()["worker"]["detail"]
        return detail

    async def failures(self) -> list[dict[str, Any]]:
        """Return the first page of the failed documents."""
        page = await self._json(
            "GET", "/v1/documents", params={"collection": COLLECTION, "status": "failed"}
        )
        items: list[dict[str, Any]] = page["items"]
        return items

    async def search(self, query: str) -> dict[str, Any]:
        """Return the best three documents."""
        return await self._json(
            "GET", "/v1/search", params={"q": query, "collection": COLLECTION, "limit": 3}
        )

    async def ask(self, question: str) -> dict[str, Any]:
        """Return the whole answer."""
        body = {"question": question, "collection": COLLECTION, "stream": False}
        return await self._json("POST", "/v1/ask", json=body)

    async def content(self, id_: str) -> str:
        """Return the content of a document."""
        params = {"collection": COLLECTION}
        document = await self._json("GET", f"/v1/documents/{quote(id_)}", params=params)
        return str(document["content"])

    async def active_model(self) -> str:
        """Return the name of the model that searches use."""
        items = (await self._json("GET", "/v1/collections"))["items"]
        return next(str(each["model"]["name"]) for each in items if each["name"] == COLLECTION)

    async def start_migration(self, model: str) -> dict[str, Any]:
        return await self._json("POST", MIGRATIONS, json={"model": model})

    async def migration(self, migration: dict[str, Any]) -> dict[str, Any]:
        """Return a migration as it is now."""
        return await self._json("GET", f"{MIGRATIONS}/{migration['id']}")

    async def act(self, migration: dict[str, Any], action: str) -> dict[str, Any]:
        return await self._json("POST", f"{MIGRATIONS}/{migration['id']}/{action}", json={})

    async def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        answer = await self._http.request(method, path, **request)
        body: dict[str, Any] = answer.raise_for_status().json()
        return body


async def _lines(documents: Sequence[dict[str, Any]]) -> AsyncIterator[bytes]:
    for start in range(0, len(documents), BATCH):
        batch = documents[start : start + BATCH]
        yield b"".join(json.dumps(document).encode() + b"\n" for document in batch)
