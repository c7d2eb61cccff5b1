"""`inkdex up` from the wheels, which are unpacked where there is no checkout."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from local import ports
from local.processes import orphans
from tests.deploy.conftest import Wheels
from tests.support.processes import eventually

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
UP_SECONDS = 240.0


@dataclass(frozen=True)
class Installed:
    """A user who has installed the wheels, in a folder that has nothing to do with them."""

    home: Path
    folder: Path
    api_port: int
    environment: dict[str, str]

    @property
    def data(self) -> Path:
        return self.home / ".local" / "share" / "inkdex"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "inkdex", *arguments]

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def installed(wheels: Wheels, tmp_path: Path) -> Installed:
    packages, home, folder = (tmp_path / name for name in ("packages", "home", "project"))
    for wheel in wheels.values():
        with ZipFile(wheel) as archive:
            archive.extractall(packages)
    for name in ("api", "local", "shared"):  # another project's, which must not be imported
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    (folder / ".env").write_text("DATABASE_URL=postgresql://127.0.0.1:9/another\n")
    port = ports.free_port()
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {
        "HOME": str(home),
        "PYTHONPATH": str(packages),
        "INKDEX_URL": f"http://127.0.0.1:{port}",
    }
    return Installed(home, folder, port, environment)


@pytest.fixture
def up(installed: Installed, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `inkdex up`. It has its port from the command line, and Flower's from its own `.env`."""
    installed.data.mkdir(parents=True)
    (installed.data / ".env").write_text(f"FLOWER_PORT={ports.free_port()}\n")
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            installed.command("up", "--port", str(installed.api_port)),
            cwd=installed.folder,
            env=installed.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        orphans.stop_recorded(installed.data / "run" / "services")


@pytest.mark.timeout(420)
def test_the_stack_runs_without_a_checkout(
    installed: Installed, up: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    log = tmp_path / "up.log"
    ready = "Press Ctrl-C to stop it"
    eventually(lambda: ready in log.read_text() or up.poll() is not None, ready, UP_SECONDS, log)
    output = log.read_text()
    assert f"Data      {installed.data}\n" in output
    for name, path in (("Console ", ""), ("API docs", "docs")):
        address = f"http://127.0.0.1:{installed.api_port}/{path}"
        assert f"{name}  {address}\n" in output
        assert httpx.get(address).status_code == 200

    (installed.folder / "page.html").write_text("<p>Green tea steeps at eighty degrees.</p>" * 9)
    installed.run("put", "tea", "page.html", "--wait")
    installed.run("import", "page.html", "--wait")
    assert "page.html" in installed.run("search", "how hot is water for tea")
    assert installed.run("make-key", "admin").startswith("ink_")

    up.send_signal(signal.SIGINT)
    assert up.wait(60) == 0
    assert log.read_text().endswith("Stopped.\n")
    assert list((installed.data / "run" / "services").iterdir()) == []
