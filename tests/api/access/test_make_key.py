"""`make key` makes the first key, and others, without a running API."""

import subprocess
import sys

from shared.config import Settings
from tests.support import in_process
from tests.support.paths import ROOT


def make_key(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.make_key", *arguments],
        cwd=ROOT,
        env={"DATABASE_URL": settings.database_url.get_secret_value(), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_first_key_is_an_operators_and_the_next_is_not(settings: Settings) -> None:
    refused = make_key(settings, "site", "--actions", "search")
    assert refused.returncode == 1
    assert "The first key must be an operator's" in refused.stderr
    first = make_key(settings, "admin")
    assert first.returncode == 0, first.stderr
    narrow = make_key(settings, "site", "--actions", "search, ask", "--collections", "notes-*")
    assert "It allows search, ask in notes-*." in narrow.stdout
    with in_process.client(settings) as client:
        for done, is_operator in ((first, True), (narrow, False)):
            key = done.stdout.splitlines()[0]
            client.headers["Authorization"] = f"Bearer {key}"
            whoami = client.get("/v1/whoami").json()
            assert whoami["operator"] is is_operator
        assert whoami["key"]["name"] == "site"


def test_mistakes_are_named(settings: Settings) -> None:
    assert make_key(settings, "admin").returncode == 0
    unknown = make_key(settings, "x", "--actions", "fly")
    assert unknown.returncode == 1
    assert "has no action 'fly'; use *, search" in unknown.stderr
    assert "There is no such tenant" in make_key(settings, "x", "--tenant", "nobody").stderr
    assert "name: must have 1 to" in make_key(settings, "").stderr
