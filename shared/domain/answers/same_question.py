"""Whether two questions ask the same, so that one answer may serve both.

Similar vectors do not say so: "does A cause B" and "does B cause A" have nearly the same. Two
questions ask the same if nothing differs but politeness, contractions, the place of the auxiliary,
and the number where the verb shows it. Any other word, number, sign or order counts, in any
language. In doubt, the answer is no.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.answers import question_forms as forms
from shared.domain.answers.english_question import EnglishQuestion, english_question, is_same
from shared.domain.answers.question_tokens import QUESTION_CHARACTERS, Token, tokens
from shared.domain.search.lexing.stop_words import STOP_WORDS

ENGLISH = "english"
_GREETING = re.compile(rf"\s*{forms.GREETING}\s*[,!.:-]\s+", re.IGNORECASE)
_FRONTED = re.compile(
    rf"((?:{'|'.join(sorted(forms.FRONTED))})\b[^,?]*),\s+([^,?]+)[\s?]*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a question asks for. `is_lower`: it was written without any capitals."""

    language: str | None
    asked: EnglishQuestion
    is_lower: bool


def may_share(a: str, b: str) -> bool:
    """Return whether an answer to one of the questions answers the other one."""
    if max(len(a), len(b)) > QUESTION_CHARACTERS:
        return a == b
    return _are_same(asked_for(a), asked_for(b))


def asked_for(question: str) -> AskedFor:
    """Return what a question asks for."""
    plain = _fronted_last(_GREETING.sub("", question, count=1))
    words, is_indirect = _without_politeness(tokens(plain))
    language = _language(words)
    asked = (
        english_question(words, is_indirect=is_indirect)
        if language == ENGLISH
        else EnglishQuestion("", list(words))
    )
    return AskedFor(language, asked, question == question.lower())


def _are_same(a: AskedFor, b: AskedFor) -> bool:
    one, other = a.asked, b.asked
    if a.language != b.language or not one.words or len(one.words) != len(other.words):
        return False
    if not _same_capitals(a, b):
        return False
    return is_same(one, other) if a.language == ENGLISH else one.texts == other.texts


def _same_capitals(a: AskedFor, b: AskedFor) -> bool:
    """Return whether the same words are names. Many people write English without capitals."""
    if a.language == ENGLISH and (a.is_lower or b.is_lower):
        return True
    pairs = zip(a.asked.words, b.asked.words, strict=True)
    return all(one.is_capital == other.is_capital for one, other in pairs)


def _language(words: Sequence[Token]) -> str | None:
    """Return the language that has most of the words as stop words, if it is one."""
    counts = {name: sum(word.text in known for word in words) for name, known in STOP_WORDS.items()}
    most = max(counts.values())
    best = [name for name, count in counts.items() if count == most]
    return best[0] if len(best) == 1 else None


def _fronted_last(question: str) -> str:
    """Return a question such as "In May, who paid?" as "who paid in May"."""
    fronted = _FRONTED.fullmatch(question.strip())
    if not fronted:
        return question
    first, *others = fronted[2].lower().split()
    is_question = first.partition("'")[0] in forms.YES_NO.union(forms.QUESTION_WORDS)
    if not is_question or forms.EMBEDDING.intersection(others):
        return question
    return f"{fronted[2]} {fronted[1][0].lower()}{fronted[1][1:]}"


def _without_politeness(words: Sequence[Token]) -> tuple[Sequence[Token], bool]:
    """Return the question without lead-ins and thanks, and whether it is an indirect one."""
    is_indirect = False
    while length := _lead_in([word.text for word in words]):
        words, is_indirect = words[length:], True
    return _without_thanks(words), is_indirect


def _lead_in(texts: Sequence[str]) -> int:
    """Return the length of "could you tell me" before a question word or "if"."""
    for lead_in in forms.LEAD_INS:
        length = len(lead_in)
        if tuple(texts[:length]) == lead_in and _is_asking(texts[length : length + 1]):
            return length
    return 0


def _is_asking(following: Sequence[str]) -> bool:
    return bool(following) and following[0].partition("'")[0] in forms.ASKING


def _without_thanks(words: Sequence[Token]) -> Sequence[Token]:
    texts = tuple(word.text for word in words)
    for end in forms.POLITE_ENDS:
        if len(texts) > len(end) and texts[-len(end) :] == end:
            return _without_thanks(words[: -len(end)])
    return words
