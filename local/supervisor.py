"""Keeps the services of the stack running, and ends all of them when it ends."""

import asyncio

from local.datadir import DataDirectory
from local.errors import StackError
from local.service import Service
from local.supervised import Supervised
from local.terminal import Terminal


class Supervisor:
    """All services, in groups: a group is started together, and ended before earlier ones."""

    def __init__(self, folders: DataDirectory, terminal: Terminal) -> None:
        self.hurry = asyncio.Event()
        self._folders = folders
        self._terminal = terminal
        self._groups: list[list[Supervised]] = []

    async def start(self, *services: Service) -> None:
        """Start services beside each other, and wait until all are ready."""
        group = self._new_group(*services)
        try:
            with self._terminal.busy(f"Starting {', '.join(s.name for s in services)} ..."):
                async with asyncio.TaskGroup() as tasks:
                    for supervised in group:
                        tasks.create_task(supervised.start())
        except ExceptionGroup as errors:
            failures, others = errors.split(StackError)
            if failures is None or others is not None:
                raise
            raise StackError("\n".join(map(str, failures.exceptions))) from None

    async def run(self, command: Service) -> None:
        """Run a command to its end, and refuse to go on if it fails."""
        (supervised,) = self._new_group(command)
        with self._terminal.busy(f"Running {command.name} ..."):
            await supervised.run_to_end()

    async def stop(self) -> None:
        """End everything, the last started first."""
        while self._groups:
            group = self._groups.pop()
            await asyncio.gather(*(supervised.stop(self.hurry) for supervised in group))

    def _new_group(self, *services: Service) -> list[Supervised]:
        group = [Supervised(service, self._folders, self._terminal) for service in services]
        self._groups.append(group)
        return group
