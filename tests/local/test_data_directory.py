import errno
import os
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import ports
from local.data_directory import DataDirectory, describe_error
from local.errors import StackError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the owner of files")


def test_it_is_private(tmp_path: Path) -> None:
    data_directory = DataDirectory(tmp_path / "deep" / "data")
    data_directory.prepare()
    assert data_directory.logs.stat().st_mode & 0o077 == 0
    assert data_directory.path.stat().st_mode & 0o066 == 0


@as_root
def test_the_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(StackError, match="belongs to nobody, and you are root"):
        DataDirectory(tmp_path).prepare()


def test_a_full_disk_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    with pytest.raises(StackError, match="is full"):
        DataDirectory(tmp_path).prepare()


def test_a_file_with_its_name_is_reported(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StackError, match="data: File exists"):
        DataDirectory(tmp_path / "data").prepare()


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_read_only_folder_is_reported(number: int) -> None:
    error = OSError(number, os.strerror(number), "/some/file")
    assert "/some/file can't be written by" in describe_error(error, Path("/some"))


def test_only_one_run_locks_it_at_a_time(tmp_path: Path) -> None:
    data_directory = DataDirectory(tmp_path)
    data_directory.prepare()
    with data_directory.locked():
        data_directory.write_supervisor({"Console": "http://127.0.0.1:8000/"})
        with (
            pytest.raises(StackError, match=r"(?s)already runs.*http://127.0.0.1:8000/"),
            data_directory.locked(),
        ):
            pass
    with data_directory.locked():
        pass


def test_ports_are_reused_while_they_are_free(tmp_path: Path) -> None:
    path, names = tmp_path / "ports.json", ("one", "other")
    first = ports.reuse_ports(path, names, frozenset())
    assert ports.reuse_ports(path, names, frozenset()) == first
    with socket.create_server(("127.0.0.1", first["one"])):
        second = ports.reuse_ports(path, names, frozenset({first["other"]}))
    assert not set(first.values()) & set(second.values())
    path.write_text('{"one": 2')
    assert set(ports.reuse_ports(path, names, frozenset())) == set(names)
