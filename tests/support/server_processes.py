"""Processes that a test can kill, freeze and restart: ours, the broker, the database."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis

from bench.servers import standby
from bench.servers.standby import Standby
from local import ports
from local.processes.service import Service
from local.servers import postgres, valkey
from tests.support.paths import ROOT
from tests.support.processes import eventually, stop
from tests.support.warm_process import Child, WarmProcess


@dataclass
class Process:
    """A process that a test can kill, freeze and restart, always with the same command."""

    name: str
    command: Sequence[str]
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    starts: int = 0
    kept: bool = False
    """Whether its owner restarts it when it dies."""
    _child: Child | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def child(self) -> Child:
        assert self._child is not None
        return self._child

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        self._child = self._spawn()
        self.starts += 1

    def _spawn(self) -> Child:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.env),
                **self.options,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal that ends it, and wait for the end."""
        self.child.send_signal(number)
        self.child.wait(30)

    def terminate(self) -> float:
        """Send SIGTERM and wait for the end; return how many seconds it took."""
        started = time.monotonic()
        self.kill(signal.SIGTERM)
        return time.monotonic() - started

    def pause(self) -> None:
        self.child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it, whatever state it is in."""
        self.kept = False
        if self._child is not None:
            stop(self._child)


class WarmProgram(Process):
    """`python -m` of its one-word command, started with its imports done."""

    def _spawn(self) -> Child:
        (module,) = self.command
        return WarmProcess(module, self.env, self.log)


class Redis(Process):
    """A broker of one test."""

    def __init__(self, folder: Path) -> None:
        self.broker = valkey.Broker(folder / "valkey", ports.free_port())
        self.broker.prepare()
        super().__init__("valkey", self.broker.service().command, folder, dict(os.environ))

    @property
    def url(self) -> str:
        return self.broker.url

    def start(self) -> None:
        super().start()
        eventually(self.broker.answers, "Valkey answers", 20, self.log)

    def flush(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            client.flushall()

    def disconnect_everybody(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            disconnect_others(client)


def disconnect_others(client: Any) -> None:  # noqa: ANN401 - redis-py types few of its calls
    """End every connection to a Redis except this one."""
    client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


class DatabaseServer(Process):
    """A PostgreSQL server of one test: its commits survive SIGQUIT."""

    def __init__(self, name: str, cluster: postgres.Cluster, folder: Path) -> None:
        self.cluster = cluster
        service: Service = cluster.service()
        super().__init__(name, service.command, folder, service.env, service.user.spawn_options())

    def start(self) -> None:
        super().start()
        eventually(self.cluster.accepts_connections, f"{self.name} answers", 30, self.log)

    def crash(self) -> None:
        """Stop in immediate mode: every connection breaks, and the next start recovers."""
        self.kill(signal.SIGQUIT)

    def stop(self) -> None:
        if self.alive:
            self.kill(signal.SIGQUIT)


class Postgres(DatabaseServer):
    """A primary with a cluster of its own."""

    def __init__(self, folder: Path) -> None:
        # Without fsync a crash of the machine would lose data; a crash of the server does not.
        # What a replica has not yet read must outlive a crash, too.
        settings = {"fsync": "off", "wal_keep_size": "1GB"}
        cluster = postgres.Cluster(folder / "postgres", ports.free_port(), settings)
        cluster.prepare()
        super().__init__("postgres", cluster, folder)

    @property
    def url(self) -> str:
        return self.cluster.url


class Replica(DatabaseServer):
    """A read replica of a running primary."""

    def __init__(self, folder: Path, primary_url: str) -> None:
        cluster = standby.copy(folder / "replica", primary_url, {"hot_standby_feedback": "on"})
        super().__init__("replica", cluster, folder)
        self.url = standby.url_on(cluster, primary_url)

    @property
    def standby(self) -> Standby:
        return Standby(self.url, psutil.Process(self.pid))

    def pause(self) -> None:
        """Hang, with all connections open."""
        self.standby.freeze()

    def resume(self) -> None:
        self.standby.thaw()
