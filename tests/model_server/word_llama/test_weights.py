import subprocess
import sys
from pathlib import Path

import pytest

from local.errors import StackError
from local.model_server import names
from local.model_server.models import load_models
from local.model_server.word_llama import weights
from tests.support.paths import ROOT


def test_a_wrong_checksum_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights.SHA256, weights.TOKENIZER, "0" * 64)
    with pytest.raises(StackError, match="has SHA-256 93248f2a"):
        weights.read(weights.TOKENIZER)


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "path", lambda name: tmp_path / name)
    with pytest.raises(StackError, match=f"safetensors: No such file.* {weights.REQUIREMENT}"):
        weights.read(weights.SAFETENSORS)


def test_without_the_wheel_the_server_has_only_all_minilm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    models = load_models(threads=1)
    assert [model.card.name for model in models.loaded] == ["all-minilm:latest"]
    assert models.find("wordllama") is None
    reason = models.why_missing("wordllama:latest")
    assert reason is not None
    assert weights.REQUIREMENT in reason
    assert weights.PLATFORMS in reason
    assert models.why_missing("bge-m3") is None
    assert names.WORDLLAMA in models.missing


def test_the_code_of_the_wheel_is_never_imported() -> None:
    program = (
        "import sys; from local.model_server.word_llama.model import load; load(); "
        "sys.exit('wordllama' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
