"""The stream of an answer always ends with an event."""

from collections.abc import AsyncGenerator

import pytest
from structlog.testing import capture_logs

from api.http.answer_stream import BegunAnswer, encoded
from shared.domain.answers.events import AnswerEvent, Delta, SourcesFound
from shared.services.operations.shutdown import Shutdown

pytestmark = pytest.mark.anyio


async def test_a_fault_after_the_beginning_is_an_event() -> None:
    async def events() -> AsyncGenerator[AnswerEvent]:
        yield Delta("It dries")
        raise ZeroDivisionError

    answer = BegunAnswer(SourcesFound(()), events(), Shutdown())
    with capture_logs() as logs:
        sent = [piece async for piece in encoded(answer)]
    assert [piece.split(b"\n")[0] for piece in sent] == [
        b"event: sources",
        b"event: delta",
        b"event: error",
    ]
    assert b'"urn:inkdex:internal"' in sent[-1]
    assert [each["event"] for each in logs] == ["answer.failed"]
