"""What fails to close keeps nothing else open."""

from collections.abc import Iterable
from typing import Any

import pytest
from opentelemetry.trace import NoOpTracer

from api.composition.answering import Answering
from api.composition.connections import Connections
from api.composition.searching import Searching
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase
from shared.ports.meters import ApiMeter
from shared.services.search.replicas import ReadReplicas

pytestmark = pytest.mark.anyio


@pytest.fixture
def closed() -> list[object]:
    return []


def _fail_to_close(
    monkeypatch: pytest.MonkeyPatch, closed: list[object], parts: Iterable[object]
) -> None:
    def failing(part: object) -> Any:  # noqa: ANN401
        async def close() -> None:
            closed.append(part)
            raise OSError("No connection.")

        return close

    for part in parts:
        monkeypatch.setattr(part, "close", failing(part))


async def test_all_that_answers_is_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, closed: list[object]
) -> None:
    tracer, meter = NoOpTracer(), ApiMeter()
    connections = Connections(settings, tracer, meter)
    searching = Searching(settings, connections, tracer, meter)
    answering = Answering(settings, connections.database, searching, meter)
    ends = [answering._answers, answering._admission]
    parts = [*ends, *answering._chats, answering._cache, answering._queue]
    _fail_to_close(monkeypatch, closed, parts)
    with pytest.raises(OSError, match="No connection"):
        await answering.close()
    assert closed[:2] == ends
    assert {*map(id, closed)} == {*map(id, parts)}


async def test_all_replicas_are_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, closed: list[object]
) -> None:
    pairs = [(AsyncDatabase(settings), AsyncDatabase(settings)) for _ in range(2)]
    replicas = ReadReplicas(AsyncDatabase(settings), pairs, 1.0, ApiMeter())
    parts = [database for pair in pairs for database in pair]
    _fail_to_close(monkeypatch, closed, parts)
    with pytest.raises(OSError, match="No connection"):
        await replicas.close()
    assert {*map(id, closed)} == {*map(id, parts)}
