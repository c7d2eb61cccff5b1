"""The slot, with a runner that does nothing."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from local.errors import StackError
from local.model_server.chat import slot as slots
from local.model_server.chat.requests import FOREVER, Request, parse_chat
from local.model_server.chat.runner import Runner, Shape
from local.model_server.chat.slot import Slot
from local.model_server.protocol import RequestError

pytestmark = pytest.mark.anyio


@dataclass
class IdleRunner:
    shape: Shape
    is_running: bool = True
    size: int = 1
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def stop(self) -> None:
        self.is_running = False
        self.stopped.set()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[IdleRunner]:
    """Return all runners that were started, in their order."""
    runners: list[IdleRunner] = []

    async def start(shape: Shape) -> IdleRunner:
        runners.append(IdleRunner(shape))
        return runners[-1]

    monkeypatch.setattr(Runner, "start", start)
    return runners


@pytest.fixture
def slot(started: list[IdleRunner]) -> Slot:
    assert started == []
    return Slot(lambda: Path("weights"), 8192, 2)


def asked(keep_alive: float | None = None) -> Request:
    request = parse_chat(b'{"model": "smollm2"}').common
    return replace(request, keep_alive=keep_alive)


async def use(slot: Slot, order: list[str], name: str, keep_alive: float | None = None) -> None:
    async with slot.hold(asked(keep_alive)):
        order.append(name)
        await asyncio.sleep(0)


async def until_unloaded(runner: IdleRunner) -> None:
    async with asyncio.timeout(10):
        await runner.stopped.wait()


async def test_requests_take_it_in_order(slot: Slot, started: list[IdleRunner]) -> None:
    order: list[str] = []
    await asyncio.gather(*(use(slot, order, name) for name in "abcdef"))
    assert "".join(order) == "abcdef"
    assert len(started) == 1


async def test_the_model_stays_for_those_who_wait(slot: Slot, started: list[IdleRunner]) -> None:
    order: list[str] = []
    await asyncio.gather(*(use(slot, order, name, keep_alive=0) for name in "abc"))
    assert len(started) == 1
    await until_unloaded(started[0])


async def test_the_model_is_unloaded_if_who_waited_leaves(
    slot: Slot, started: list[IdleRunner]
) -> None:
    async with slot.hold(asked(0)):
        waiting = asyncio.create_task(use(slot, [], "late", FOREVER))
        await asyncio.sleep(0)
        waiting.cancel()
    await until_unloaded(started[0])
    assert slot.running() is None


async def test_too_many_requests_are_refused(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "WAITING_MAX", 1)
    async with slot.hold(asked()):
        waiting = asyncio.create_task(use(slot, [], "second"))
        await asyncio.sleep(0)
        with pytest.raises(RequestError, match="server busy") as caught:
            await use(slot, [], "third")
        assert caught.value.status == 503
    await waiting


async def test_weights_that_are_damaged_are_an_error_of_the_server(
    started: list[IdleRunner],
) -> None:
    def damaged() -> Path:
        raise StackError("Reinstall it.")

    slot = Slot(damaged, 8192, 2)
    with pytest.raises(RequestError, match="Reinstall it") as caught:
        await use(slot, [], "first")
    assert (caught.value.status, started) == (500, [])
