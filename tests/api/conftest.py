"""The API under test, with a client and a collection for each test."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support import loopback

_numbers = itertools.count()

Document = dict[str, Any]


@pytest.fixture
def collection() -> str:
    """Return a collection that no other test uses."""
    return f"collection-{next(_numbers)}"


@pytest.fixture
def client(api: str) -> Iterator[httpx.Client]:
    with loopback.client(api) as client:
        yield client


@pytest.fixture
def put(client: httpx.Client, collection: str) -> Callable[..., Document]:
    """Return a function that puts a document and waits until it is no longer pending."""

    def put(id_: str, content: str, **fields: Any) -> Document:  # noqa: ANN401
        params = {"collection": collection}
        body = {"content": content, **fields}
        client.put(f"/v1/documents/{id_}", params=params, json=body).raise_for_status()
        answer = client.get(f"/v1/documents/{id_}", params={**params, "wait": 20})
        document: Document = answer.raise_for_status().json()
        return document

    return put
