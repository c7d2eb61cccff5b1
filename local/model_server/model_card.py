"""The description of a model in the answers of the server."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

# For "never" (keep_alive -1), Ollama adds Go's longest duration: 292 years.
NEVER = "2318-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What `/api/tags`, `/api/show` and `/api/ps` say about one model."""

    name: str
    weights: Path
    digest: str
    context_length: int
    details: Mapping[str, object]
    model_info: Mapping[str, object]
    vocabulary: Callable[[], Sequence[str]] = list
    capability: str = "embedding"

    def tag(self) -> dict[str, object]:
        return self._summary() | {"modified_at": self._modified_at()}

    def running(self) -> dict[str, object]:
        loaded = {"expires_at": NEVER, "size_vram": 0, "context_length": self.context_length}
        return self._summary() | loaded

    def show(self, *, verbose: bool) -> dict[str, object]:
        """Describe the model, and add its vocabulary if `verbose`."""
        vocabulary = {"tokenizer.ggml.tokens": self.vocabulary() if verbose else None}
        return {
            "parameters": f"{'num_ctx':<30} {self.context_length}",
            "details": self.details,
            "model_info": {**self.model_info, **vocabulary},
            "capabilities": [self.capability],
            "modified_at": self._modified_at(),
        }

    def _summary(self) -> dict[str, object]:
        return {
            "name": self.name,
            "model": self.name,
            "size": self.weights.stat().st_size,
            "digest": self.digest,
            "details": self.details,
        }

    def _modified_at(self) -> str:
        return datetime.fromtimestamp(self.weights.stat().st_mtime, UTC).isoformat()
