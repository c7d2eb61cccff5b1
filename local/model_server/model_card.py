"""The description of the model in the answers of the server."""

import json
from datetime import UTC, datetime
from pathlib import Path

from local.model_server import weights
from local.model_server.encoder import CONTEXT_LENGTH, DIMENSIONS

NAME = "all-minilm:latest"
VERSION = "0.32.0-inkdex"  # the Ollama release it imitates, with a suffix that identifies it

# For "never" (keep_alive -1), Ollama adds Go's longest duration: 292 years.
NEVER = "2318-01-01T00:00:00Z"

DETAILS = {
    "parent_model": "",
    "format": "safetensors",
    "family": "bert",
    "families": ["bert"],
    "parameter_size": "23M",
    "quantization_level": "F32",
}
MODEL_INFO = {
    "general.architecture": "bert",
    "general.basename": "all-MiniLM-L6-v2",
    "general.file_type": 0,
    "general.parameter_count": 22_565_376,
    "bert.attention.causal": False,
    "bert.attention.head_count": 12,
    "bert.attention.layer_norm_epsilon": 1e-12,
    "bert.block_count": 6,
    "bert.context_length": 512,
    "bert.embedding_length": DIMENSIONS,
    "bert.feed_forward_length": 1536,
    "bert.pooling_type": 1,
    "tokenizer.ggml.model": "bert",
}


class ModelCard:
    """Answers of `/api/tags`, `/api/show` and `/api/ps` for the model in a folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        file = (directory / weights.SAFETENSORS).stat()
        self._size = file.st_size
        self._modified_at = datetime.fromtimestamp(file.st_mtime, UTC).isoformat()

    def tags(self) -> dict[str, object]:
        return {"models": [self._summary() | {"modified_at": self._modified_at}]}

    def running(self) -> dict[str, object]:
        """List the loaded models."""
        loaded = {"expires_at": NEVER, "size_vram": 0, "context_length": CONTEXT_LENGTH}
        return {"models": [self._summary() | loaded]}

    def show(self, *, verbose: bool) -> dict[str, object]:
        """Describe the model, and add its vocabulary if `verbose`."""
        vocabulary = {"tokenizer.ggml.tokens": self._vocabulary() if verbose else None}
        return {
            "parameters": f"{'num_ctx':<30} {CONTEXT_LENGTH}",
            "details": DETAILS,
            "model_info": MODEL_INFO | vocabulary,
            "capabilities": ["embedding"],
            "modified_at": self._modified_at,
        }

    def _vocabulary(self) -> list[str]:
        """Return the vocabulary as GGUF writes it: U+2581 marks a token that starts a word."""
        pieces = json.loads((self._directory / weights.TOKENIZER).read_text("utf-8"))
        ordered = sorted(pieces["model"]["vocab"].items(), key=lambda piece: int(piece[1]))
        return [_gguf_token(token) for token, _ in ordered]

    def _summary(self) -> dict[str, object]:
        return {
            "name": NAME,
            "model": NAME,
            "size": self._size,
            "digest": weights.SHA256[weights.SAFETENSORS],
            "details": DETAILS,
        }


def _gguf_token(token: str) -> str:
    if token.startswith("##"):
        return token[2:]
    return token if token.startswith("[") and token.endswith("]") else f"\u2581{token}"
