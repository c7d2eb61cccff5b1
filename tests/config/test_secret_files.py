import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.config import SecretFileError, Settings
from shared.config.secret_files import FILE_MAX_BYTES
from tests.support.paths import ROOT


def read_settings(env_file: Path | None = None) -> Settings:
    return Settings(_env_file=env_file)  # type: ignore[call-arg]


@pytest.fixture(autouse=True)
def no_other_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "INKDEX_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variable", "field", "value"),
    [
        ("DATABASE_URL", "database_url", "postgresql://u:p%40ss@db/inkdex"),
        ("REDIS_URL", "redis_url", "rediss://:secret@redis:6379/0"),
        ("INKDEX_ADMIN_KEY", "admin_key", "0123456789012345678901234567890123"),
        ("RERANK_API_KEY", "rerank_api_key", " a key with spaces "),
    ],
)
def test_a_variable_names_the_file_of_a_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, field: str, value: str
) -> None:
    (tmp_path / "secret").write_text(f"{value}\n")
    monkeypatch.setenv(f"{variable}_FILE", str(tmp_path / "secret"))
    assert getattr(read_settings(), field) == SecretStr(value)


def test_env_files_can_name_it_too(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://from-a-file/inkdex")
    (tmp_path / ".env").write_text(f"DATABASE_URL_FILE={tmp_path / 'url'}\n")
    found = read_settings(tmp_path / ".env").database_url.get_secret_value()
    assert found == "postgresql://from-a-file/inkdex"


def test_the_direct_url_defaults_to_the_url_of_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text("postgresql://from-a-file/inkdex")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    assert read_settings().database_direct_url == read_settings().database_url


def test_an_empty_variable_names_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", "")
    assert read_settings().database_url == Settings.model_fields["database_url"].default


def test_only_secrets_have_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INKDEX_API_PORT_FILE", str(tmp_path / "missing"))
    assert read_settings().api_port == 8000


def test_a_secret_is_set_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://one/inkdex")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(SecretFileError, match=r"^Set DATABASE_URL or DATABASE_URL_FILE, not both"):
        read_settings()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "DATABASE_URL_FILE names a file that cannot be read: No such file or directory."),
        (b"\n", "The file that DATABASE_URL_FILE names is empty."),
        (b"\xff\xfe", "The file that DATABASE_URL_FILE names is not text in UTF-8."),
        (
            b"x" * (FILE_MAX_BYTES + 1),
            "The file that DATABASE_URL_FILE names is too large for a secret.",
        ),
    ],
)
def test_a_file_that_cannot_be_a_secret_ends_the_process(
    tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    ended = subprocess.run(
        [sys.executable, "-c", "from shared.config import get_settings; get_settings()"],
        cwd=ROOT,
        env={"DATABASE_URL_FILE": str(tmp_path / "url")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr == f"{sentence}\n"
