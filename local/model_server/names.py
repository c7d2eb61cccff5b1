"""The names under which the server offers its models, and which of them this machine lacks."""

from collections.abc import Mapping

from local.model_server.smollm2 import weights as smollm2_weights
from local.model_server.word_llama import weights

ALL_MINILM = "all-minilm"
WORDLLAMA = "wordllama"
SMOLLM2 = "smollm2"

NAMES = {
    ALL_MINILM: frozenset(
        {"all-minilm", "all-minilm:latest", "all-minilm:22m", "all-minilm:l6-v2"}
    ),
    WORDLLAMA: frozenset({"wordllama", "wordllama:latest", "wordllama:256"}),
}

CHAT_NAMES = {SMOLLM2: frozenset({"smollm2", "smollm2:latest", "smollm2:135m"})}


def offered(name: str) -> str | None:
    """Return the key in NAMES of the model that a client names. None if the server lacks it."""
    return _key(NAMES, name)


def offered_chat(name: str) -> str | None:
    """Return the key in CHAT_NAMES of the model that a client names, likewise."""
    return _key(CHAT_NAMES, name)


def missing() -> Mapping[str, str]:
    """Return the keys in NAMES of the models whose wheel is not installed, and why."""
    reason = weights.why_missing()
    return {WORDLLAMA: reason} if reason else {}


def why_chat_is_missing() -> str | None:
    """Return why the packages of the chat model are not installed. None if they are."""
    return smollm2_weights.why_missing()


def _key(known: Mapping[str, frozenset[str]], name: str) -> str | None:
    asked = name.strip().lower()
    return next((model for model, names in known.items() if asked in names), None)
