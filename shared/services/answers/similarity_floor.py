"""The floor of each model's similarities, measured from time to time."""

import asyncio
import time

import psycopg
import structlog

from shared.db.answers.question_similarity import scales
from shared.db.kit.pool import AsyncDatabase
from shared.db.models import embedding_models
from shared.domain.answers.everyday_questions import QUESTIONS
from shared.domain.answers.similarity_floor import SimilarityFloor, floor_of
from shared.domain.database_errors import DatabaseUnavailable
from shared.domain.errors import TooBusy
from shared.domain.model_errors import ModelUnavailable, TextRejected
from shared.services.search.query_embeddings import QueryEmbeddings

KEEP_SECONDS = 300.0
RETRY_SECONDS = 5.0
"""How soon a model is measured again if it had no chunks, or if something failed."""
FIRST_SECONDS = 2.0
"""How long a question waits for a floor that was never measured."""
FAILURES = (DatabaseUnavailable, ModelUnavailable, TextRejected, TooBusy, psycopg.Error)

log = structlog.get_logger()


class SimilarityFloors:
    """Measures a model's floor on the first question of each KEEP_SECONDS.

    Only the first question to a model waits. Others use the former floor meanwhile.
    """

    def __init__(self, database: AsyncDatabase, query_embeddings: QueryEmbeddings) -> None:
        self._database = database
        self._query_embeddings = query_embeddings
        self._floors: dict[int, SimilarityFloor] = {}
        self._expires_at: dict[int, float] = {}
        self._running: dict[int, asyncio.Task[None]] = {}

    async def get(self, model_id: int) -> SimilarityFloor | None:
        """Return the floor, or None if it could not be measured."""
        if time.monotonic() >= self._expires_at.get(model_id, 0.0):
            running = self._running.get(model_id) or self._start(model_id)
            if model_id not in self._floors:
                await asyncio.wait([running], timeout=FIRST_SECONDS)
        return self._floors.get(model_id)

    async def close(self) -> None:
        """End the measurements."""
        for running in self._running.values():
            running.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _start(self, model_id: int) -> asyncio.Task[None]:
        running = asyncio.create_task(self._refresh(model_id))
        self._running[model_id] = running
        running.add_done_callback(lambda _: self._running.pop(model_id, None))
        return running

    async def _refresh(self, model_id: int) -> None:
        """Measure a model. A former floor remains if that fails."""
        keep = RETRY_SECONDS
        try:
            if floor := await self._measured(model_id):
                self._floors[model_id] = floor
                keep = KEEP_SECONDS
        except FAILURES as error:
            log.warning("similarity_floor_unknown", model_id=model_id, error=type(error).__name__)
        self._expires_at[model_id] = time.monotonic() + keep

    async def _measured(self, model_id: int) -> SimilarityFloor | None:
        async with self._database.connection() as connection:
            model = await embedding_models.read_async(connection, model_id)
        if model is None:
            return None
        questions = [
            (language, (await self._query_embeddings.get(model, question))[0])
            for language, asked in QUESTIONS.items()
            for question in asked
        ]
        async with self._database.connection() as connection:
            return floor_of(await scales(connection, model_id, questions))
