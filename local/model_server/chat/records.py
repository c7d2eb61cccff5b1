"""The records of an answer, as Ollama sends them."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from local.model_server.chat import context
from local.model_server.chat.requests import ChatRequest, GenerateRequest, Request
from local.model_server.chat.runner import Json, Runner
from local.model_server.chat.slot import Held, Slot

NANOSECONDS_PER_MILLISECOND = 1_000_000

Tokens = Callable[[Runner], Awaitable[list[int]]]


@dataclass(frozen=True)
class Kind:
    """Where the two kinds of answers differ: the field of the text, and the tokens of a turn."""

    text: Callable[[str], Json]
    has_context: bool = False


CHAT = Kind(lambda text: {"message": {"role": "assistant", "content": text}})
GENERATE = Kind(lambda text: {"response": text}, has_context=True)


def chat(slot: Slot, request: ChatRequest) -> AsyncGenerator[Json, None]:
    """Return the records of an answer to messages."""
    if not request.messages:
        return _loading(slot, request.common, CHAT)

    async def tokens(runner: Runner) -> list[int]:
        truncate = request.common.truncate
        return await context.chat_tokens(runner, request.messages, truncate=truncate)

    return _answering(slot, request.common, CHAT, tokens)


def generate(slot: Slot, request: GenerateRequest) -> AsyncGenerator[Json, None]:
    """Return the records of an answer to a prompt."""
    if not request.prompt:
        return _loading(slot, request.common, GENERATE)

    async def tokens(runner: Runner) -> list[int]:
        if request.raw:
            return await runner.tokenize(request.prompt)
        messages = [{"role": "user", "content": request.prompt}]
        if request.system:
            messages.insert(0, {"role": "system", "content": request.system})
        return request.context + await runner.tokenize(await runner.prompt(messages))

    kind = Kind(GENERATE.text) if request.raw else GENERATE
    return _answering(slot, request.common, kind, tokens)


async def _loading(slot: Slot, request: Request, kind: Kind) -> AsyncGenerator[Json, None]:
    if request.keep_alive == 0:
        await slot.unload()
        yield _record(request, kind.text(""), done=True) | {"done_reason": "unload"}
        return
    async with slot.hold(request):
        pass
    yield _record(request, kind.text(""), done=True) | {"done_reason": "load"}


async def _answering(
    slot: Slot, request: Request, kind: Kind, tokens: Tokens
) -> AsyncGenerator[Json, None]:
    started = time.perf_counter_ns()
    async with slot.hold(request) as held:
        prompt = context.fitted(
            await tokens(held.runner),
            held.runner.shape.num_ctx,
            request.options.num_keep,
            truncate=request.truncate,
        )
        async with held.runner.complete(_completion(request, prompt, held)) as pieces:
            async for piece in pieces:
                prompt += piece["tokens"]
                more = _logprobs(piece)
                if piece["stop"]:
                    more = _final(piece, held, started)
                    more |= {"context": prompt} if kind.has_context else {}
                text = kind.text(piece["content"])
                yield _record(request, text, done=piece["stop"]) | more


def _completion(request: Request, prompt: list[int], held: Held) -> Json:
    body = request.options.sampling(held.runner.shape.num_ctx)
    body |= {"prompt": prompt, "return_progress": True}
    if request.schema is not None:
        body["json_schema"] = request.schema
    if request.logprobs:
        body["n_probs"] = max(request.top_logprobs, 1)
    return body


def _record(request: Request, text: Json, *, done: bool) -> Json:
    created_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {"model": request.model, "created_at": created_at, **text, "done": done}


def _final(piece: Json, held: Held, started: int) -> Json:
    timings = piece["timings"]
    return {
        "done_reason": "length" if piece["stop_type"] == "limit" else "stop",
        "total_duration": time.perf_counter_ns() - started,
        "load_duration": held.load_nanoseconds,
        "prompt_eval_count": piece["tokens_evaluated"],
        "prompt_eval_duration": int(timings["prompt_ms"] * NANOSECONDS_PER_MILLISECOND),
        "eval_count": piece["tokens_predicted"],
        "eval_duration": int(timings["predicted_ms"] * NANOSECONDS_PER_MILLISECOND),
    }


def _logprobs(piece: Json) -> Json:
    found = piece.get("completion_probabilities")
    return {"logprobs": [_logprob(each) for each in found]} if found else {}


def _logprob(token: Json) -> Json:
    kept = {name: token[name] for name in ("token", "logprob", "bytes")}
    top = [{name: each[name] for name in kept} for each in token.get("top_logprobs", ())]
    return kept | ({"top_logprobs": top} if top else {})
