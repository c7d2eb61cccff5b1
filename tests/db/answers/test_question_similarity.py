"""The scale of questions against the chunks of a model."""

import pytest

from shared.db.answers.question_similarity import scales
from shared.db.kit.pool import AsyncDatabase
from shared.services.documents.service import DocumentService
from tests.support.worker_harness import WorkerHarness, new, vector_of

pytestmark = pytest.mark.anyio

QUESTIONS = [(language, vector_of(f"{language} {n}")) for language in ("a", "b") for n in range(5)]


async def test_each_language_has_a_scale(
    async_database: AsyncDatabase, documents: DocumentService, harness: WorkerHarness
) -> None:
    for text in ("ink", "paper", "starch"):
        await documents.create(new(text, text))
        await harness.work()
    async with async_database.connection() as connection:
        found = await scales(connection, 1, QUESTIONS)
        again = await scales(connection, 1, QUESTIONS)
    assert found.keys() == {"a", "b"}
    assert all(-1 <= scale.mean <= 1 and scale.deviation >= 0 for scale in found.values())
    assert found == again


async def test_one_document_is_enough_and_none_is_not(
    async_database: AsyncDatabase, documents: DocumentService, harness: WorkerHarness
) -> None:
    async with async_database.connection() as connection:
        assert await scales(connection, 1, QUESTIONS) == {}
    await documents.create(new("ink", "ink"))
    await harness.work()
    async with async_database.connection() as connection:
        assert len(await scales(connection, 1, QUESTIONS)) == 2
