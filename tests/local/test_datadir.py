import errno
import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import ports
from local.datadir import DataDirectory, explain
from local.errors import StackError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give things away")


def test_it_is_private(tmp_path: Path) -> None:
    folders = DataDirectory(tmp_path / "deep" / "data")
    folders.prepare()
    assert folders.logs.stat().st_mode & 0o077 == 0
    assert folders.path.stat().st_mode & 0o066 == 0


@as_root
def test_that_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(StackError, match="belongs to nobody, and you are root"):
        DataDirectory(tmp_path).prepare()


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(StackError, match="is full"):
        DataDirectory(tmp_path).prepare()


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StackError, match="data: File exists"):
        DataDirectory(tmp_path / "data").prepare()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_folder_that_cannot_be_written_is_said(number: int) -> None:
    error = OSError(number, os.strerror(number), "/some/file")
    assert "/some/file can't be written by" in explain(error, Path("/some"))


def test_only_one_holds_it_at_a_time(tmp_path: Path) -> None:
    folders = DataDirectory(tmp_path)
    folders.prepare()
    with folders.held():
        folders.announce({"Console": "http://127.0.0.1:8000/"})
        with (
            pytest.raises(StackError, match=r"(?s)already runs.*http://127.0.0.1:8000/"),
            folders.held(),
        ):
            pass
    with folders.held():
        pass


def test_ports_are_kept_while_they_are_free(tmp_path: Path) -> None:
    path, names = tmp_path / "ports.json", ("one", "other")
    first = ports.kept_ports(path, names, frozenset())
    assert ports.kept_ports(path, names, frozenset()) == first
    with socket.create_server(("127.0.0.1", first["one"])):
        second = ports.kept_ports(path, names, frozenset({first["other"]}))
    assert not set(first.values()) & set(second.values())
    path.write_text("half a no")
    assert set(ports.kept_ports(path, names, frozenset())) == set(names)
