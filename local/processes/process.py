"""One supervised process. It restarts whenever it exits, until the supervisor stops it."""

import asyncio
import signal
import time
from contextlib import suppress

import psutil

from local.data_directory import DataDirectory
from local.errors import StackError
from local.processes import orphans
from local.processes.log_file import LogFile
from local.processes.service import Service, last_lines
from local.terminal import Terminal

POLL_SECONDS = 0.05
ROTATE_EVERY_SECONDS = 10.0
BACKOFF_SECONDS = 0.5
BACKOFF_CAP_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
MAX_EXITS = 3
FORCED_STOP_SECONDS = 5.0


class SupervisedProcess:
    """A service and its current process."""

    def __init__(self, service: Service, data_directory: DataDirectory, terminal: Terminal) -> None:
        self.service = service
        self._log = LogFile(data_directory.logs / f"{service.name}.log")
        self._record_path = data_directory.services / f"{service.name}.json"
        self._data_dir = str(data_directory.path)
        self._terminal = terminal
        self._record: orphans.ProcessRecord | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._restarts: asyncio.Task[None] | None = None
        self._exits = 0

    async def start(self) -> None:
        """Start the service and wait until it is ready. Raises StackError if it is required."""
        started = time.monotonic()
        self._restarts = asyncio.create_task(self._keep_running())
        while not await self._is_ready():
            if self._exits >= MAX_EXITS:
                self._fail("keeps exiting")
                return
            if time.monotonic() - started > self.service.start_seconds:
                self._fail(f"isn't ready after {self.service.start_seconds:.0f} s")
                return
            await asyncio.sleep(POLL_SECONDS)
        self._show_duration(started)

    async def run_to_end(self) -> None:
        """Run the service as a command. Raises StackError if it fails."""
        started = time.monotonic()
        status = await (await self._spawn()).wait()
        if status != 0:
            result = f"{self.service.name} {_describe(status)}"
            raise StackError(f"{result}. {self._end_of_log(20)}")
        self._show_duration(started)

    async def stop(self, force_stop: asyncio.Event) -> None:
        """Stop the service and its children, with force if they do not exit in time."""
        if self._restarts:
            self._restarts.cancel()
            await asyncio.wait({self._restarts})
        if self._process and self._record:
            members = await asyncio.to_thread(self._record.members)
            await self._stop_process(self._process, force_stop)
            await asyncio.to_thread(orphans.wait_or_kill, members, 0.0)
        self._record_path.unlink(missing_ok=True)

    async def _keep_running(self) -> None:
        while True:
            started = time.monotonic()
            try:
                result = _describe(await self._exit_of(await self._spawn()))
            except OSError as error:
                result = f"can't be started: {error}"
            await self._stop_orphans()
            was_healthy = time.monotonic() - started > HEALTHY_SECONDS
            self._exits = 1 if was_healthy else self._exits + 1
            pause = min(BACKOFF_SECONDS * 2 ** (self._exits - 1), BACKOFF_CAP_SECONDS)
            self._report(result, pause)
            await asyncio.sleep(pause)

    async def _exit_of(self, process: asyncio.subprocess.Process) -> int:
        """Wait until the process exits. Return its status. Its log is rotated meanwhile."""
        exited = asyncio.ensure_future(process.wait())
        try:
            while not (await asyncio.wait([exited], timeout=ROTATE_EVERY_SECONDS))[0]:
                await asyncio.to_thread(self._log.rotate)
        finally:
            exited.cancel()
        return exited.result()

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._log.open() as output:
            process = await asyncio.create_subprocess_exec(
                *self.service.command,
                env={**self.service.env, orphans.DATA_DIR: self._data_dir},
                **self.service.user.spawn_options(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        self._process = process
        self._write_record(process.pid)
        return process

    def _write_record(self, pid: int) -> None:
        with suppress(psutil.NoSuchProcess):
            created = psutil.Process(pid).create_time()
            number = int(self.service.stop_signal)
            self._record = orphans.ProcessRecord(pid, created, number, self._data_dir)
            orphans.write_record(self._record_path, self._record)

    async def _is_ready(self) -> bool:
        process = self._process
        if process is None or process.returncode is not None:
            return False
        return await asyncio.to_thread(self.service.ready)

    async def _stop_orphans(self) -> None:
        """Stop the children of a service that died first: they occupy its ports and files."""
        if self._record:
            members = await asyncio.to_thread(self._record.members)
            await asyncio.to_thread(orphans.wait_or_kill, members, 1.0)

    async def _stop_process(
        self, process: asyncio.subprocess.Process, force_stop: asyncio.Event
    ) -> None:
        never = asyncio.Event()
        for number, seconds, interrupt in (
            (self.service.stop_signal, self.service.stop_seconds, force_stop),
            (self.service.force_signal, FORCED_STOP_SECONDS, never),
            (signal.SIGKILL, FORCED_STOP_SECONDS, never),
        ):
            with suppress(ProcessLookupError):
                process.send_signal(number)
            if await _exits_within(process, seconds, interrupt):
                return

    def _report(self, result: str, pause: float) -> None:
        name = self.service.name
        self._terminal.show(f"{name} {result}. Restarting it in {pause:g} s.", style="yellow")
        if self._exits >= MAX_EXITS:
            self._terminal.show(self._end_of_log())

    def _fail(self, reason: str) -> None:
        message = f"{self.service.name} {reason}. {self._end_of_log()}"
        if self.service.required:
            raise StackError(message)
        self._terminal.warn(f"{message}\nThe rest of the stack works without it.")

    def _show_duration(self, started: float) -> None:
        self._terminal.show(f"  {self.service.name:<14}{time.monotonic() - started:5.1f} s")

    def _end_of_log(self, count: int = 8) -> str:
        return f"{self._log.path} ends with:\n{last_lines(self._log.path, count)}"


async def _exits_within(
    process: asyncio.subprocess.Process, seconds: float, interrupt: asyncio.Event
) -> bool:
    """Wait for the process, for `seconds` or until `interrupt`. Return whether it exited."""
    waits = {asyncio.create_task(process.wait()), asyncio.create_task(interrupt.wait())}
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    return process.returncode is not None


def _describe(status: int) -> str:
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"exited with status {status}"
