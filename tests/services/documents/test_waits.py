"""A client that holds all waits makes room for others."""

import asyncio
from contextlib import ExitStack

import pytest

from shared.domain.documents.document import Status
from shared.domain.errors import TooBusy
from shared.domain.refs import DocumentRef
from shared.services.documents.service import DocumentService
from shared.services.documents.waits import Waits
from tests.support.collections import named
from tests.support.processes import eventually
from tests.support.worker_harness import WorkerHarness, new

pytestmark = pytest.mark.anyio


async def test_the_oldest_wait_of_the_largest_client_makes_room() -> None:
    waits = Waits(3)
    with ExitStack() as held:
        first, second, third = (held.enter_context(waits.waiting("large")) for _ in range(3))
        held.enter_context(waits.waiting("small"))
        assert [each.done() for each in (first, second, third)] == [True, False, False]


async def test_a_client_gets_no_larger_part_than_others() -> None:
    waits = Waits(3)
    with ExitStack() as held:
        for client in ("a", "a", "b"):
            held.enter_context(waits.waiting(client))
        for client in ("a", "b"):
            with pytest.raises(TooBusy), waits.waiting(client):
                pass
    with waits.waiting("a"):
        pass


async def test_ended_waits_count_once() -> None:
    waits = Waits(2)
    for _ in range(3):
        with waits.waiting("a"), waits.waiting("a"), waits.waiting("b"):
            pass
    with waits.waiting("a"), waits.waiting("a"), pytest.raises(TooBusy), waits.waiting("a"):
        pass


async def test_a_wait_that_makes_room_returns_the_document_as_it_is(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    waits = documents._admission.waits = Waits(2)
    waiting = [
        asyncio.create_task(documents.wait(DocumentRef(named("c"), "a"), 30, "large"))
        for _ in range(2)
    ]
    await asyncio.sleep(0)
    with waits.waiting("small"):
        done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [(await each).status for each in done] == [Status.PENDING]
    for each in rest:
        each.cancel()


async def test_a_wait_that_ends_early_returns_the_last_version(
    documents: DocumentService, harness: WorkerHarness
) -> None:
    harness.model.verified()
    await documents.create(new("a", "text"))
    waits = documents._admission.waits = Waits(2)
    waiting = asyncio.create_task(documents.wait(DocumentRef(named("c"), "a"), 30, "large"))
    await asyncio.to_thread(eventually, lambda: bool(documents._waiter._awaited), "wait")
    await documents.put(new("a", "changed"))
    with waits.waiting("large"), waits.waiting("small"):
        assert (await waiting).content == "changed"
