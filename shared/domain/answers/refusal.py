"""When to say that nothing was found, instead of asking a model."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from shared.domain.answers.everyday_questions import language_of_question
from shared.domain.answers.names import Names
from shared.domain.answers.similarity_floor import SimilarityFloor
from shared.domain.answers.small_talk import is_small_talk
from shared.domain.refs import DocumentRef
from shared.domain.search.lexing.queries import normalized_places, word_lexemes
from shared.domain.search.lexing.stop_words import STOP_WORDS
from shared.domain.search.query import Hit, HitPage
from shared.domain.search.query_syntax import ParsedQuery
from shared.domain.search.relevance import SimilarityScale
from shared.domain.search.snippets.matching import Lexemes, matches, wanted_lexemes

NEAREST = 3
WORDS_SHOWN = 24
COVERAGE = 0.5
"""The part of the weight of a question's words that a hit must have, with the rarest of them."""
COVERAGE_BY_WORDS = 0.2
"""The part that is enough if nothing is known of the meaning."""
NEAR_DEVIATIONS = 1.0
"""How far above the similarity of random pairs is near enough without a floor."""
UNCOUNTED_CHUNKS = 2500
"""How many chunks were compared at least, if they were not counted."""
_MARKS = "\"'“”‘’«»„¿¡.,;:!?()[]"  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was looked for, and the nearest documents with their titles."""

    looked_for: Sequence[str]
    nearest: Sequence[tuple[DocumentRef, str | None]]


def judged(
    page: HitPage,
    floor: SimilarityFloor | None,
    parsed: ParsedQuery,
    scale: SimilarityScale | None = None,
) -> Refusal | None:
    """Return why not to answer, or None if a hit is about the question.

    It is if its similarity is above the floor, or if it has a name, a phrase or the rarest words of
    the question. Without a floor, `scale` says which similarity is enough. The time is linear in
    the passages, which can be long.
    """
    question = parsed.text
    stop_words = _stop_words([*page.languages, language_of_question(question)])
    words = looked_for(question, stop_words)
    if is_small_talk(question):
        return Refusal(words, ())
    if page.hits and (
        parsed.required
        or _is_near(page, question, floor, scale)
        or _has_words(page, question, stop_words)
    ):
        return None
    return Refusal(words, [(hit.ref, hit.title) for hit in page.hits[:NEAREST]])


def looked_for(question: str, stop_words: frozenset[str]) -> list[str]:
    """Return the first words of a question as they are written, without the stop words."""
    words = (word.strip(_MARKS) for word in question.split())
    sought = dict.fromkeys(word for word in words if _is_sought(word, stop_words))
    return list(sought)[:WORDS_SHOWN]


def _stop_words(languages: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*(STOP_WORDS.get(each, ()) for each in languages))


def _is_sought(word: str, stop_words: frozenset[str]) -> bool:
    places = normalized_places(word)
    return any(place.word and not place.is_among(stop_words) for place in places)


def _is_near(
    page: HitPage, question: str, floor: SimilarityFloor | None, scale: SimilarityScale | None
) -> bool:
    """Return whether the most similar document is similar enough, or nothing says how much is."""
    similarities = _similarities(page)
    if not similarities:
        return False
    if floor is not None:
        least = floor.of(language_of_question(question), _chunks(page))
    else:
        least = scale.mean + NEAR_DEVIATIONS * scale.deviation if scale else -1.0
    return max(similarities) >= least


def _similarities(page: HitPage) -> list[float]:
    ranked = [*(hit.ranked for hit in page.hits), *page.order]
    return [each.similarity for each in ranked if each.similarity is not None]


def _chunks(page: HitPage) -> float:
    """Return about how many chunks were compared."""
    each = fmean(hit.nearest.chunks if hit.nearest else 1 for hit in page.hits)
    chunks = page.total.count * each
    return chunks if page.total.is_exact else max(chunks, UNCOUNTED_CHUNKS)


def _has_words(page: HitPage, question: str, stop_words: frozenset[str]) -> bool:
    """Return whether a hit has a name of the question, or the words that say what it is about."""
    names, by_words = Names(question), not _similarities(page)
    languages = {hit.passage.language for hit in page.hits}
    lexemes = {each: _lexemes(page, each, question, stop_words) for each in languages}
    for hit in page.hits:
        text = f"{hit.title or ''}\n{hit.passage.text}"
        if names.are_in(text) or (names.has_ids and _is_cut(hit)):
            return True
        if _is_covered(text, lexemes[hit.passage.language], by_words=by_words):
            return True
    return False


def _is_cut(hit: Hit) -> bool:
    """Return whether the words of a hit may be elsewhere in its document."""
    is_whole = hit.passage.is_start and hit.passage.is_end
    return hit.ranked.word_score is not None and not is_whole


def _lexemes(page: HitPage, language: str, question: str, stop_words: frozenset[str]) -> Lexemes:
    """Return the words to look for in texts of a language. Stop words alone say nothing."""
    left_out = {
        word_lexemes(language, place.word)
        for place in normalized_places(question)
        if place.is_among(stop_words)
    }
    weights = [
        None if term.form.counted in left_out else weight
        for term, weight in zip(page.terms, page.weights, strict=True)
    ]
    return wanted_lexemes(page.terms, weights, language)


def _is_covered(text: str, lexemes: Lexemes, *, by_words: bool) -> bool:
    """Return whether a text has enough of the question's words, by their weights."""
    if not lexemes:
        return False
    weights = {wanted.term: wanted.weight for wanted in lexemes.values()}
    found = [weights[term] for term in {match.wanted.term for match in matches(text, lexemes)}]
    share = math.fsum(found) / (math.fsum(weights.values()) or 1.0)
    if by_words:
        return share >= COVERAGE_BY_WORDS
    return share > COVERAGE and max(found) == max(weights.values())


def refusal_sentence(refusal: Refusal) -> str:
    """Return the answer of a question that is refused."""
    words = ", ".join(refusal.looked_for)
    found = f" Looked for: {words}." if words else ""
    return f"I found nothing in the documents about this.{found}"
