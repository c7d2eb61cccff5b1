"""A client of the Inkdex at INKDEX_URL, and an empty collection for each test."""

import uuid
from collections.abc import Iterator

import pytest
from inkdex import Inkdex
from llama_index_inkdex import InkdexVectorStore


@pytest.fixture(scope="session")
def client() -> Iterator[Inkdex]:
    with Inkdex() as client:
        yield client


@pytest.fixture
def store(client: Inkdex) -> InkdexVectorStore:
    return InkdexVectorStore(client, f"llama-index-{uuid.uuid4()}")
