"""What an English question asks for, without the forms that do not change it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from shared.domain.answers import question_forms as forms
from shared.domain.answers.question_tokens import Token

SHORT_WORD = 3
"""Words of so few letters have no plural that is made equal."""


@dataclass(slots=True)
class Canonical:
    """The words of a question that count in their order, and those that count anywhere."""

    kind: str
    words: list[Token] = field(default_factory=list)
    shared: Counter[str] = field(default_factory=Counter)


def canonical(question: Sequence[Token], *, is_indirect: bool) -> Canonical:
    """Return what a question asks for. An indirect one has no auxiliary "do"."""
    found = _not_behind_subject([part for token in question for part in _expanded(token)])
    kind = _kind(found, is_indirect=is_indirect)
    found = _without_person(_without_emphasis(found))
    if not is_indirect:
        found = _without_do(found)
    if is_indirect and found and found[0].text in forms.WHETHER:
        found = found[1:]
    result = Canonical(kind)
    for token, following in pairwise([*found, Token("")]):
        _sort(token, following, result)
    if not any(map(_is_superlative, result.words)):
        result.words = [token._replace(text=_singular(token.text)) for token in result.words]
    return result


def _expanded(token: Token) -> Iterator[Token]:
    """Yield the words of a contraction."""
    text = token.text
    if text in forms.CONTRACTIONS:
        yield from map(Token, forms.CONTRACTIONS[text])
        return
    for ending, word in forms.CONTRACTED.items():
        if text.endswith(ending):
            yield from (token._replace(text=text.removesuffix(ending)), Token(word))
            return
    stem, apostrophe, ending = text.rpartition("'")
    if apostrophe and ending == "s" and not text.startswith('"'):
        is_verb = stem in forms.IS_BEFORE
        yield from (token._replace(text=stem), Token("is" if is_verb else "'s"))
        return
    yield token._replace(text=forms.NUMBERS.get(text, text))


def _not_behind_subject(question: Sequence[Token]) -> list[Token]:
    """Make "isn't it" the same as "is it not"."""
    found = list(question)
    for index, (token, following) in enumerate(pairwise(question)):
        if token.text == "not" and following.text in forms.SUBJECTS:
            found[index : index + 2] = [following, token]
    return found


def _kind(question: Sequence[Token], *, is_indirect: bool) -> str:
    first = question[0].text if question else ""
    if first in forms.QUESTION_WORDS:
        return forms.QUESTION_WORDS[first]
    if (is_indirect and first in forms.WHETHER) or first in forms.YES_NO:
        return "whether"
    return ""


def _without_emphasis(question: Sequence[Token]) -> list[Token]:
    """Leave out "exactly" behind the question word."""
    texts = [token.text for token in question[:2]]
    is_emphatic = (
        texts[:1] != [] and texts[0] in forms.QUESTION_WORDS and texts[-1] in forms.EMPHASIS
    )
    return [*question[:1], *question[2 if is_emphatic else 1 :]]


def _without_person(question: list[Token]) -> list[Token]:
    """Make "how do I", "how can I" and "how does one" the same as "how to"."""
    texts = [token.text for token in question[:3]]
    if texts[:2] == ["how", "to"]:
        return _owned(question[2:], ["my"], question[0])
    is_personal = len(texts) == 3 and texts[0] == "how" and texts[2] in forms.PERSONS
    if is_personal and texts[1] in {"do", "does", "can", "could"}:
        return _owned(question[3:], [forms.PERSONS[texts[2]]], question[0])
    return question


def _owned(rest: Sequence[Token], possessive: Sequence[str], how: Token) -> list[Token]:
    """Return the question with "the" for what is the asking person's own."""
    person = Token("(person)")
    changed = [Token("the") if token.text in possessive else token for token in rest]
    return [how, person, *changed]


def _without_do(question: Sequence[Token]) -> list[Token]:
    """Leave out the first "do", which is an auxiliary unless it is the last word."""
    for index, token in enumerate(question[:-1]):
        if token.text in forms.DO_FORMS:
            tense = [Token("(past)")] if token.text == "did" else []
            return [*question[:index], *tense, *question[index + 1 :]]
    return list(question)


def _sort(token: Token, following: Token, result: Canonical) -> None:
    """Put a word where it counts."""
    text = token.text
    if text in forms.BE_FORMS:
        result.shared[forms.BE_FORMS[text]] += 1
    elif text in forms.MODALS or text in {"(person)", "(past)"}:
        result.shared[text] += 1
    elif text in forms.ARTICLES and _is_article(token, following):
        result.shared["a"] += forms.ARTICLES[text] == "a"
    else:
        result.words.append(token._replace(text=forms.SAME_WORDS.get(text, text)))


def _is_article(token: Token, following: Token) -> bool:
    """Return whether a word is no name, such as vitamin A, and no part of "a few"."""
    is_name = token.is_capital or not following.text
    return token.text != "a" or not (is_name or following.text in forms.QUANTITIES)


def _is_superlative(token: Token) -> bool:
    text = token.text
    return text in forms.SUPERLATIVES or (len(text) > 4 and text.endswith("est"))


def _singular(text: str) -> str:
    """Return a regular plural, or a verb in the third person, without its ending."""
    if len(text) <= SHORT_WORD or text in forms.NOT_PLURALS or not text.isalpha():
        return text
    if text.endswith("ies") and len(text) > 4:
        return text[:-3] + "y"
    if text.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return text[:-2]
    return text[:-1] if text.endswith("s") and not text.endswith(("ss", "us", "is")) else text
