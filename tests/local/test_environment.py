import ast
import importlib.util
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from local import bootstrap, environment
from local.commands import CHECKOUT
from local.environment import Environment
from local.errors import StackError
from local.installers import Installer, diagnose, requirement

LOCK = """\
httpx==0.28.1 \\
    --hash=sha256:aa
uv==0.13.9 ; python_version < '4' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
uvicorn==0.54.0 \\
    --hash=sha256:dd
"""


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A checkout whose set-up installs nothing, and says so in `.venv/installed`."""

    def install(installer: Installer) -> None:
        with (installer.directory / "installed").open("a") as note:
            note.write("x")

    monkeypatch.setattr(Installer, "install", install)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.lock").write_text(LOCK)
    setup = tmp_path / "local" / "model_server"
    setup.mkdir(parents=True)
    (setup / "setup.py").touch()
    return Environment(tmp_path)


def installations(fresh: Environment) -> int:
    return len((fresh.directory / "installed").read_text())


def test_it_is_made_once(fresh: Environment) -> None:
    fresh.ensure()
    fresh.ensure()
    assert fresh.is_ready()
    assert installations(fresh) == 1


def test_a_new_lock_installs_into_what_is_there(fresh: Environment) -> None:
    fresh.ensure()
    (fresh.checkout / "requirements" / "dev.lock").write_text(LOCK + "# newer\n")
    assert not fresh.is_ready()
    fresh.ensure()
    assert installations(fresh) == 2


def test_an_interrupted_set_up_begins_afresh(
    fresh: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(installer: Installer) -> None:
        (installer.directory / "half-installed").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Installer, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fresh.ensure()
    fresh.ensure()
    assert fresh.is_ready()
    assert not (fresh.directory / "half-installed").exists()


@pytest.mark.parametrize("damage", ["python gone", "moved"])
def test_what_broke_is_made_again(fresh: Environment, tmp_path: Path, damage: str) -> None:
    fresh.ensure()
    if damage == "moved":
        (tmp_path / "moved").mkdir()
        for path in (fresh.directory, tmp_path / "requirements", tmp_path / "local"):
            shutil.move(path, tmp_path / "moved")
        fresh = Environment(tmp_path / "moved")
    else:
        (fresh.directory / "bin" / "python").unlink()
    fresh.ensure()
    assert fresh.is_ready()
    assert installations(fresh) == 1


def test_two_at_once_wait_for_each_other(fresh: Environment) -> None:
    both = [threading.Thread(target=fresh.ensure) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert installations(fresh) == 1


def test_a_failing_model_is_said_and_leaves_it_unready(fresh: Environment) -> None:
    (fresh.checkout / "local" / "model_server" / "setup.py").write_text("exit('no weights')")
    with pytest.raises(StackError, match="no weights"):
        fresh.ensure()
    assert not fresh.is_ready()


def test_errors_are_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Environment) -> None:
        raise PermissionError(13, "Permission denied", "/x/.venv")

    monkeypatch.setattr(Environment, "ensure", fail)
    assert environment.main() == 1
    assert "Error: /x/.venv can't be written" in capsys.readouterr().err


def test_a_package_is_taken_out_of_the_lock() -> None:
    expected = LOCK[LOCK.index("uv==") : LOCK.index("uvicorn")]
    assert requirement(LOCK, "uv") == expected
    with pytest.raises(StackError, match="make lock"):
        requirement(LOCK, "pip")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("ERROR: No matching distribution found for onnxruntime==1.32.0", "onnxruntime==1.32.0 do"),
        ("NewConnectionError(...)\nERROR: No matching distribution found for a==1", "network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("anything else", "    anything else"),
    ],
)
def test_a_failed_installation_is_explained(output: str, said: str, tmp_path: Path) -> None:
    assert said in diagnose(output, tmp_path / "setup.log")


def test_a_python_without_ensurepip_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    (tmp_path / "dev.lock").write_text(LOCK)
    with pytest.raises(StackError, match="apt install python3-venv"):
        Installer(tmp_path / "v", tmp_path / "dev.lock", tmp_path / "log").install()


def test_an_old_python_can_read_that_it_is_too_old() -> None:
    ast.parse(Path(bootstrap.__file__).read_text(), feature_version=(3, 4))
    ast.parse((CHECKOUT / "local" / "__init__.py").read_text(), feature_version=(3, 4))


def test_make_lists_its_commands() -> None:
    done = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, check=True)
    for command in ("demo", "up", "test", "check"):
        assert f"make {command} ".encode() in done.stdout
