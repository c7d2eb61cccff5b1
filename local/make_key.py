"""Runs `api.make_key` on the database of DATABASE_URL, or of the local stack."""

import os
import subprocess
import sys
from collections.abc import Sequence

from pydantic import ValidationError

from local import installation, ports
from local.data_directory import DataDirectory
from local.errors import StackError
from local.output import show_error
from local.servers import postgres
from shared.config import Settings, setting_errors


def main(arguments: Sequence[str]) -> int:
    """Make a key and return the exit status."""
    try:
        installation.enter()
        database_url = _database_url(Settings())
    except ValidationError as error:
        show_error("\n".join(setting_errors(error)))
        return 1
    except StackError as error:
        show_error(f"Error: {error}")
        return 1
    except OSError as error:
        show_error(f"Error: {error.filename}: {error.strerror}.")
        return 1
    env = {**os.environ, "DATABASE_URL": database_url}
    return subprocess.run([sys.executable, "-m", "api.make_key", *arguments], env=env).returncode  # noqa: S603, PLW1510


def _database_url(settings: Settings) -> str:
    if "database_url" in settings.model_fields_set:
        return settings.database_url.get_secret_value()
    path = DataDirectory(settings.data_dir.expanduser().resolve()).path
    port = ports.stored(path / "ports.json").get("postgres")
    if port and (path / "postgres").exists():
        cluster = postgres.Cluster(path / "postgres", port)
        if cluster.accepts_connections():
            return cluster.url
    up = installation.command("up")
    raise StackError(f"The database does not run. Start it with `{up}`, or set DATABASE_URL.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
