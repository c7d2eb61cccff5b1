"""Answers of Ollama's /api/chat with log probabilities, for a RerankServer."""

import math
from typing import Any

from tests.support.rerank_server import Answer, Body, RerankServer, overlap


def host(server: RerankServer) -> str:
    """Return the address that OLLAMA_HOST would have."""
    return server.url.removesuffix("/v1/rerank")


def likely(*tokens: tuple[str, float]) -> Answer:
    """Answer with the first of the tokens."""
    listed = [{"token": each, "logprob": p, "bytes": list(each.encode())} for each, p in tokens]
    first = {**listed[0], "top_logprobs": listed}
    return 200, {**_reply(tokens[0][0]), "logprobs": [first]}


def without_logprobs(_: Body) -> Answer:
    """Answer as Ollama does before version 0.12.11."""
    return 200, _reply("Yes")


def by_overlap(body: Body) -> Answer:
    """Say yes with a probability that grows with the words that query and passage share."""
    if not body["messages"]:
        return 200, {**_reply(""), "done_reason": "load"}
    query, passage = question(body)
    yes = 0.1 + 0.1 * overlap(query, passage)
    return likely(("Yes", math.log(yes)), ("No", math.log(1 - yes)))


def question(body: Body) -> tuple[str, str]:
    """Return the query and the passage that a request asks about."""
    query, passage, _ = body["messages"][-1]["content"].split("\n\n")
    return query.removeprefix("Query: "), passage.removeprefix("Passage: ")


def _reply(content: str) -> dict[str, Any]:
    return {
        "model": "chat",
        "created_at": "2025-11-13T10:00:00.000000Z",
        "message": {"role": "assistant", "content": content},
        "done": True,
        "done_reason": "length",
        "eval_count": 1,
    }
