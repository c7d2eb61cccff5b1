"""The commands `up` and `demo`: settings in, exit status out, everything stopped in between."""

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

from local import leftovers, ports
from local.addresses import Addresses
from local.datadir import DataDirectory, explain
from local.errors import StackError
from local.stack import Programs, Stack
from local.supervisor import Supervisor
from local.terminal import Terminal
from shared.config import Settings, setting_errors

CHECKOUT = Path(__file__).resolve().parents[1]
# `make` passes a SIGTERM on, so one `kill` of its whole group arrives here twice.
ONE_SIGNAL_SECONDS = 1.0

Demo = Callable[[Addresses], Awaitable[bool]]


def main(arguments: Sequence[str] | None = None, programs: Programs | None = None) -> int:
    """Run a command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=["up", "demo"])
    command = parser.parse_args(arguments).command
    terminal = Terminal()
    os.chdir(CHECKOUT)
    try:
        return _run(command, terminal, programs or Programs())
    except ValidationError as error:
        for sentence in setting_errors(error):
            terminal.fail(sentence)
    except StackError as error:
        terminal.fail(str(error))
    except OSError as error:
        terminal.fail(explain(error, CHECKOUT))
    except KeyboardInterrupt:
        return 130
    return 1


def _run(command: str, terminal: Terminal, programs: Programs) -> int:
    settings = Settings()
    if "database_url" not in settings.model_fields_set:
        _forget_other_databases()
    folders = DataDirectory(settings.data_dir.expanduser().resolve())
    folders.prepare()
    with folders.held():
        replaced = leftovers.stop_noted(folders.services)
        if replaced:
            terminal.say(f"Replaced what a killed run had left behind: {', '.join(replaced)}")
        _check_ports(command, settings)
        terminal.say("Starting Inkdex")
        return asyncio.run(_session(command, settings, folders, terminal, programs))


def _forget_other_databases() -> None:
    """Drop what is meant for libpq, such as PGSSLMODE: the server will be our own."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]


def _check_ports(command: str, settings: Settings) -> None:
    wanted = {"API_PORT": settings.api_port, "FLOWER_PORT": settings.flower_port}
    if settings.api_port == settings.flower_port:
        raise StackError(f"API_PORT and FLOWER_PORT are both {settings.api_port}.")
    for name, port in wanted.items():
        if not ports.is_free(port):
            holder = ports.holder(port) or "another program"
            other = ports.next_free(port, avoiding=frozenset(wanted.values()))
            raise StackError(
                f"Port {port} ({name}) is in use by {holder}. "
                f"Choose another, for example: make {command} {name}={other}"
            )


async def _session(
    command: str,
    settings: Settings,
    folders: DataDirectory,
    terminal: Terminal,
    programs: Programs,
) -> int:
    """Run the stack until it is told to stop, or the demo is over."""
    supervisor = Supervisor(folders, terminal)
    stack = Stack(settings, folders, supervisor, terminal, programs)
    stopping = _on_signals(supervisor, terminal)
    leave = command == "demo" and os.environ.get("DEMO_EXIT", "0") not in ("", "0")
    demo = _demo() if command == "demo" else None
    work = asyncio.create_task(_work(stack, folders, terminal, demo, leave=leave))
    told = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({work, told}, return_when=asyncio.FIRST_COMPLETED)
        return work.result() if work.done() else int(leave)
    finally:
        for task in (work, told):
            task.cancel()
        await asyncio.gather(work, told, return_exceptions=True)
        await supervisor.stop()
        terminal.say("Stopped.")


async def _work(
    stack: Stack, folders: DataDirectory, terminal: Terminal, demo: Demo | None, *, leave: bool
) -> int:
    addresses = await stack.start()
    folders.announce(addresses.public())
    worked = await _try(demo, addresses, terminal) if demo else True
    if leave:
        return 0 if worked else 1
    terminal.say("\nInkdex is ready.", style="bold green")
    terminal.say("\n".join(addresses.lines()))
    terminal.say("\nCtrl-C stops it. The data stays.")
    await asyncio.Event().wait()
    raise AssertionError("nobody sets that event")


def _demo() -> Demo:
    demo: Demo = importlib.import_module("local.demo").run
    return demo


async def _try(demo: Demo, addresses: Addresses, terminal: Terminal) -> bool:
    try:
        return await demo(addresses)
    except Exception:  # noqa: BLE001 - the stack is worth keeping whatever the demo did
        terminal.fail(f"The demo did not finish.\n{traceback.format_exc()}")
        return False


def _on_signals(supervisor: Supervisor, terminal: Terminal) -> asyncio.Event:
    """Stop at the first signal to end, and hurry at the second."""
    stopping = asyncio.Event()
    first = 0.0

    def end() -> None:
        nonlocal first
        if not stopping.is_set():
            first = time.monotonic()
            stopping.set()
            terminal.say("\nStopping ... (Ctrl-C again hurries it)")
        elif time.monotonic() - first > ONE_SIGNAL_SECONDS:
            supervisor.hurry.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, end)
    return stopping
