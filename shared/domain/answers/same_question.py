"""Whether two questions ask the same, so that one answer may serve both.

Similar vectors do not say so: "does A cause B" and "does B cause A" have nearly the same. Two
questions ask the same if nothing differs but politeness, articles, contractions, the order of
auxiliaries, and regular plurals. Any other word, number, sign or order counts, in any language. In
doubt, the answer is no.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.domain.answers import question_forms as forms
from shared.domain.answers.english_question import canonical
from shared.domain.answers.question_tokens import QUESTION_CHARACTERS, Token, tokens
from shared.domain.search.lexing.stop_words import STOP_WORDS

_FRONTED = re.compile(rf"((?:{'|'.join(forms.FRONTED)})\b[^,?]*),\s+([^,?]+)[\s?]*", re.IGNORECASE)
_ENGLISH = STOP_WORDS["english"]


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a question asks for: its words in order, and what may stand at other places.

    `kind` is its question word. `shared` counts the forms of "be" and the modal verbs. `is_lower`:
    it was written without any capitals, as many people do.
    """

    language: str | None
    words: Sequence[Token]
    kind: str = ""
    shared: Mapping[str, int] = field(default_factory=dict)
    is_lower: bool = False

    @property
    def texts(self) -> list[str]:
        return [word.text for word in self.words]


def may_share(a: str, b: str) -> bool:
    """Return whether an answer to one of the questions answers the other one."""
    if max(len(a), len(b)) > QUESTION_CHARACTERS:
        return a == b
    return _are_same(asked_for(a), asked_for(b))


def asked_for(question: str) -> AskedFor:
    """Return what a question asks for."""
    is_lower = question == question.lower()
    found, is_indirect = _without_politeness(tokens(_fronted_last(question)))
    language = _language(found)
    if language != "english":
        return AskedFor(language, found, is_lower=is_lower)
    asked = canonical(found, is_indirect=is_indirect)
    return AskedFor(language, asked.words, asked.kind, asked.shared, is_lower)


def _are_same(a: AskedFor, b: AskedFor) -> bool:
    same_form = (a.language, a.kind, a.shared) == (b.language, b.kind, b.shared)
    return same_form and bool(a.words) and a.texts == b.texts and _same_names(a, b)


def _same_names(a: AskedFor, b: AskedFor) -> bool:
    pairs = zip(a.words, b.words, strict=True)
    alike = all(one.is_capital == other.is_capital for one, other in pairs)
    return alike or a.is_lower or b.is_lower


def _language(words: Sequence[Token]) -> str | None:
    """Return the language that has most of the words as stop words, if it is one."""
    counts = {name: sum(word.text in known for word in words) for name, known in STOP_WORDS.items()}
    most = max(counts.values())
    best = [name for name, count in counts.items() if count == most]
    return best[0] if len(best) == 1 else None


def _fronted_last(question: str) -> str:
    """Return a question such as "In May, who paid?" as "who paid In May"."""
    fronted = _FRONTED.fullmatch(question.strip())
    if not fronted or not _is_question(fronted[2]):
        return question
    return f"{fronted[2]} {fronted[1][0].lower()}{fronted[1][1:]}"


def _is_question(text: str) -> bool:
    first = text.split(maxsplit=1)[0].lower().partition("'")[0]
    return first in forms.QUESTION_WORDS or first in forms.YES_NO


def _without_politeness(words: Sequence[Token]) -> tuple[Sequence[Token], bool]:
    """Return the question without greetings and lead-ins, and whether it is an indirect one."""
    is_indirect = False
    while words:
        texts = [word.text for word in words]
        if (length := _lead_in(texts)) > 0:
            is_indirect = True
        elif texts[0] in forms.GREETINGS:
            length = 1
        else:
            break
        words = words[length:]
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
