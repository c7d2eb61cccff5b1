"""Makes our PostgreSQL read-only before the disk is full.

PostgreSQL stops and cannot start again if it has no room for its log of changes. Then not even
reads work. While it is read-only, it needs no more room.
"""

import asyncio
import shutil
from contextlib import suppress

import psycopg

from local.servers.postgres import Cluster
from local.terminal import Terminal

LOW_BYTES = 96_000_000
"""Six segments of the log of changes, for what is written until the next check."""
ENOUGH_BYTES = 144_000_000
CHECK_SECONDS = 0.5
# The API reads the second setting to say why the database is read-only.
SETTINGS = ("default_transaction_read_only", "inkdex.disk_full")


class DiskGuard:
    """Watches the free space of a cluster's disk."""

    def __init__(self, cluster: Cluster, terminal: Terminal) -> None:
        self._cluster = cluster
        self._terminal = terminal
        self._read_only: bool | None = None

    async def run(self) -> None:
        """Check until cancelled."""
        while True:
            with suppress(psycopg.Error):  # PostgreSQL restarts
                await asyncio.to_thread(self.check)
            await asyncio.sleep(CHECK_SECONDS)

    def check(self) -> None:
        """Change the mode of PostgreSQL if the disk has become full, or has room again."""
        free = shutil.disk_usage(self._cluster.directory).free
        wanted = free < (ENOUGH_BYTES if self._read_only else LOW_BYTES)
        if wanted == self._read_only:
            return
        self._set_read_only(wanted)
        was_known, self._read_only = self._read_only is not None, wanted
        if wanted:
            self._terminal.warn(
                f"The disk is full: {free // 1_000_000} MB are free. Inkdex refuses writes until "
                f"{ENOUGH_BYTES // 1_000_000} MB are free. Reads and searches go on."
            )
        elif was_known:
            self._terminal.show("The disk has room again. Inkdex accepts writes.")

    def _set_read_only(self, wanted: bool) -> None:  # noqa: FBT001 - the mode
        with psycopg.connect(
            self._cluster.server_url, autocommit=True, connect_timeout=2
        ) as connection:
            connection.execute("SET default_transaction_read_only = off")
            for name in SETTINGS:
                connection.execute(
                    f"ALTER SYSTEM SET {name} = {'on' if wanted else 'off'}".encode()
                )
            connection.execute("SELECT pg_reload_conf()")
