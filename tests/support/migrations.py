"""The migrations, run as an operator does."""

import subprocess
import sys

from tests.support.paths import ROOT


def migrated(**addresses: str) -> subprocess.CompletedProcess[str]:
    """Migrate the database at these addresses, given as environment variables."""
    return subprocess.run(
        [sys.executable, "-m", "migrations"],
        cwd=ROOT,
        env={**addresses, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
