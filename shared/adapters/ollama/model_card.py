"""Reads Ollama's description of a model."""

import re
from collections.abc import Sequence
from typing import Any

import ollama

from shared.adapters.ollama.failures import model_missing

_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)", re.MULTILINE)


def same_model(a: str, b: str) -> bool:
    """Return whether two names mean the same model; without a tag a name means `latest`."""
    return _tagged(a) == _tagged(b)


def _tagged(name: str) -> str:
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def listed_digest(model: str, listed: Sequence[Any]) -> str:
    """Return the model's digest in Ollama's list of models; raises ModelUnavailable."""
    for entry in listed:
        if entry.model and entry.digest and same_model(entry.model, model):
            return str(entry.digest)
    raise model_missing(model)


def context_tokens(card: ollama.ShowResponse) -> int | None:
    """Return how many tokens the model reads, as configured or as built; None if unknown."""
    if configured := _NUM_CTX.search(card.parameters or ""):
        return int(configured.group(1))
    return _smallest(card, ".context_length")


def embedding_dimensions(card: ollama.ShowResponse) -> int | None:
    """Return the length of the model's vectors; None if unknown."""
    return _smallest(card, ".embedding_length")


def wordpiece_vocabulary(card: ollama.ShowResponse) -> Sequence[str]:
    """Return the tokens of a WordPiece vocabulary; empty for other tokenizers."""
    info = card.modelinfo or {}
    tokens = info.get("tokenizer.ggml.tokens")
    if info.get("tokenizer.ggml.model") != "bert" or not isinstance(tokens, list):
        return ()
    return [token for token in tokens if isinstance(token, str)]


def _smallest(card: ollama.ShowResponse, ending: str) -> int | None:
    found = [
        value
        for name, value in (card.modelinfo or {}).items()
        if name.endswith(ending) and isinstance(value, int)
    ]
    return min(found, default=None)
