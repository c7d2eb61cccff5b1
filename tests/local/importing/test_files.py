"""Files that the server reads: how they are sent, and what is said of them."""

from pathlib import Path

from tests.local.importing.command import FailingApi, run


def folder(tmp_path: Path) -> Path:
    found = tmp_path / "papers"
    (found / "below").mkdir(parents=True)
    (found / "note.md").write_text("A note.")
    (found / "below" / "report.pdf").write_bytes(b"%PDF-1.7")
    (found / "locked.pdf").write_bytes(b"%PDF-1.7")
    return found


def test_files_are_sent_one_by_one(failing_api: FailingApi, tmp_path: Path) -> None:
    options = ("--collection", "c", "--source", "mine")
    output = run(failing_api.url, tmp_path, str(folder(tmp_path)), *options, status=1)
    assert failing_api.accepted == ["mine/note.md"]
    assert "2 files accepted, and read by the workers" in output
    assert "1 files read and ready" in output
    assert "mine/locked.pdf: The file is protected by a password." in output
    assert len(failing_api.files) == 2
    report = next(body for body in failing_api.files if b'"below/report.pdf"' in body)
    for part in (b'name="file"; filename="report.pdf"', b"mine/below/report.pdf", b"%PDF-1.7"):
        assert part in report


def test_an_older_server_takes_no_files(failing_api: FailingApi, tmp_path: Path) -> None:
    failing_api.takes_files = False
    output = run(failing_api.url, tmp_path, str(folder(tmp_path)), status=1)
    assert "1 accepted" in output
    assert "2 rejected" in output
    assert "locked.pdf: this server is older and takes no files of this type" in output


def test_a_single_file(failing_api: FailingApi, tmp_path: Path) -> None:
    path = folder(tmp_path) / "below" / "report.pdf"
    assert "1 files read and ready" in run(failing_api.url, tmp_path, str(path))
