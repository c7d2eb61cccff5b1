"""The parts of the local stack, in the order in which they start."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from local import passwords, ports
from local.data_directory import DataDirectory
from local.errors import StackError
from local.model_server import names
from local.processes.service import Service
from local.processes.supervisor import Supervisor
from local.proxies import unproxied
from local.servers import postgres, probes, valkey
from local.servers.disk_guard import DiskGuard
from local.stack import chat_choice, model_choice
from local.stack.addresses import Addresses
from local.switches import is_on
from local.terminal import Terminal
from shared.config import Settings

FLOWER_USER = "inkdex"
PYTHON = (sys.executable, "-m")
FLOWER = ("worker.flower", "--address=127.0.0.1")


@dataclass(frozen=True)
class Programs:
    """The command lines of our own processes. Tests replace them with fakes."""

    migrations: tuple[str, ...] = (*PYTHON, "migrations")
    model_server: tuple[str, ...] = (*PYTHON, "local.model_server")
    api: tuple[str, ...] = (*PYTHON, "api")
    worker: tuple[str, ...] = (*PYTHON, "worker")
    flower: tuple[str, ...] = (*PYTHON, *FLOWER)


class Stack:
    """The servers that the settings do not name, and the processes of Inkdex."""

    def __init__(
        self,
        settings: Settings,
        data_directory: DataDirectory,
        supervisor: Supervisor,
        terminal: Terminal,
        programs: Programs,
    ) -> None:
        self._settings = settings
        self._data_directory = data_directory
        self._supervisor = supervisor
        self._terminal = terminal
        self._programs = programs
        folder = data_directory.path
        self._flower_password = passwords.read_or_create(folder / "flower-password")
        public = frozenset({settings.api_port, settings.flower_port})
        names = ("postgres", "valkey", "model-server")
        self._ports = ports.reuse_ports(folder / "ports.json", names, public)
        self._environment = self._base_environment()

    async def start(self) -> Addresses:
        """Start every part once the parts it needs are ready. Raises StackError."""
        database_url, redis_url = await self._start_servers()
        self._environment |= {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
        await self._supervisor.run(self._program("migrations", self._programs.migrations))
        choice, chat = await self._choose_model(database_url), self._choose_chat_model()
        started = None
        if chat.model or not choice.ollama_host:
            started = await self._start_model_server()
            self._environment |= chat.environment(started)
        ollama_host = choice.ollama_host or str(started)
        self._environment |= {"OLLAMA_HOST": ollama_host, "EMBEDDING_MODEL": choice.model}
        await self._supervisor.start(*self._processes())
        return Addresses(
            api=f"http://{self._api_address}:{self._settings.api_port}",
            flower=f"http://127.0.0.1:{self._settings.flower_port}",
            flower_user=FLOWER_USER,
            flower_password=self._flower_password,
            database_url=database_url,
            redis_url=redis_url,
            ollama_host=ollama_host,
            embedding_model=choice.model,
            chat=chat.description(local=not choice.ollama_host),
            model_server=f"{'Ollama' if choice.ollama_host else 'local server'} at {ollama_host}",
            data_dir=self._data_directory.path,
            logs=self._data_directory.logs,
        )

    async def _start_servers(self) -> tuple[str, str]:
        """Start PostgreSQL and Valkey unless the settings name them. Return their URLs."""
        cluster = postgres.Cluster(self._data_directory.path / "postgres", self._ports["postgres"])
        broker = valkey.Broker(self._data_directory.path / "valkey", self._ports["valkey"])
        services = []
        if self._is_set("database_url"):
            database_url = self._settings.database_url.get_secret_value()
            await asyncio.to_thread(probes.require_database, database_url)
        else:
            with self._terminal.progress("Preparing the database ..."):
                await asyncio.to_thread(cluster.prepare)
            services.append(cluster.service())
            database_url = cluster.url
        if self._is_set("redis_url"):
            redis_url = self._settings.redis_url.get_secret_value()
            await self._check_redis(redis_url)
        else:
            broker.prepare()
            services.append(broker.service())
            redis_url = broker.url
        await self._supervisor.start(*services)
        if not self._is_set("database_url"):
            guard = DiskGuard(cluster, self._terminal)
            await asyncio.to_thread(guard.check)
            self._guarding = asyncio.create_task(guard.run())
            await asyncio.to_thread(cluster.create_database)
        return database_url, redis_url

    async def _check_redis(self, url: str) -> None:
        try:
            answers = await asyncio.to_thread(valkey.answers, url)
        except ValueError as error:
            raise StackError(f"REDIS_URL is not an address: {error}") from None
        if not answers:
            self._terminal.warn(
                "The server of REDIS_URL doesn't answer. Inkdex still accepts and embeds "
                "documents, with a short delay."
            )

    async def _choose_model(self, database_url: str) -> model_choice.Choice:
        named = self._is_set("ollama_host") or self._is_set("ollama_hosts")
        host = self._settings.embed_hosts[0] if named else None
        ollama = model_choice.base_url(host) if host else model_choice.OLLAMA
        model = self._settings.embedding_model if self._is_set("embedding_model") else None
        embedded, in_use = await asyncio.to_thread(probes.stored_models, database_url)
        choice = model_choice.choose(
            model_choice.Facts(
                embedding_model=model,
                embedded=embedded,
                in_use=in_use,
                ollama_host=host,
                served=await asyncio.to_thread(probes.served_models, ollama),
                missing=names.missing(),
            )
        )
        for warning in choice.warnings:
            self._terminal.warn(warning)
        return choice

    def _choose_chat_model(self) -> chat_choice.ChatChoice:
        settings = self._settings
        named = self._is_set("ollama_chat_host") or self._is_set("ollama_hosts")
        choice = chat_choice.choose(
            chat_choice.ChatFacts(
                asked=is_on("CHAT"),
                chat_model=settings.chat_model if self._is_set("chat_model") else None,
                chat_host=settings.chat_hosts[0] if named else None,
                missing=names.why_chat_is_missing(),
            )
        )
        if choice.warning:
            self._terminal.warn(choice.warning)
        return choice

    async def _start_model_server(self) -> str:
        port = self._ports["model-server"]
        argv = (*self._programs.model_server, "--port", str(port))
        ready = _answers(port, "/api/version", 200)
        server = self._program("model-server", argv, ready=ready, required=False)
        await self._supervisor.start(server)
        return f"http://127.0.0.1:{port}"

    def _processes(self) -> list[Service]:
        settings, programs = self._settings, self._programs
        flower = (*programs.flower, f"--port={settings.flower_port}")
        api_ready = _answers(settings.api_port, "/livez", 200, host=self._api_address)
        flower_ready = _answers(settings.flower_port, "/", 200, 302, 401)
        return [
            self._program("api", programs.api, ready=api_ready),
            self._program("worker", programs.worker, stop_seconds=15.0),
            self._program("flower", flower, ready=flower_ready, required=False),
        ]

    def _program(
        self,
        name: str,
        argv: tuple[str, ...],
        *,
        ready: Callable[[], bool] = lambda: True,
        required: bool = True,
        stop_seconds: float = 10.0,
    ) -> Service:
        return Service(
            name=name,
            argv=argv,
            env=dict(self._environment),
            ready=ready,
            required=required,
            stop_seconds=stop_seconds,
        )

    def _is_set(self, field: str) -> bool:
        return field in self._settings.model_fields_set

    @property
    def _api_address(self) -> str:
        """The address at which this machine reaches the API."""
        host = self._settings.api_host
        return "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host  # noqa: S104

    def _base_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **unproxied(),
            "API_PORT": str(self._settings.api_port),
            "FLOWER_PORT": str(self._settings.flower_port),
            "FLOWER_BASIC_AUTH": f"{FLOWER_USER}:{self._flower_password}",
            "PYTHONUNBUFFERED": "1",
        }


def _answers(port: int, path: str, *statuses: int, host: str = "127.0.0.1") -> Callable[[], bool]:
    return lambda: probes.http_status(port, path, host) in statuses
