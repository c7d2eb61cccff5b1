"""BERT in double precision: slow, independent, and short enough to review."""

import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Array = NDArray[np.float64]

HEADS = 12

_erf = np.vectorize(math.erf, otypes=[np.float64])


class Reference:
    def __init__(self, directory: Path) -> None:
        self._weights = _read(directory / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(256)

    def ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text).ids)

    def vector(self, text: str) -> Array:
        ids = self.ids(text)
        state = (
            self._weights["embeddings.word_embeddings.weight"][ids]
            + self._weights["embeddings.position_embeddings.weight"][: len(ids)]
            + self._weights["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._layer_norm(state, "embeddings.LayerNorm")
        for layer in range(6):
            state = self._layer(state, f"encoder.layer.{layer}")
        mean = state.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean))

    def _layer(self, state: Array, name: str) -> Array:
        attended = self._linear(self._attention(state, name), f"{name}.attention.output.dense")
        state = self._layer_norm(state + attended, f"{name}.attention.output.LayerNorm")
        inner = self._linear(state, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + _erf(inner / math.sqrt(2)))
        outer = self._linear(inner, f"{name}.output.dense")
        return self._layer_norm(state + outer, f"{name}.output.LayerNorm")

    def _attention(self, state: Array, name: str) -> Array:
        query, key, value = (
            np.split(self._linear(state, f"{name}.attention.self.{part}"), HEADS, axis=1)
            for part in ("query", "key", "value")
        )
        heads = []
        for q, k, v in zip(query, key, value, strict=True):
            scores = np.exp(q @ k.T / math.sqrt(q.shape[1]))
            heads.append(scores / scores.sum(axis=1, keepdims=True) @ v)
        return np.concatenate(heads, axis=1)

    def _linear(self, state: Array, name: str) -> Array:
        return np.asarray(state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"])

    def _layer_norm(self, state: Array, name: str) -> Array:
        centred = state - state.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt(state.var(axis=1, keepdims=True) + 1e-12)
        return np.asarray(scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"])


def _read(path: Path) -> dict[str, Array]:
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    weights = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            begin, end = (start + offset for offset in entry["data_offsets"])
            values = np.frombuffer(content[begin:end], dtype="<f4").astype(np.float64)
            weights[name] = values.reshape(entry["shape"])
    return weights
