"""The migrations and the declared tables agree."""

import subprocess
import sys

from tests.support.paths import ROOT


def test_the_migrations_create_the_declared_tables(database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "check"],
        cwd=ROOT,
        env={"DATABASE_URL": database_url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
