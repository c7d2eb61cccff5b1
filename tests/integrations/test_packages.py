"""The packages in `integrations/` pass their own tests, and those of the frameworks, on the API."""

import os
import subprocess
from pathlib import Path

import pytest

from local.setup import integrations
from tests.support.paths import ROOT

PACKAGES = ("langchain", "llama_index")


@pytest.fixture(scope="module")
def python() -> Path:
    return integrations.ensure()


def run(*command: object, **env: str) -> None:
    done = subprocess.run(
        [str(each) for each in command],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", PACKAGES)
def test_the_tests_of_a_package_pass(name: str, python: Path, api: str) -> None:
    folder = ROOT / "integrations" / name
    path = os.pathsep.join(map(str, (ROOT / "client", folder)))
    options = (
        "-q",
        "-o",
        "faulthandler_timeout=60",
        "-c",
        folder / "pyproject.toml",
        "-p",
        "no:cacheprovider",
    )
    run(python, "-m", "pytest", *options, folder / "tests", PYTHONPATH=path, INKDEX_URL=api)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_types_of_a_package(name: str, python: Path) -> None:
    folder = ROOT / "integrations" / name
    path = os.pathsep.join(map(str, (ROOT / "client", folder)))
    mypy = (ROOT / ".venv/bin/python", "-m", "mypy", "--strict", "--python-executable", python)
    run(*mypy, "--cache-dir", os.devnull, "-p", f"{name}_inkdex", MYPYPATH=path)
