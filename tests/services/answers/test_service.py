"""What the end of an answer says of what was missing."""

from collections.abc import AsyncIterator
from typing import cast

import pytest

from shared.domain.answers.chat import ChatCard
from shared.domain.answers.composition import Prompt
from shared.domain.answers.events import (
    Admitted,
    AnswerEvent,
    CitationCounts,
    Degraded,
    DegradedReason,
    Delta,
    Done,
    Finish,
    SourcesFound,
)
from shared.domain.answers.evidence import Evidence
from shared.domain.answers.question import Question
from shared.domain.answers.refusal import Refusal
from shared.domain.answers.selection import Selection
from shared.domain.answers.sources import Passage, SourceDocument
from shared.domain.errors import TooBusy
from shared.domain.refs import DocumentRef, Tenant
from shared.domain.search.scope import Scope
from shared.ports.meters import ApiMeter
from shared.services.answers.chat_models import ChatModels
from shared.services.answers.generation import Generation
from shared.services.answers.model_answers import ModelAnswers
from shared.services.answers.retrieval import Retrieval, Retrieved
from shared.services.answers.service import AnswerService
from tests.support.collections import named

pytestmark = pytest.mark.anyio

QUESTION = Question("How long?", Scope(named("ink")))
PASSAGE = Passage(SourceDocument(1, DocumentRef(named("ink"), "a"), 1, b"hash"), 0, 4, "Long")


class FoundByWords:
    """A search while the embedding model is away."""

    def __init__(self, refusal: Refusal | None) -> None:
        self._refusal = refusal

    async def retrieve(self, question: Question) -> Retrieved:  # noqa: ARG002
        passages = () if self._refusal else (PASSAGE,)
        return Retrieved(
            Evidence(passages, None),
            self._refusal,
            by_words_only=True,
            retrieve_seconds=0.1,
            rerank_seconds=0.0,
        )


class OneModel:
    async def card(self, model: str | None) -> ChatCard:  # noqa: ARG002
        return ChatCard("chat", "digest")


class CountingMeter(ApiMeter):
    def __init__(self) -> None:
        self.cancelled = 0

    def question_cancelled(self, tenant: Tenant) -> None:  # noqa: ARG002
        self.cancelled += 1


class OneAnswer:
    def __init__(self, degraded: Degraded | None = None, error: Exception | None = None) -> None:
        self._degraded = degraded
        self._error = error

    async def compose(self, question: Question, *_: object) -> Prompt:
        return Prompt(question, Selection(), 512, 64)

    async def events(self, *_: object) -> AsyncIterator[AnswerEvent]:
        if self._error:
            raise self._error
        yield Admitted()
        yield Delta("Long.")
        yield Done(Finish.STOP, CitationCounts(), degraded=self._degraded)


def service(
    refusal: Refusal | None = None,
    answer: OneAnswer | None = None,
    meter: ApiMeter | None = None,
) -> AnswerService:
    return AnswerService(
        cast("Retrieval", FoundByWords(refusal)),
        cast("ChatModels", OneModel()),
        cast("ModelAnswers", answer or OneAnswer()),
        cast("Generation", None),
        meter or ApiMeter(),
    )


def reason(event: AnswerEvent) -> DegradedReason | None:
    assert isinstance(event, SourcesFound | Done)
    return event.degraded.reason if event.degraded else None


@pytest.mark.parametrize("refusal", [None, Refusal((), ())])
async def test_the_first_and_the_last_event_say_that_words_alone_were_searched(
    refusal: Refusal | None,
) -> None:
    first, *_, last = [event async for event in service(refusal).ask(QUESTION)]
    assert reason(first) == reason(last) == DegradedReason.MODEL_UNAVAILABLE


async def test_a_lost_answer_says_that_first() -> None:
    lost = Degraded(DegradedReason.CHAT_UNAVAILABLE, "part")
    *_, last = [event async for event in service(answer=OneAnswer(lost)).ask(QUESTION)]
    assert reason(last) == DegradedReason.CHAT_UNAVAILABLE


async def test_a_question_that_is_refused_for_lack_of_room_was_not_cancelled() -> None:
    meter = CountingMeter()
    busy = OneAnswer(error=TooBusy("Too many questions."))
    with pytest.raises(TooBusy):
        await anext(service(answer=busy, meter=meter).ask(QUESTION))
    assert meter.cancelled == 0


@pytest.mark.parametrize("events", [1, 2, 3])
async def test_a_question_whose_client_leaves_is_counted_unless_it_was_answered(
    events: int,
) -> None:
    meter = CountingMeter()
    asked = service(meter=meter).ask(QUESTION)
    for _ in range(events):
        await anext(asked)
    await asked.aclose()
    assert meter.cancelled == (events < 3)
