"""Answers in the shape of OpenAI's chat completions."""

import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from pydantic import BaseModel

from api.http.answer_stream import QUIET_SECONDS, WAITING, BegunAnswer, whole
from api.http.errors import problem_of
from api.http.openai_errors import openai_error
from api.http.pauses import with_pauses
from api.schemas.answers import AnswerTokensOut, usage_of
from api.schemas.citations import CitationOut, SourceOut
from api.schemas.openai_chat import (
    FINISH_REASONS,
    MODEL_ID,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    CompletionMessage,
    PieceOfMessage,
)
from shared.domain.answers.events import AnswerEvent, Citation, Delta, Done, Failed, SourcesFound

END = b"data: [DONE]\n\n"
NO_USAGE = AnswerTokensOut(prompt_tokens=0, completion_tokens=0, total_tokens=0)


def _new_id() -> str:
    return f"chatcmpl-{secrets.token_hex(12)}"


async def completion(answer: BegunAnswer) -> Completion:
    """Return the answer when it is done."""
    done = await whole(answer)
    finish = FINISH_REASONS.get(done.finish_reason, "stop")
    return Completion(
        id=_new_id(),
        created=int(time.time()),
        model=done.model or MODEL_ID,
        choices=[Choice(message=CompletionMessage(content=done.answer), finish_reason=finish)],
        usage=done.usage or NO_USAGE,
        sources=done.sources,
        citations=done.citations,
    )


async def chunks(answer: BegunAnswer, model: str, *, includes_usage: bool) -> AsyncIterator[bytes]:
    """Yield the chunks of the answer, and the end of the stream."""
    stream = _Chunks(model, includes_usage)
    async for event in with_pauses(answer.events(), QUIET_SECONDS):
        if event is None:
            yield WAITING
            continue
        if isinstance(event, Failed):
            problem = json.loads(bytes(problem_of(event.error).body))
            yield b"data: %b\n\n" % json.dumps({"error": openai_error(problem)}).encode()
        for chunk in stream.of(event):
            yield _line(chunk)
    yield END


@dataclass(slots=True)
class _Chunks:
    model: str
    includes_usage: bool
    id: str = field(default_factory=_new_id)
    created: int = field(default_factory=lambda: int(time.time()))
    citations: list[CitationOut] = field(default_factory=list)

    def of(self, event: AnswerEvent) -> Iterator[Chunk]:
        match event:
            case SourcesFound():
                sources = [SourceOut.of(each) for each in event.sources]
                first = self._chunk(PieceOfMessage(role="assistant", content=""))
                yield first.model_copy(update={"sources": sources})
            case Delta():
                yield self._chunk(PieceOfMessage(content=event.text))
            case Citation():
                self.citations.append(CitationOut.of(event))
            case Done():
                finish = FINISH_REASONS.get(event.finish, "stop")
                last = self._chunk(PieceOfMessage(), finish)
                yield last.model_copy(update={"citations": self.citations})
                if self.includes_usage:
                    usage = usage_of(event) or NO_USAGE
                    yield self._chunk().model_copy(update={"usage": usage})

    def _chunk(self, delta: PieceOfMessage | None = None, finish: str | None = None) -> Chunk:
        choices = [] if delta is None else [ChunkChoice(delta=delta, finish_reason=finish)]
        return Chunk(id=self.id, created=self.created, model=self.model, choices=choices)


def _line(chunk: BaseModel) -> bytes:
    return f"data: {chunk.model_dump_json(exclude_none=True)}\n\n".encode()
