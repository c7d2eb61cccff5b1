"""Starts the services of the stack, keeps them running, and stops all of them at the end."""

import asyncio

from local.data_directory import DataDirectory
from local.errors import StackError
from local.processes.process import SupervisedProcess
from local.processes.service import Service
from local.terminal import Terminal


class Supervisor:
    """All services, in groups. A group starts together and stops before the earlier groups."""

    def __init__(self, data_directory: DataDirectory, terminal: Terminal) -> None:
        self.force_stop = asyncio.Event()
        self._data_directory = data_directory
        self._terminal = terminal
        self._groups: list[list[SupervisedProcess]] = []

    async def start(self, *services: Service) -> None:
        """Start a group of services and wait until all are ready. Raises StackError."""
        group = self._add_group(*services)
        try:
            with self._terminal.progress(f"Starting {', '.join(s.name for s in services)} ..."):
                async with asyncio.TaskGroup() as tasks:
                    for process in group:
                        tasks.create_task(process.start())
        except ExceptionGroup as errors:
            failures, others = errors.split(StackError)
            if failures is None or others is not None:
                raise
            raise StackError("\n".join(map(str, failures.exceptions))) from None

    async def run(self, command: Service) -> None:
        """Run a command to its end. Raises StackError if it fails."""
        (process,) = self._add_group(command)
        with self._terminal.progress(f"Running {command.name} ..."):
            await process.run_to_end()

    async def stop(self) -> None:
        """Stop all services. The group that started last stops first."""
        while self._groups:
            group = self._groups.pop()
            await asyncio.gather(*(process.stop(self.force_stop) for process in group))

    def _add_group(self, *services: Service) -> list[SupervisedProcess]:
        group = [
            SupervisedProcess(service, self._data_directory, self._terminal) for service in services
        ]
        self._groups.append(group)
        return group
