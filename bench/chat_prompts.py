"""Prompts as Inkdex composes them, and how long a chat model needs for them."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from bench import measure
from shared.adapters.ollama.chat import OllamaChat
from shared.domain.answers.chat import ChatEnd, ChatRequest
from shared.domain.answers.composition import Prompt, PromptLimits, composed
from shared.domain.answers.question import Message, Question
from shared.domain.answers.sources import Passage, SourceDocument
from shared.domain.answers.tokens import TokenRatio
from shared.domain.refs import DEFAULT_TENANT, Collection, DocumentRef
from shared.domain.search.scope import Scope

ANSWER_TOKENS = 48
COLLECTION = Collection(DEFAULT_TENANT, "default")
SCOPE = Scope(COLLECTION)
SHORTEST, LONGEST = 600, 1000
"""The characters of a passage. Chunks of 256 tokens have about so many."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How long the client waited for the first piece, and what the server reports."""

    first_seconds: float
    end: ChatEnd


@dataclass(frozen=True, slots=True)
class Median:
    """The medians of some answers. Durations are in milliseconds."""

    tokens: int
    prefill_ms: float
    first_token_ms: float
    tokens_per_second: float


class Prompts:
    """Composes prompts of passages that no earlier prompt had."""

    def __init__(self) -> None:
        documents = measure.documents(10_000, longest=LONGEST, shortest=SHORTEST)
        self._passages = self._cycle(documents)
        self.ratio = TokenRatio()

    def compose(self, sources: int, context_tokens: int) -> Prompt:
        """Return a prompt with so many sources, or with as many as fit."""
        passages = list(islice(self._passages, sources))
        question = Question(f"What is {passages[0].document.title} for?", SCOPE, sources=sources)
        limits = PromptLimits(context_tokens, ANSWER_TOKENS, context_tokens, 0, summarizes=False)
        return composed(question, passages, limits, self.ratio)

    def _cycle(self, documents: Sequence[measure.Document]) -> Iterator[Passage]:
        while True:
            for number, each in enumerate(documents):
                text = each["content"]
                ref = DocumentRef(COLLECTION, each["id"])
                hashed = sha256(text.encode()).digest()
                document = SourceDocument(number, ref, 1, hashed, each["title"])
                yield Passage(document, 0, len(text), text)


async def take(chat: OllamaChat, request: ChatRequest) -> Taken:
    """Read a whole answer."""
    started = time.perf_counter()
    first, end = None, None
    async with aclosing(chat.chat(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, ChatEnd):
                end = piece
            elif first is None:
                first = time.perf_counter() - started
    assert end is not None
    return Taken(first or time.perf_counter() - started, end)


def request_of(model: str, prompt: Prompt, messages: Sequence[Message]) -> ChatRequest:
    return ChatRequest(model, messages, prompt.context_tokens, prompt.max_tokens)


def median(taken: Sequence[Taken]) -> Median:
    ends = [each.end for each in taken]
    speeds = [each.answer_tokens / each.decode_seconds for each in ends if each.decode_seconds]
    return Median(
        round(statistics.median(each.prompt_tokens for each in ends)),
        round(1000 * statistics.median(each.prefill_seconds for each in ends), 1),
        round(1000 * statistics.median(each.first_seconds for each in taken), 1),
        round(statistics.median(speeds), 1) if speeds else 0.0,
    )
