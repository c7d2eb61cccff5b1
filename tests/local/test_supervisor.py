import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from local import leftovers, supervised
from local.datadir import DataDirectory
from local.errors import StackError
from local.service import Service
from local.supervisor import Supervisor
from local.terminal import Terminal
from tests.local.conftest import eventually
from tests.local.drive import STAND_IN

Scenario = Callable[[Supervisor], Awaitable[None]]


@pytest.fixture
def folders(tmp_path: Path) -> DataDirectory:
    folders = DataDirectory(tmp_path / "data")
    folders.prepare()
    return folders


@pytest.fixture
def supervise(folders: DataDirectory) -> Callable[[Scenario], None]:
    """Play a scenario, and stop everything whatever came of it."""

    async def play(scenario: Scenario) -> None:
        supervisor = Supervisor(folders, Terminal())
        try:
            await asyncio.wait_for(scenario(supervisor), 20)
        finally:
            await supervisor.stop()

    return lambda scenario: asyncio.run(play(scenario))


def stand_in(*role: str, **options: object) -> Service:
    return Service(name=role[0], argv=(*STAND_IN, *role), **options)  # type: ignore[arg-type]


async def until(condition: Callable[[], object]) -> None:
    await asyncio.to_thread(eventually, condition)


def leader(folders: DataDirectory, name: str) -> psutil.Process | None:
    record = leftovers.read(folders.services / f"{name}.json")
    return record.leader() if record else None


def test_children_of_a_dead_service_go_before_its_successor(
    supervise: Callable[[Scenario], None], folders: DataDirectory, tmp_path: Path
) -> None:
    note = tmp_path / "child"

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(stand_in("parent", str(note)))
        await until(lambda: note.exists() and note.read_text())
        child = psutil.Process(int(note.read_text()))
        note.unlink()
        parent = leader(folders, "parent")
        assert parent
        parent.kill()
        await until(note.exists)
        assert not leftovers.is_alive(child)

    supervise(scenario)


def test_stopping_takes_the_children_along(
    supervise: Callable[[Scenario], None], tmp_path: Path
) -> None:
    note = tmp_path / "child"

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(stand_in("parent", str(note)))
        await until(lambda: note.exists() and note.read_text())
        child = psutil.Process(int(note.read_text()))
        await supervisor.stop()
        assert not leftovers.is_alive(child)

    supervise(scenario)


@pytest.mark.parametrize("hurried", [False, True])
def test_a_stubborn_service_is_ended_by_force(
    supervise: Callable[[Scenario], None], folders: DataDirectory, *, hurried: bool
) -> None:
    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(stand_in("stubborn", stop_seconds=60.0 if hurried else 0.2))
        process = leader(folders, "stubborn")
        assert process
        await asyncio.sleep(0.3)  # until it ignores the signal
        if hurried:
            supervisor.hurry.set()
        await supervisor.stop()
        assert not leftovers.is_alive(process)

    supervise(scenario)


def test_a_service_that_keeps_dying_is_given_up_at_the_start(
    supervise: Callable[[Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "BACKOFF_SECONDS", 0.01)
    service = stand_in("die", ready=lambda: False)
    with pytest.raises(StackError, match=r"(?s)die keeps ending.*its last words"):
        supervise(lambda supervisor: supervisor.start(service))


def test_a_service_that_may_be_missing_is_a_warning(
    supervise: Callable[[Scenario], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(supervised, "BACKOFF_SECONDS", 0.01)
    service = stand_in("die", ready=lambda: False, required=False)
    supervise(lambda supervisor: supervisor.start(service))
    assert "The rest of the stack works without it" in capsys.readouterr().out


def test_a_service_that_never_is_ready_is_given_up(
    supervise: Callable[[Scenario], None],
) -> None:
    service = stand_in("sleep", ready=lambda: False, start_seconds=0.2)
    with pytest.raises(StackError, match="sleep isn't ready after 0 s"):
        supervise(lambda supervisor: supervisor.start(service))


def test_a_program_that_is_not_there_is_said(
    supervise: Callable[[Scenario], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(supervised, "BACKOFF_SECONDS", 0.01)
    with pytest.raises(StackError, match="ghost keeps ending"):
        supervise(lambda supervisor: supervisor.start(Service(name="ghost", argv=("/no/such",))))
    assert "ghost can't be started" in capsys.readouterr().out


def test_a_command_that_fails_ends_the_start(supervise: Callable[[Scenario], None]) -> None:
    with pytest.raises(StackError, match=r"(?s)die ended with exit status 1\..*its last words"):
        supervise(lambda supervisor: supervisor.run(stand_in("die")))


def test_the_last_started_is_ended_first(
    supervise: Callable[[Scenario], None], tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    program = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    with open(sys.argv[1], 'a') as diary: diary.write(sys.argv[2])\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[1] + sys.argv[2]).touch()\n"
        "time.sleep(60)\n"
    )

    def writer(name: str) -> Service:
        argv = (sys.executable, "-c", program, str(diary), name)
        return Service(name=name, argv=argv, ready=Path(f"{diary}{name}").exists)

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(writer("a"))
        await supervisor.start(writer("b"))

    supervise(scenario)
    assert diary.read_text() == "ba"


def test_a_large_log_is_put_aside(
    supervise: Callable[[Scenario], None], folders: DataDirectory
) -> None:
    log = folders.logs / "sleep.log"
    with log.open("wb") as file:
        file.truncate(supervised.LOG_BYTES + 1)
    supervise(lambda supervisor: supervisor.start(stand_in("sleep")))
    assert log.stat().st_size == 0
    assert log.with_suffix(".log.1").exists()


def test_a_note_of_a_pid_that_is_somebody_elses_harms_nobody(folders: DataDirectory) -> None:
    me = psutil.Process()
    record = leftovers.Record(me.pid, me.create_time() - 100, signal.SIGTERM, str(folders.path))
    leftovers.note(folders.services / "api.json", record)
    (folders.services / "worker.json").write_text("half a no")
    begun = time.monotonic()
    assert leftovers.stop_noted(folders.services) == []
    assert time.monotonic() - begun < 5
    assert not list(folders.services.iterdir())
