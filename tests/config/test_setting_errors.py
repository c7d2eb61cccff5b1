import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared.config import Settings, setting_errors, variable_name
from tests.support.paths import ROOT


def errors_of(monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[str]:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)  # type: ignore[call-arg]
    return setting_errors(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("API_PORT", "99999", "API_PORT must be from 1 to 65535."),
        ("INKDEX_CHUNK_TOKENS", "many", "INKDEX_CHUNK_TOKENS must be a whole number."),
        ("INKDEX_HNSW_M", "1.5", "INKDEX_HNSW_M must be a whole number."),
        ("INKDEX_WORKER_THREADS", "1", "INKDEX_WORKER_THREADS must be at least 2."),
        ("INKDEX_EVENTS_KEEP_HOURS", "long", "INKDEX_EVENTS_KEEP_HOURS must be a number."),
        ("INKDEX_JOB_LEASE_SECONDS", "0", "INKDEX_JOB_LEASE_SECONDS must be greater than 0."),
        ("INKDEX_LOG_LEVEL", "loud", "INKDEX_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR."),
        (
            "INKDEX_FLOWER_URL",
            "ftp://flower",
            "INKDEX_FLOWER_URL must be an address that begins with http:// or https://.",
        ),
        (
            "DATABASE_URL",
            "mysql hunter2",
            "DATABASE_URL must be a PostgreSQL URL, such as postgresql://host/name.",
        ),
    ],
)
def test_a_sentence_names_the_variable_and_what_it_must_be(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    assert errors_of(monkeypatch, **{name: value}) == [sentence]


def test_each_wrong_setting_has_a_sentence_without_its_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = {"INKDEX_WEBHOOK_ALLOWED_NETWORKS": "hunter2", "DATABASE_URL": "hunter2"}
    sentences = errors_of(monkeypatch, **wrong)
    assert {sentence.split()[0] for sentence in sentences} == set(wrong)
    assert "hunter2" not in "".join(sentences)


def test_two_rerankers_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    two = {"RERANK_URL": "http://127.0.0.1/v1/rerank", "RERANK_CHAT_MODEL": "qwen2.5:1.5b"}
    assert errors_of(monkeypatch, **two) == [
        "RERANK_CHAT_MODEL must be empty if RERANK_URL is set; choose one of them."
    ]


def test_every_field_has_a_sentence() -> None:
    wrong: dict[str, Any] = dict.fromkeys(Settings.model_fields, object())
    with pytest.raises(ValidationError) as caught:
        Settings(**wrong)
    named = {sentence.split()[0] for sentence in setting_errors(caught.value)}
    assert named == {variable_name(field) for field in Settings.model_fields}


@pytest.mark.parametrize("module", ["api", "worker", "worker.flower"])
def test_a_process_ends_with_the_sentences_and_no_traceback(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "API_PORT": "0",
            "INKDEX_CHUNK_TOKENS": "hunter2",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "API_PORT must be from 1 to 65535.",
        "INKDEX_CHUNK_TOKENS must be a whole number.",
    ]
