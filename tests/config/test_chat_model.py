"""The setting of the chat model."""

import pytest

from shared.config import Settings


@pytest.mark.parametrize(
    ("setting", "model"), [("", "llama3.2"), ("qwen2.5", "qwen2.5"), ("none", "")]
)
def test_none_is_no_model(monkeypatch: pytest.MonkeyPatch, setting: str, model: str) -> None:
    monkeypatch.setenv("CHAT_MODEL", setting)
    assert Settings().chat_model == model
