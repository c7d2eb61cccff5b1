"""Finds the passages for an answer. They are read again for every question."""

import time
from dataclasses import dataclass, replace
from functools import partial

from shared.db.answers import passages
from shared.db.answers.passages import ReadText
from shared.db.kit.pool import AsyncDatabase
from shared.domain.answers.evidence import Evidence
from shared.domain.answers.headings import headings
from shared.domain.answers.history import search_query
from shared.domain.answers.places import EDITED_CHARACTERS, Place, places, relevant
from shared.domain.answers.question import Question
from shared.domain.answers.refusal import Refusal, judged
from shared.domain.answers.sources import Passage
from shared.domain.answers.support import sentence_spans
from shared.domain.answers.word_places import word_places
from shared.domain.position import LATEST
from shared.domain.search.query import HitPage
from shared.domain.search.query_syntax import parse_query
from shared.domain.search.relevance import Relevance
from shared.domain.search.request import SearchRequest, SearchResult
from shared.services.answers.similarity_floor import SimilarityFloors
from shared.services.search.replicated import ReplicatedSearch
from shared.services.search.snippets import computed

HITS = 8


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The evidence, or why there is none. Durations are in seconds."""

    evidence: Evidence
    refusal: Refusal | None
    by_words_only: bool
    retrieve_seconds: float
    rerank_seconds: float


class Retrieval:
    """Searches, decides whether anything relevant was found, and reads the passages."""

    def __init__(
        self,
        database: AsyncDatabase,
        search: ReplicatedSearch,
        floors: SimilarityFloors,
        *,
        reranks: bool,
    ) -> None:
        self._database = database
        self._floors = floors
        self._search = search
        self._reranks = reranks

    async def retrieve(self, question: Question) -> Retrieved:
        """Return the passages. A document that changes between the statements is left out."""
        started = time.perf_counter()
        result = await self._search.search(self._request(question))
        page = result.page
        assert page is not None, "a search has a page"
        refusal = await self._judge(page, result)
        found = [] if refusal else await self._passages(page, result)
        rerank = result.rerank_ms / 1000
        vector = result.vectors[0].vector if result.vectors else None
        return Retrieved(
            Evidence(found, vector),
            refusal,
            result.degraded,
            time.perf_counter() - started - rerank,
            rerank,
        )

    def _request(self, question: Question) -> SearchRequest:
        query = search_query(question.text, question.history)
        limit = max(HITS, question.sources)
        return SearchRequest(
            query,
            question.scope,
            limit=limit,
            is_grouped=True,
            rerank=self._reranks,
            seen=LATEST,
        )

    async def _judge(self, page: HitPage, result: SearchResult) -> Refusal | None:
        """Return why not to answer, or None. The floor may be measured first."""
        models = [each.model_id for each in result.vectors]
        floor = await self._floors.get(models[0]) if len(models) == 1 else None
        parsed = parse_query(result.request.query)
        judge = partial(judged, floor=floor, parsed=parsed, scale=result.scale)
        return await computed(page, judge)

    async def _passages(self, page: HitPage, result: SearchResult) -> list[Passage]:
        levels = [each.best for each in result.relevances]
        keys = relevant(page, levels)
        assert result.near is not None, "a page has been looked through"
        word = await computed(page, partial(word_places, near=result.near))
        wanted = {key: word[key] for key in keys}
        async with self._database.connection() as connection:
            chunks = await passages.chunks(connection, wanted, result.vectors)
            asked = places(keys, chunks, wanted)
            read = await passages.texts(connection, asked)
        by_key = dict(zip((hit.ranked.key for hit in page.hits), levels, strict=True))
        found = {(each.document.key, each.start, each.end): each for each in read}
        pairs = ((place, found.get((place.key, place.start, place.end))) for place in asked)
        return [
            _passage(place, text, by_key[place.key])
            for place, text in pairs
            if text and _is_current(place, text)
        ]


def _is_current(place: Place, read: ReadText) -> bool:
    """Return whether the text has not changed since its chunks were read."""
    same = place.content_hash in {None, read.document.content_hash}
    return same and bool(read.text.strip())


def _passage(place: Place, read: ReadText, relevance: Relevance | None) -> Passage:
    passage = Passage(
        read.document,
        place.start,
        place.start + len(read.text),
        read.text,
        place.similarity,
        relevance,
        headings(read.lead),
        place.is_neighbour,
        read.locations,
    )
    return passage if place.content_hash else _whole_sentences(passage)


def _whole_sentences(passage: Passage) -> Passage:
    """Return the passage without parts of sentences at its ends, unless there is no other."""
    spans = list(sentence_spans(passage.text))
    first = 1 if passage.start and len(spans) > 2 else 0
    is_full = len(passage.text) == EDITED_CHARACTERS
    last = -2 if is_full and len(spans) > 2 else -1
    start, end = spans[first][0], spans[last][1]
    text = passage.text[start:end]
    return replace(passage, start=passage.start + start, end=passage.start + end, text=text)
