import ast
import importlib.util
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from local.errors import StackError
from local.setup import bootstrap, virtual_environment
from local.setup.package_installer import (
    NoWheelError,
    PackageInstaller,
    diagnose,
    requirement,
)
from local.setup.virtual_environment import VirtualEnvironment
from tests.support.paths import ROOT

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
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> VirtualEnvironment:
    """A checkout whose set-up installs nothing and counts its runs in `.venv/installed`."""

    def install(installer: PackageInstaller) -> None:
        with (installer.directory / "installed").open("a") as file:
            file.write("x")

    monkeypatch.setattr(PackageInstaller, "install", install)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.lock").write_text(LOCK)
    (tmp_path / "requirements" / "chat.lock").write_text(LOCK)
    setup = tmp_path / "local" / "model_server" / "all_minilm"
    setup.mkdir(parents=True)
    (setup / "setup.py").touch()
    return VirtualEnvironment(tmp_path)


def installations(venv: VirtualEnvironment) -> int:
    return len((venv.directory / "installed").read_text())


def test_it_is_created_once(venv: VirtualEnvironment) -> None:
    venv.ensure()
    venv.ensure()
    assert venv.is_ready()
    assert installations(venv) == 1


def test_a_new_lock_file_updates_the_packages(
    venv: VirtualEnvironment,
) -> None:
    venv.ensure()
    (venv.checkout / "requirements" / "dev.lock").write_text(LOCK + "# newer\n")
    assert not venv.is_ready()
    venv.ensure()
    assert installations(venv) == 2


def test_an_interrupted_set_up_starts_from_scratch(
    venv: VirtualEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(installer: PackageInstaller) -> None:
        (installer.directory / "half-installed").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PackageInstaller, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            venv.ensure()
    venv.ensure()
    assert venv.is_ready()
    assert not (venv.directory / "half-installed").exists()


@pytest.mark.parametrize("damage", ["python gone", "moved"])
def test_a_broken_environment_is_created_again(
    venv: VirtualEnvironment, tmp_path: Path, damage: str
) -> None:
    venv.ensure()
    if damage == "moved":
        (tmp_path / "moved").mkdir()
        for path in (venv.directory, tmp_path / "requirements", tmp_path / "local"):
            shutil.move(path, tmp_path / "moved")
        venv = VirtualEnvironment(tmp_path / "moved")
    else:
        (venv.directory / "bin" / "python").unlink()
    venv.ensure()
    assert venv.is_ready()
    assert installations(venv) == 1


def test_two_at_once_wait_for_each_other(venv: VirtualEnvironment) -> None:
    both = [threading.Thread(target=venv.ensure) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert installations(venv) == 1


def test_the_chat_model_is_installed_once_and_only_if_asked_for(venv: VirtualEnvironment) -> None:
    venv.ensure()
    assert installations(venv) == 1
    venv.ensure_chat()
    venv.ensure_chat()
    assert installations(venv) == 2
    (venv.checkout / "requirements" / "chat.lock").write_text(LOCK + "# newer\n")
    venv.ensure_chat()
    assert installations(venv) == 3


def test_a_system_without_the_chat_model_has_the_rest(
    venv: VirtualEnvironment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: PackageInstaller) -> None:
        raise NoWheelError("xllamacpp does not exist for this system and Python version.")

    venv.ensure()
    monkeypatch.setattr(PackageInstaller, "install", fail)
    venv.ensure_chat()
    assert venv.is_ready()
    assert capsys.readouterr().out.endswith("not exist for this system and Python version.\n")


@pytest.mark.parametrize(
    ("output", "kind"),
    [
        ("ERROR: No matching distribution found for xllamacpp==1", NoWheelError),
        ("NewConnectionError(...)\nERROR: No matching distribution found for a==1", StackError),
    ],
)
def test_a_missing_wheel_is_told_from_a_missing_network(
    output: str, kind: type[StackError], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_text(output)
    assert type(PackageInstaller(tmp_path, tmp_path / "dev.lock", log)._failure()) is kind


def test_a_failed_model_set_up_is_reported(
    venv: VirtualEnvironment,
) -> None:
    setup = venv.checkout / "local" / "model_server" / "all_minilm" / "setup.py"
    setup.write_text("exit('no weights')")
    with pytest.raises(StackError, match="no weights"):
        venv.ensure()
    assert not venv.is_ready()


def test_errors_are_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: VirtualEnvironment) -> None:
        raise PermissionError(13, "Permission denied", "/x/.venv")

    monkeypatch.setattr(VirtualEnvironment, "ensure", fail)
    assert virtual_environment.main() == 1
    assert "Error: /x/.venv can't be written" in capsys.readouterr().err


def test_the_lines_of_one_package_are_read_from_the_lock_file() -> None:
    expected = LOCK[LOCK.index("uv==") : LOCK.index("uvicorn")]
    assert requirement(LOCK, "uv") == expected
    with pytest.raises(StackError, match="make lock"):
        requirement(LOCK, "pip")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("ERROR: No matching distribution found for onnxruntime==1.32.0", "onnxruntime==1.32.0 do"),
        ("NewConnectionError(...)\nERROR: No matching distribution found for a==1", "network"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("anything else", "    anything else"),
    ],
)
def test_a_failed_installation_is_explained(output: str, message: str, tmp_path: Path) -> None:
    assert message in diagnose(output, tmp_path / "setup.log")


def test_a_python_without_ensurepip_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "v"], check=True)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    (tmp_path / "dev.lock").write_text(LOCK)
    with pytest.raises(StackError, match="apt install python3-venv"):
        PackageInstaller(tmp_path / "v", tmp_path / "dev.lock", tmp_path / "log").install()


def test_an_old_python_can_parse_the_version_check() -> None:
    ast.parse(Path(bootstrap.__file__).read_text(), feature_version=(3, 4))
    for package in ("local", "local/setup"):
        ast.parse((ROOT / package / "__init__.py").read_text(), feature_version=(3, 4))


def test_make_lists_its_commands() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, check=True)
    for command in ("demo", "up", "test", "check"):
        assert f"make {command} ".encode() in done.stdout
