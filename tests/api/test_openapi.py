"""The OpenAPI description, and requests generated from it."""

import subprocess
import sys
from pathlib import Path

import httpx


def test_no_generated_request_is_a_server_error(api: str, tmp_path: Path) -> None:
    # The stream of events never ends. A key would close the API to all other tests,
    # and a quota would limit them;
    # tests/api/access has these routes.
    done = subprocess.run(
        [
            *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{api}/openapi.json"),
            *("--exclude-path", "/v1/events", "--exclude-path-regex", "^/v1/(keys|tenants)"),
            *("--checks", "not_a_server_error,content_type_conformance,status_code_conformance"),
            *("--max-examples", "10", "--seed", "1", "--generation-database", "none"),
            *("--phases", "examples,coverage,fuzzing", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_openapi_has_examples_and_errors(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    body = schema["components"]["schemas"]["DocumentBody"]
    example = body["examples"][0]
    example["collection"] = "examples"
    assert client.post("/v1/documents", json=example).status_code in {201, 409}
    assert "422" in schema["paths"]["/v1/documents"]["post"]["responses"]
    assert client.get("/docs").status_code == 200
