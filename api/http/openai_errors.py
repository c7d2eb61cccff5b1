"""Problems as OpenAI's clients read them. They show `error.message` and nothing else."""

from collections.abc import Mapping
from typing import Any

OPENAI_PATHS = frozenset({"/v1/embeddings", "/v1/chat/completions", "/v1/models"})


def openai_error(problem: Mapping[str, Any]) -> dict[str, Any]:
    """Return the member `error` of a problem."""
    status: int = problem["status"]
    first = next(iter(problem.get("errors", ())), None)
    return {
        "message": problem["detail"],
        "type": _type(status),
        "param": ".".join(map(str, first["path"])) if first else None,
        "code": problem["type"].rpartition(":")[2].replace("-", "_"),
    }


def _type(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"
