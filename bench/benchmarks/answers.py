"""Answers: what their time depends on, what the cache saves, and what searches notice.

The chat model is CHAT_MODEL at OLLAMA_CHAT_HOST, or that of the local model server.
"""

import asyncio
import os
import statistics
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench import stack
from bench.asked import Asker, search_milliseconds
from bench.chat_prompts import Median, Prompts, Taken, median, request_of, take
from bench.output import line_chart
from local.model_server.smollm2 import weights
from local.stack import chat_choice, model_choice
from shared.adapters.ollama.chat import OllamaChat
from shared.config import Settings
from shared.domain.answers.question import Message, Role

SOURCES = (1, 3, 6, 12)
CONTEXTS = (2048, 4096, 8192)
QUICK_CONTEXTS = (4096,)
PREFIX_CONTEXT = 4096
DOCUMENTS, QUESTIONS, SEARCHES = 400, 8, 60

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """Where the chat model is, and the settings that say so."""

    host: str
    model: str

    @property
    def environment(self) -> Mapping[str, str]:
        return {"OLLAMA_CHAT_HOST": self.host, "CHAT_MODEL": self.model}


def run(*, quick: bool) -> dict[str, list[Row]]:
    """Return the rows of each table by its title."""
    with (
        tempfile.TemporaryDirectory(prefix="inkdex-") as home,
        stack.configured_ollama(Path(home)) as ollama,
    ):
        server = _chat_server(ollama)
        context, prefix = asyncio.run(_prompts(server, quick=quick))
        answers, searches = _through_the_api(Path(home), ollama, server, quick=quick)
    return {
        f"The prompt of {server.model}, by number of sources and num_ctx": context,
        "The part of a prompt that the server has read before": prefix,
        "An answer that is generated, and one from the exact cache": answers,
        "Semantic searches with new queries": searches,
    }


def draw(tables: Mapping[str, Sequence[Row]], path: Path) -> None:
    """Draw the time to read a prompt by its length."""
    rows = next(iter(tables.values()))
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        point = (float(row["tokens in"]), max(0.1, float(row["prefill ms"])))
        lines.setdefault(f"num_ctx {row['num_ctx']}", []).append(point)
    line_chart.save(path, "Reading a prompt", ("tokens of the prompt", "prefill, ms"), lines)


async def _prompts(server: Server, *, quick: bool) -> tuple[list[Row], list[Row]]:
    rounds = 1 if quick else 3
    prompts = Prompts()
    chat = OllamaChat(Settings(), server.host)
    try:
        rows = [
            row
            for context in (QUICK_CONTEXTS if quick else CONTEXTS)
            for row in await _of_context(chat, server, prompts, context, rounds)
        ]
        return rows, await _prefixes(chat, server, prompts, rounds)
    finally:
        await chat.close()


async def _of_context(
    chat: OllamaChat, server: Server, prompts: Prompts, context: int, rounds: int
) -> list[Row]:
    async def answer(sources: int) -> tuple[int, Taken]:
        prompt = prompts.compose(sources, context)
        taken = await take(chat, request_of(server.model, prompt, prompt.messages("")))
        return len(prompt.selection.in_prompt), taken

    await answer(1)  # loads the model, and leaves the system message in its cache
    rows = []
    for sources in SOURCES:
        answers = [await answer(sources) for _ in range(rounds)]
        found = median([taken for _, taken in answers])
        rows.append(
            {
                "num_ctx": context,
                "sources": sources,
                "in the prompt": answers[-1][0],
                "tokens in": found.tokens,
                "prefill ms": found.prefill_ms,
                "first token ms": found.first_token_ms,
                "tokens/s": found.tokens_per_second,
                "memory MB": await _memory(server),
            }
        )
        print(f"num_ctx {context}, {sources} sources: {found.first_token_ms:,.0f} ms", flush=True)
    return rows


