"""What Ollama reports about a model."""

import re
from collections.abc import Sequence
from typing import Any

import ollama

from shared.adapters.ollama.failures import model_missing

_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)", re.MULTILINE)


def same_model(a: str, b: str) -> bool:
    """Return whether two names mean one model: a missing tag means `latest`."""
    return _tagged(a) == _tagged(b)


def _tagged(name: str) -> str:
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def digest_of(model: str, listed: Sequence[Any]) -> str:
    for entry in listed:
        if entry.model and entry.digest and same_model(entry.model, model):
            return str(entry.digest)
    raise model_missing(model)


def context_tokens(card: ollama.ShowResponse) -> int | None:
    if configured := _NUM_CTX.search(card.parameters or ""):
        return int(configured.group(1))
    made_for = [
        value
        for name, value in (card.modelinfo or {}).items()
        if name.endswith(".context_length") and isinstance(value, int)
    ]
    return min(made_for, default=None)


def wordpiece_vocabulary(card: ollama.ShowResponse) -> Sequence[str]:
    told = card.modelinfo or {}
    tokens = told.get("tokenizer.ggml.tokens")
    if told.get("tokenizer.ggml.model") != "bert" or not isinstance(tokens, list):
        return ()
    return [token for token in tokens if isinstance(token, str)]
