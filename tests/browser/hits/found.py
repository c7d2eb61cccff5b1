"""Hits, and the documents that they are of."""

import re
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, Route

from tests.browser.stack import Stack

DOCUMENTS: list[dict[str, Any]] = [
    {
        "id": "valves",
        "title": "Valves that leak",
        "content": "A valve leaks if dirt lies under its seat. Grind the seat and the leak ends.",
        "metadata": {"tags": ["valve", "repair"], "lang": "en", "size": 3},
    },
    {
        "id": "seals",
        "title": "Seals",
        "content": "An old seal leaks. Replace the seal when the valve is open.",
        "metadata": {"tags": ["seal", "repair"], "lang": "en"},
    },
    {
        "id": "ventile",
        "title": "Ventile",
        "content": "Ein valve, das leckt, braucht eine neue Dichtung.",
        "metadata": {"tags": ["valve"], "lang": "de"},
    },
]


def hits(page: Page) -> Locator:
    return page.get_by_label("Hits").locator(".hit")


def write(stack: Stack, collection: str, id_: str, content: str) -> None:
    stack.write({"id": id_, "content": content}, collection=collection)


def delete(stack: Stack, collection: str, id_: str) -> None:
    address = f"{stack.url}/v1/documents/{id_}"
    httpx.delete(address, params={"collection": collection}, trust_env=False).raise_for_status()


def relabel(page: Page, address: str | re.Pattern[str], *changes: dict[str, Any]) -> None:
    """Change what the API says of each of its hits."""

    def change(route: Route) -> None:
        response = route.fetch()
        content = response.json()
        for hit, changed in zip(content["hits"], changes, strict=True):
            hit.update(changed)
        route.fulfill(response=response, json=content)

    page.route(address, change)
