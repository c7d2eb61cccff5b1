"""One service under supervision: started again when it dies, ended for good when asked."""

import asyncio
import signal
import time
from contextlib import suppress

import psutil

from local import leftovers
from local.datadir import DataDirectory
from local.errors import StackError
from local.service import Service, last_lines
from local.terminal import Terminal

LOG_BYTES = 10_000_000
POLL_SECONDS = 0.05
BACKOFF_SECONDS = 0.5
BACKOFF_CAP_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
HOPELESS_DEATHS = 3
HURRIED_SECONDS = 5.0


class Supervised:
    """A service and its process of the moment."""

    def __init__(self, service: Service, folders: DataDirectory, terminal: Terminal) -> None:
        self.service = service
        self.log = folders.logs / f"{service.name}.log"
        self._record_path = folders.services / f"{service.name}.json"
        self._data_dir = str(folders.path)
        self._terminal = terminal
        self._record: leftovers.Record | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._deaths = 0

    async def start(self) -> None:
        """Start the service and wait until it is ready."""
        begun = time.monotonic()
        self._keeper = asyncio.create_task(self._keep_running())
        while not await self._is_ready():
            if self._deaths >= HOPELESS_DEATHS:
                self._give_up("keeps ending")
                return
            if time.monotonic() - begun > self.service.start_seconds:
                self._give_up(f"isn't ready after {self.service.start_seconds:.0f} s")
                return
            await asyncio.sleep(POLL_SECONDS)
        self._terminal.say(f"  {self.service.name:<14}{time.monotonic() - begun:5.1f} s")

    async def run_to_end(self) -> None:
        """Run the service as a command, and refuse to go on if it fails."""
        begun = time.monotonic()
        status = await (await self._spawn()).wait()
        if status != 0:
            ending = f"{self.service.name} {_describe(status)}"
            raise StackError(f"{ending}. {self._end_of_log(20)}")
        self._terminal.say(f"  {self.service.name:<14}{time.monotonic() - begun:5.1f} s")

    async def stop(self, hurry: asyncio.Event) -> None:
        """End the service, by force if it doesn't care to."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        if self._process and self._record:
            members = await asyncio.to_thread(self._record.members)
            await self._end(self._process, hurry)
            await asyncio.to_thread(leftovers.end, members, 0.0)
        self._record_path.unlink(missing_ok=True)

    async def _keep_running(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                ending = _describe(await (await self._spawn()).wait())
            except OSError as error:
                ending = f"can't be started: {error}"
            await self._end_orphans()
            lived = time.monotonic() - begun
            self._deaths = 1 if lived > HEALTHY_SECONDS else self._deaths + 1
            pause = min(BACKOFF_SECONDS * 2 ** (self._deaths - 1), BACKOFF_CAP_SECONDS)
            self._report(ending, pause)
            await asyncio.sleep(pause)

    async def _spawn(self) -> asyncio.subprocess.Process:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *self.service.command,
                env={**self.service.env, leftovers.DATA_DIR: self._data_dir},
                **self.service.identity.spawn_options(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        self._process = process
        self._note(process.pid)
        return process

    def _note(self, pid: int) -> None:
        with suppress(psutil.NoSuchProcess):
            created = psutil.Process(pid).create_time()
            number = int(self.service.stop_signal)
            self._record = leftovers.Record(pid, created, number, self._data_dir)
            leftovers.note(self._record_path, self._record)

    async def _is_ready(self) -> bool:
        process = self._process
        if process is None or process.returncode is not None:
            return False
        return await asyncio.to_thread(self.service.ready)

    async def _end_orphans(self) -> None:
        """End the children of a service that died before them: they hold its ports and files."""
        if self._record:
            members = await asyncio.to_thread(self._record.members)
            await asyncio.to_thread(leftovers.end, members, 1.0)

    async def _end(self, process: asyncio.subprocess.Process, hurry: asyncio.Event) -> None:
        unhurried = asyncio.Event()
        for number, seconds, impatience in (
            (self.service.stop_signal, self.service.stop_seconds, hurry),
            (self.service.hurry_signal, HURRIED_SECONDS, unhurried),
            (signal.SIGKILL, HURRIED_SECONDS, unhurried),
        ):
            with suppress(ProcessLookupError):
                process.send_signal(number)
            if await _ends_within(process, seconds, impatience):
                return

    def _report(self, ending: str, pause: float) -> None:
        name = self.service.name
        self._terminal.say(f"{name} {ending}; starting it again in {pause:g} s", style="yellow")
        if self._deaths >= HOPELESS_DEATHS:
            self._terminal.say(self._end_of_log())

    def _give_up(self, trouble: str) -> None:
        message = f"{self.service.name} {trouble}. {self._end_of_log()}"
        if self.service.required:
            raise StackError(message)
        self._terminal.warn(f"{message}\nThe rest of the stack works without it.")

    def _end_of_log(self, count: int = 8) -> str:
        return f"{self.log} ends with:\n{last_lines(self.log, count)}"


async def _ends_within(
    process: asyncio.subprocess.Process, seconds: float, impatience: asyncio.Event
) -> bool:
    waits = {asyncio.create_task(process.wait()), asyncio.create_task(impatience.wait())}
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    return process.returncode is not None


def _describe(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with exit status {status}"
