import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from local.errors import StackError
from local.model_server.all_minilm import setup, weights
from local.model_server.all_minilm.encoder import MiniLmEncoder
from tests.support.paths import ROOT


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "share" / "all-minilm"


def test_setup_runs_once(directory: Path) -> None:
    assert setup.ensure(directory)
    before = (directory / setup.GRAPH).stat()
    assert not setup.ensure(directory)
    assert (directory / setup.GRAPH).stat().st_mtime_ns == before.st_mtime_ns
    assert [path.name for path in directory.parent.iterdir()] == [directory.name]


def test_another_version_of_the_graph_is_replaced(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.ensure(directory)
    monkeypatch.setattr(setup, "GRAPH_VERSION", -1)
    assert setup.ensure(directory)
    assert setup.is_current(directory)
    assert [path.name for path in directory.parent.iterdir()] == [directory.name]


@pytest.mark.parametrize("stamp", ["", "not JSON", "[]", '{"graph": 1}'])
def test_a_damaged_stamp_is_not_current(directory: Path, stamp: str) -> None:
    directory.mkdir(parents=True)
    (directory / setup.STAMP).write_text(stamp)
    assert not setup.is_current(directory)


def test_two_setups_can_run_at_once(directory: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(setup.ensure, [directory, directory]))
    assert setup.is_current(directory)


def test_an_encoder_sets_up_a_missing_model(directory: Path, encoder: MiniLmEncoder) -> None:
    text = ["The ink is dry."]
    np.testing.assert_array_equal(MiniLmEncoder(directory).encode(text), encoder.encode(text))


def test_a_missing_wheel_is_named(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    with pytest.raises(StackError, match=weights.REQUIREMENT):
        setup.ensure(directory)
    assert list(directory.parent.iterdir()) == []


def test_wrong_checksums_are_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.SHA256, weights.TOKENIZER, "0" * 64)
    with pytest.raises(StackError, match=r"tokenizer\.json has SHA-256 be50c362"):
        setup.ensure(directory)
    assert list(directory.parent.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_archive_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(content)
    monkeypatch.setattr(weights, "_archive", lambda: archive)
    with pytest.raises(StackError, match="Reinstall"):
        setup.ensure(directory)


def test_an_archive_without_the_model_is_refused(
    directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = tmp_path / "model.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("README", "empty")
    monkeypatch.setattr(weights, "_archive", lambda: archive)
    with pytest.raises(StackError, match="Reinstall"):
        setup.ensure(directory)


def test_the_error_for_an_unwritable_folder_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match=setup.COMMAND):
        setup.ensure(tmp_path / "file" / "all-minilm")


def test_the_command_prints_the_directory(encoder: MiniLmEncoder) -> None:
    done = _run("local.model_server.all_minilm.setup")
    assert done.returncode == 0
    assert str(encoder.directory) in done.stdout


@pytest.mark.parametrize(
    "arguments", [["local.model_server.all_minilm.setup"], ["local.model_server", "--port", "1"]]
)
def test_a_failure_is_one_line_and_no_traceback(tmp_path: Path, arguments: list[str]) -> None:
    # A package of that name without the weights comes first on the path.
    (tmp_path / weights.PACKAGE).mkdir()
    (tmp_path / weights.PACKAGE / "__init__.py").touch()
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.prefix = {str(tmp_path)!r}")
    done = _run(*arguments, path=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert weights.REQUIREMENT in done.stderr


def _run(*arguments: str, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
