"""The commands of `python -m local`.

`up` and `demo` run the stack and stop all of it before they end. `backup` and `restore` copy its
database to a file and back.
"""

import argparse
import asyncio
import importlib
import os
import signal
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pydantic import ValidationError

from local import installation, ports
from local.data_directory import DataDirectory, describe_error
from local.errors import StackError
from local.processes import orphans
from local.processes.supervisor import Supervisor
from local.servers import dumps, postgres
from local.setup import models
from local.stack.addresses import Addresses
from local.stack.stack import Programs, Stack
from local.switches import is_on
from local.terminal import Terminal
from shared.config import Settings, setting_errors

# A signal to the process group of `make` arrives twice: from its sender and again from `make`.
DUPLICATE_SIGNAL_SECONDS = 1.0

COPIES = {"backup": dumps.backup, "restore": dumps.restore}

Demo = Callable[[Addresses], Awaitable[bool]]


def main(arguments: Sequence[str] | None = None, programs: Programs | None = None) -> int:
    """Run a command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=["up", "demo", *COPIES])
    parser.add_argument("file", nargs="?", type=lambda name: Path(name).expanduser().resolve())
    given = parser.parse_args(arguments)
    terminal = Terminal()
    try:
        installation.enter()
        if given.command in COPIES:
            return _copy(given.command, given.file, terminal)
        return _run(given.command, terminal, programs or Programs())
    except ValidationError as error:
        for sentence in setting_errors(error):
            terminal.error(sentence)
    except StackError as error:
        terminal.error(str(error))
    except OSError as error:
        terminal.error(describe_error(error, Path.cwd()))
    except KeyboardInterrupt:
        return 130
    return 1


def _copy(command: str, file: Path | None, terminal: Terminal) -> int:
    """Back the database up to a file, or restore it. Return the exit status."""
    if file is None:
        raise StackError(f"Name the file: {installation.command(command, FILE='inkdex.dump')}")
    settings = Settings()
    if "database_url" in settings.model_fields_set:
        raise StackError(
            "DATABASE_URL names a server of your own. Use the pg_dump and pg_restore of its "
            "version."
        )
    data_directory = DataDirectory(settings.data_dir.expanduser().resolve())
    data_directory.prepare()
    path = data_directory.path
    port = ports.stored(path / "ports.json").get("postgres") or ports.free_port()
    cluster = postgres.Cluster(path / "postgres", port)
    with terminal.progress(f"Running {command} ..."):
        COPIES[command](cluster, file)
    terminal.show(f"{command.capitalize()} of {path} is complete: {file}")
    return 0


def _run(command: str, terminal: Terminal, programs: Programs) -> int:
    settings = Settings()
    if "database_url" not in settings.model_fields_set:
        _unset_postgres_variables()
    data_directory = DataDirectory(settings.data_dir.expanduser().resolve())
    data_directory.prepare()
    with data_directory.locked():
        stopped = orphans.stop_recorded(data_directory.services)
        if stopped:
            terminal.show(f"Stopped processes of an earlier run: {', '.join(stopped)}")
        _check_ports(command, settings)
        if not installation.IN_CHECKOUT:
            models.ensure(terminal, data_directory.logs / "models.log", chat=is_on("CHAT"))
        terminal.show("Starting Inkdex")
        return asyncio.run(_run_stack(command, settings, data_directory, terminal, programs))


def _unset_postgres_variables() -> None:
    """Unset variables of libpq, such as PGSSLMODE. They do not apply to our own server."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def _check_ports(command: str, settings: Settings) -> None:
    wanted = {"API_PORT": settings.api_port, "FLOWER_PORT": settings.flower_port}
    if settings.api_port == settings.flower_port:
        raise StackError(f"API_PORT and FLOWER_PORT must differ. Both are {settings.api_port}.")
    for name, port in wanted.items():
        if not ports.is_free(port):
            listener = ports.listener(port) or "another program"
            other = ports.next_free(port, avoiding=frozenset(wanted.values()))
            example = installation.command(command, **{name: str(other)})
            raise StackError(
                f"Port {port} ({name}) is in use by {listener}. Choose another, for example: "
                f"{example}"
            )


async def _run_stack(
    command: str,
    settings: Settings,
    data_directory: DataDirectory,
    terminal: Terminal,
    programs: Programs,
) -> int:
    """Run the stack until a signal arrives or the demo ends. Return the exit status."""
    supervisor = Supervisor(data_directory, terminal)
    stack = Stack(settings, data_directory, supervisor, terminal, programs)
    stopping = _stop_on_signals(supervisor, terminal)
    exit_after_demo = command == "demo" and is_on("DEMO_EXIT")
    demo = _load_demo() if command == "demo" else None
    serving = asyncio.create_task(
        _serve(stack, data_directory, terminal, demo, exit_after_demo=exit_after_demo)
    )
    stop_requested = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({serving, stop_requested}, return_when=asyncio.FIRST_COMPLETED)
        return serving.result() if serving.done() else int(exit_after_demo)
    finally:
        for task in (serving, stop_requested):
            task.cancel()
        await asyncio.gather(serving, stop_requested, return_exceptions=True)
        await supervisor.stop()
        terminal.show("Stopped.")


async def _serve(
    stack: Stack,
    data_directory: DataDirectory,
    terminal: Terminal,
    demo: Demo | None,
    *,
    exit_after_demo: bool,
) -> int:
    addresses = await stack.start()
    data_directory.write_supervisor(addresses.public())
    succeeded = await _run_demo(demo, addresses, terminal) if demo else True
    if exit_after_demo:
        return 0 if succeeded else 1
    terminal.show("\nInkdex is ready.", style="bold green")
    terminal.show("\n".join(addresses.lines()))
    terminal.show("\nPress Ctrl-C to stop it. The data is kept.")
    await asyncio.Event().wait()
    raise AssertionError("nothing sets that event")


def _load_demo() -> Demo:
    demo: Demo = importlib.import_module("local.demo").run
    return demo


async def _run_demo(demo: Demo, addresses: Addresses, terminal: Terminal) -> bool:
    try:
        return await demo(addresses)
    except Exception:  # noqa: BLE001 - the stack stays up whatever the demo raises
        terminal.error(f"The demo did not finish.\n{traceback.format_exc()}")
        return False


def _stop_on_signals(supervisor: Supervisor, terminal: Terminal) -> asyncio.Event:
    """Return an event that the first signal sets. A second signal forces the stop."""
    stopping = asyncio.Event()
    first = 0.0

    def stop() -> None:
        nonlocal first
        if not stopping.is_set():
            first = time.monotonic()
            stopping.set()
            terminal.show("\nStopping ... Press Ctrl-C again to force it.")
        elif time.monotonic() - first > DUPLICATE_SIGNAL_SECONDS:
            supervisor.force_stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, stop)
    return stopping
