"""Fits a prompt into the context, as Ollama does: silently, or not at all."""

import json
from collections.abc import Mapping, Sequence

from local.model_server.chat.runner import Runner
from local.model_server.protocol import RequestError

Message = Mapping[str, str]


async def chat_tokens(runner: Runner, messages: Sequence[Message], *, truncate: bool) -> list[int]:
    """Return the tokens of a chat. The oldest messages are left out if they don't fit."""
    tokens = await _tokens(runner, messages)
    if not truncate or _fit(tokens, runner.shape.num_ctx):
        return tokens
    removable = [at for at, each in enumerate(messages[:-1]) if each["role"] != "system"]
    fewest, most = 1, len(removable)  # the more messages go, the shorter is the prompt
    while fewest < most:
        gone = (fewest + most) // 2
        if _fit(await _tokens(runner, _without(messages, removable[:gone])), runner.shape.num_ctx):
            most = gone
        else:
            fewest = gone + 1
    return await _tokens(runner, _without(messages, removable[:fewest]))


def fitted(tokens: list[int], num_ctx: int, num_keep: int, *, truncate: bool) -> list[int]:
    """Return tokens that fit. Raises RequestError if some would have to go and must not."""
    if _fit(tokens, num_ctx):
        return tokens
    if not truncate:
        raise RequestError(400, _too_long(len(tokens), num_ctx))
    kept = min(max(num_keep, 0), num_ctx // 2)
    return tokens[:kept] + tokens[len(tokens) - (num_ctx - kept) // 2 :]


def _fit(tokens: Sequence[int], num_ctx: int) -> bool:
    return len(tokens) < num_ctx  # llama.cpp needs room for one more


def _without(messages: Sequence[Message], indices: Sequence[int]) -> list[Message]:
    gone = frozenset(indices)
    return [message for at, message in enumerate(messages) if at not in gone]


async def _tokens(runner: Runner, messages: Sequence[Message]) -> list[int]:
    return await runner.tokenize(await runner.prompt(messages))


def _too_long(tokens: int, num_ctx: int) -> str:
    message = (
        f"request ({tokens} tokens) exceeds the available context size ({num_ctx} tokens), "
        "try increasing it"
    )
    error = {
        "code": 400,
        "message": message,
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": num_ctx,
    }
    return json.dumps({"error": error}, separators=(",", ":"))
