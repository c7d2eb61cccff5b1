import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.config import Settings
from tests.deploy.conftest import CHECKOUT

EXAMPLE = CHECKOUT / ".env.example"
LINES = EXAMPLE.read_text().splitlines()
ASSIGNMENT = re.compile(r"(#?)(\w+)=(.*)")


def assignments() -> dict[str, str]:
    found = [match for match in map(ASSIGNMENT.fullmatch, LINES) if match]
    names = [match[2] for match in found]
    assert len(names) == len(set(names))
    return {match[2]: match[3] for match in found}


def test_it_names_every_setting_and_no_other(
    settings_names: dict[str, str], required: set[str]
) -> None:
    assert set(assignments()) == set(settings_names.values()) | required


@pytest.mark.usefixtures("settings_names")
def test_each_line_shows_the_default(tmp_path: Path) -> None:
    everything = tmp_path / "everything"
    everything.write_text("".join(f"{name}={value}\n" for name, value in assignments().items()))
    shown = Settings(_env_file=everything)  # type: ignore[call-arg]
    empty = ("", SecretStr(""))
    without = {name for name, info in Settings.model_fields.items() if info.default in empty}
    assert shown.model_fields_set == set(Settings.model_fields) - without
    assert shown == Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.mark.usefixtures("settings_names")
def test_a_copy_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(EXAMPLE, tmp_path / ".env")
    monkeypatch.chdir(tmp_path)
    assert Settings().model_fields_set == set()


def test_it_lists_the_secrets_of_compose_without_values(required: set[str]) -> None:
    empty = {line for line in LINES if line and not line.startswith("#")}
    assert empty == {f"{name}=" for name in required}


def test_every_line_is_explained() -> None:
    for before, line in pairwise(LINES):
        if ASSIGNMENT.fullmatch(line):
            assert before.startswith("# "), line
            assert before.endswith("."), line
