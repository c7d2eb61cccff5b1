import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from local.data_directory import DataDirectory
from local.errors import StackError
from local.processes import log_file, orphans
from local.processes import process as process_module
from local.processes.service import Service
from local.processes.supervisor import Supervisor
from local.terminal import Terminal
from tests.local.command_line import FAKE_PROGRAM
from tests.local.conftest import eventually

Scenario = Callable[[Supervisor], Awaitable[None]]


@pytest.fixture
def data_directory(tmp_path: Path) -> DataDirectory:
    data_directory = DataDirectory(tmp_path / "data")
    data_directory.prepare()
    return data_directory


@pytest.fixture
def supervise(data_directory: DataDirectory) -> Callable[[Scenario], None]:
    """Run a scenario, then stop all services, even if it failed."""

    async def run(scenario: Scenario) -> None:
        supervisor = Supervisor(data_directory, Terminal())
        try:
            await asyncio.wait_for(scenario(supervisor), 20)
        finally:
            await supervisor.stop()

    return lambda scenario: asyncio.run(run(scenario))


def fake_service(*role: str, **options: object) -> Service:
    return Service(name=role[0], argv=(*FAKE_PROGRAM, *role), **options)  # type: ignore[arg-type]


async def until(condition: Callable[[], object]) -> None:
    await asyncio.to_thread(eventually, condition)


def leader(data_directory: DataDirectory, name: str) -> psutil.Process | None:
    record = orphans.read_record(data_directory.services / f"{name}.json")
    return record.leader() if record else None


def test_the_children_of_a_dead_service_stop_before_it_restarts(
    supervise: Callable[[Scenario], None], data_directory: DataDirectory, tmp_path: Path
) -> None:
    pid_file = tmp_path / "child"

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(fake_service("parent", str(pid_file)))
        await until(lambda: pid_file.exists() and pid_file.read_text())
        child = psutil.Process(int(pid_file.read_text()))
        pid_file.unlink()
        parent = leader(data_directory, "parent")
        assert parent
        parent.kill()
        await until(pid_file.exists)
        assert not orphans.is_alive(child)

    supervise(scenario)


def test_stopping_a_service_stops_its_children(
    supervise: Callable[[Scenario], None], tmp_path: Path
) -> None:
    pid_file = tmp_path / "child"

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(fake_service("parent", str(pid_file)))
        await until(lambda: pid_file.exists() and pid_file.read_text())
        child = psutil.Process(int(pid_file.read_text()))
        await supervisor.stop()
        assert not orphans.is_alive(child)

    supervise(scenario)


@pytest.mark.parametrize("forced", [False, True])
def test_a_stubborn_service_is_killed(
    supervise: Callable[[Scenario], None],
    data_directory: DataDirectory,
    tmp_path: Path,
    *,
    forced: bool,
) -> None:
    ready = tmp_path / "ready"

    async def scenario(supervisor: Supervisor) -> None:
        stop_seconds = 60.0 if forced else 0.2
        await supervisor.start(fake_service("stubborn", str(ready), stop_seconds=stop_seconds))
        process = leader(data_directory, "stubborn")
        assert process
        await until(ready.exists)
        if forced:
            supervisor.force_stop.set()
        await supervisor.stop()
        assert not orphans.is_alive(process)

    supervise(scenario)


def test_a_service_that_keeps_exiting_fails_to_start(
    supervise: Callable[[Scenario], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "BACKOFF_SECONDS", 0.01)
    service = fake_service("fail", ready=lambda: False)
    with pytest.raises(StackError, match=r"(?s)fail keeps exiting.*its last line"):
        supervise(lambda supervisor: supervisor.start(service))


def test_an_optional_service_that_fails_is_a_warning(
    supervise: Callable[[Scenario], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(process_module, "BACKOFF_SECONDS", 0.01)
    service = fake_service("fail", ready=lambda: False, required=False)
    supervise(lambda supervisor: supervisor.start(service))
    assert "The rest of the stack works without it" in capsys.readouterr().out


def test_a_service_that_is_not_ready_in_time_fails_to_start(
    supervise: Callable[[Scenario], None],
) -> None:
    service = fake_service("sleep", ready=lambda: False, start_seconds=0.2)
    with pytest.raises(StackError, match="sleep isn't ready after 0 s"):
        supervise(lambda supervisor: supervisor.start(service))


def test_a_missing_program_is_reported(
    supervise: Callable[[Scenario], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(process_module, "BACKOFF_SECONDS", 0.01)
    with pytest.raises(StackError, match="ghost keeps exiting"):
        supervise(lambda supervisor: supervisor.start(Service(name="ghost", argv=("/no/such",))))
    assert "ghost can't be started" in capsys.readouterr().out


def test_a_command_that_fails_stops_the_start(supervise: Callable[[Scenario], None]) -> None:
    with pytest.raises(StackError, match=r"(?s)fail exited with status 1\..*its last line"):
        supervise(lambda supervisor: supervisor.run(fake_service("fail")))


def test_the_last_started_service_stops_first(
    supervise: Callable[[Scenario], None], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    program = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    with open(sys.argv[1], 'a') as log: log.write(sys.argv[2])\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[1] + sys.argv[2]).touch()\n"
        "time.sleep(60)\n"
    )

    def writer(name: str) -> Service:
        argv = (sys.executable, "-c", program, str(log), name)
        return Service(name=name, argv=argv, ready=Path(f"{log}{name}").exists)

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(writer("a"))
        await supervisor.start(writer("b"))

    supervise(scenario)
    assert log.read_text() == "ba"


def test_a_large_log_is_rotated_while_its_service_writes(
    supervise: Callable[[Scenario], None],
    data_directory: DataDirectory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_module, "ROTATE_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(log_file, "LOG_BYTES", 5000)
    log = data_directory.logs / "chatter.log"
    former = log.with_suffix(".log.1")

    async def scenario(supervisor: Supervisor) -> None:
        await supervisor.start(fake_service("chatter"))
        await until(former.exists)
        await until(lambda: log.read_text().startswith("a line"))

    supervise(scenario)
    assert former.stat().st_size > 5000


def test_a_record_with_the_pid_of_another_process_is_ignored(data_directory: DataDirectory) -> None:
    me = psutil.Process()
    record = orphans.ProcessRecord(
        me.pid, me.create_time() - 100, signal.SIGTERM, str(data_directory.path)
    )
    orphans.write_record(data_directory.services / "api.json", record)
    (data_directory.services / "worker.json").write_text('{"pid": 1')
    started = time.monotonic()
    assert orphans.stop_recorded(data_directory.services) == []
    assert time.monotonic() - started < 5
    assert not list(data_directory.services.iterdir())
