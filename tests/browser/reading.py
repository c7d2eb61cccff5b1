"""Shortcuts for tests of the page of one document."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page, Route

from tests.browser.stack import Stack

PATH = "/console/document"

Read = Callable[..., Page]


def query_of(id_: str, **parameters: object) -> str:
    """Return what the address of a document has after its collection."""
    return "&" + urlencode({"id": id_, **parameters})


def answer_timeline(page: Page, timeline: dict[str, Any]) -> None:
    """Answer requests for the timeline of any document."""

    def fulfil(route: Route) -> None:
        route.fulfill(json=timeline)

    page.route("**/timeline?*", fulfil)


def stored(stack: Stack, id_: str, collection: str) -> dict[str, Any]:
    """Return a document as the API has it."""
    query = {"collection": collection}
    answer = httpx.get(f"{stack.url}/v1/documents/{id_}", params=query, trust_env=False)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def delete(stack: Stack, id_: str, collection: str) -> None:
    """Delete a document as another client of the API."""
    query = {"collection": collection}
    answer = httpx.delete(f"{stack.url}/v1/documents/{id_}", params=query, trust_env=False)
    answer.raise_for_status()
