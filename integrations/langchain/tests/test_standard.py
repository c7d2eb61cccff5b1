"""LangChain's own tests of vector stores and retrievers."""

from typing import Any

import pytest
from inkdex import Inkdex
from langchain_inkdex import InkdexRetriever, InkdexVectorStore
from langchain_tests.integration_tests import (
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, store: InkdexVectorStore) -> InkdexVectorStore:  # type: ignore[override]
        return store


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _documents(self, client: Inkdex, store: InkdexVectorStore) -> None:
        store.add_texts([f"Ink number {n} dries slowly." for n in range(4)])
        self._params = {"client": client, "collection": store._collection}

    @property
    def retriever_constructor(self) -> type[InkdexRetriever]:
        return InkdexRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self._params

    @property
    def retriever_query_example(self) -> str:
        return "ink"
