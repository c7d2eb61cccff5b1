"""The names under which the server offers its models, and which of them this machine lacks."""

from collections.abc import Mapping

from local.model_server.word_llama import weights

ALL_MINILM = "all-minilm"
WORDLLAMA = "wordllama"

NAMES = {
    ALL_MINILM: frozenset(
        {"all-minilm", "all-minilm:latest", "all-minilm:22m", "all-minilm:l6-v2"}
    ),
    WORDLLAMA: frozenset({"wordllama", "wordllama:latest", "wordllama:256"}),
}


def offered(name: str) -> str | None:
    """Return the key in NAMES of the model that a client names. None if the server lacks it."""
    asked = name.strip().lower()
    return next((model for model, names in NAMES.items() if asked in names), None)


def missing() -> Mapping[str, str]:
    """Return the keys in NAMES of the models whose wheel is not installed, and why."""
    reason = weights.why_missing()
    return {WORDLLAMA: reason} if reason else {}
