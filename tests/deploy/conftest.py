"""Reads the deployment files. No container engine is needed."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.processes import service
from shared.config import Settings, variable_name
from tests.support import pgbouncer

# There is no wheel of Helm for ARM machines with Linux.
collect_ignore = [] if importlib.util.find_spec("helm_python") else ["test_chart.py"]

CHECKOUT = Path(__file__).resolve().parents[2]

Wheels = Mapping[str, Path]
"""The wheel of each package."""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    folder = tmp_path_factory.mktemp("wheels")
    for source in (CHECKOUT, CHECKOUT / "client"):
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        done = subprocess.run(build, cwd=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    found = {path.name.split("-")[0].replace("_", "-"): path for path in folder.iterdir()}
    assert set(found) == {"inkdex", "inkdex-server"}
    return found


@pytest.fixture
def pooled_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a PgBouncer in front of the database."""
    program, url = pgbouncer.bouncer(tmp_path / "pgbouncer", database_url)
    with service.running(program, tmp_path / "pgbouncer.log"):
        yield url


@pytest.fixture
def compose_text() -> str:
    return (CHECKOUT / "compose.yaml").read_text()


@pytest.fixture
def services(compose_text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(compose_text)["services"]
    return found


@pytest.fixture
def ours(services: dict[str, Any]) -> dict[str, Any]:
    """The services that run our own image."""
    return {name: it for name, it in services.items() if it["image"].startswith("inkdex:")}


@pytest.fixture
def required(compose_text: str) -> set[str]:
    """The variables that compose.yaml requires."""
    return set(re.findall(r"\$\{(\w+):\?", compose_text))


@pytest.fixture
def settings_names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variable of each field of Settings. The fixture unsets all of them."""
    names = {field: variable_name(field) for field in Settings.model_fields}
    for name in names.values():
        monkeypatch.delenv(name, raising=False)
    return names
