"""Requests generated from the description of the routes that need a key to be tried."""

import subprocess
import sys
from pathlib import Path

from tests.api.access.conftest import ADMIN_KEY, Apis


def test_no_generated_request_is_a_server_error(apis: Apis, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            *("run", f"{apis.urls[0]}/openapi.json"),
            *("--include-path-regex", "^/v1/(keys|tenants|audit|whoami|usage)"),
            *("--header", f"Authorization: Bearer {ADMIN_KEY}"),
            *("--checks", "not_a_server_error,content_type_conformance,status_code_conformance"),
            *("--max-examples", "15", "--seed", "1", "--generation-database", "none"),
            *("--phases", "examples,coverage,fuzzing", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