async def _prefixes(chat: OllamaChat, server: Server, prompts: Prompts, rounds: int) -> list[Row]:
    """Measure prompts of which the server knows nothing, the system message, and everything."""
    known: dict[str, list[Taken]] = {"nothing": [], "the system message": [], "all of it": []}
    for number in range(rounds):
        prompt = prompts.compose(3, PREFIX_CONTEXT)
        messages = prompt.messages("")
        unknown = [Message(Role.SYSTEM, f"{number}. {messages[0].content}"), *messages[1:]]
        other = prompts.compose(1, PREFIX_CONTEXT).messages("")
        # Each one leaves the beginning that the next one needs.
        for taken, sent in (
            (known["nothing"], unknown),
            ([], other),
            (known["the system message"], messages),
            (known["all of it"], messages),
        ):
            taken.append(await take(chat, request_of(server.model, prompt, sent)))
    return [_prefix_row(name, median(taken)) for name, taken in known.items()]


def _prefix_row(known: str, found: Median) -> Row:
    return {
        "read before": known,
        "tokens in": found.tokens,
        "prefill ms": found.prefill_ms,
        "first token ms": found.first_token_ms,
    }


async def _memory(server: Server) -> int | None:
    """Return the megabytes of the loaded model, if the server says."""
    async with httpx.AsyncClient(base_url=server.host, trust_env=False, timeout=10) as client:
        found = (await client.get("/api/ps")).json().get("models", [])
    loaded = (each for each in found if model_choice.is_same_model(each["name"], server.model))
    size = next((each.get("size") for each in loaded), None)
    return size and round(size / 1e6)


def _through_the_api(
    home: Path, ollama: str, server: Server, *, quick: bool
) -> tuple[list[Row], list[Row]]:
    environment = {"OLLAMA_HOST": ollama, **server.environment}
    with stack.running(home / "stack", environment) as served:
        asker = Asker(served, DOCUMENTS // 4 if quick else DOCUMENTS)
        questions = asker.questions(4 if quick else QUESTIONS)
        asker.ask(questions[0])  # loads the model
        answers = [
            _answer_row(name, [asker.ask(each) for each in questions[1:]])
            for name in ("generated", "exact cache")
        ]
        return answers, _searches(asker, 20 if quick else SEARCHES)


def _answer_row(name: str, asked: Sequence[Mapping[str, Any]]) -> Row:
    wanted = {"generated": "miss", "exact cache": "exact"}[name]
    found = [each for each in asked if each["cache"] == wanted]
    if not found:
        raise SystemExit(f"No answer was {name}.")

    def middle(field: str) -> float:
        return round(statistics.median(float(each[field]) for each in found), 1)

    return {
        "answer": name,
        "answers": len(found),
        "first words ms": middle("first_ms"),
        "total ms": middle("total_ms"),
        "of it search ms": middle("retrieve_ms"),
        "without search ms": middle("rest_ms"),
    }


def _searches(asker: Asker, count: int) -> list[Row]:
    """Measure searches that embed their query, alone and while an answer is generated."""
    alone = search_milliseconds(asker, range(count))
    stopped = threading.Event()
    answering = threading.Thread(target=asker.keep_answering, args=(stopped,))
    answering.start()
    try:
        asker.until_generating()
        beside = search_milliseconds(asker, range(count, 2 * count))
    finally:
        stopped.set()
        answering.join()
    return [
        {"searches": name, **{key: round(value, 1) for key, value in each.items()}}
        for name, each in (("alone", alone), ("beside an answer", beside))
    ]


def _chat_server(ollama: str) -> Server:
    """Return the configured chat model, or that of the local model server."""
    model, host = os.environ.get("CHAT_MODEL"), os.environ.get("OLLAMA_CHAT_HOST")
    if model:
        return Server(model_choice.base_url(host or ollama), model)
    if reason := weights.why_missing():
        raise SystemExit(f"Set CHAT_MODEL and OLLAMA_CHAT_HOST, or use the small model. {reason}")
    return Server(ollama, chat_choice.MODEL)
