"""What an English question asks for, without the forms that do not change it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from shared.domain.answers import question_forms as forms
from shared.domain.answers.question_tokens import Token

SHORT_WORD = 3
"""Words of so few letters have no plural that is made equal."""
_PERSON, _PAST = "(person)", "(past)"


@dataclass(slots=True)
class EnglishQuestion:
    """The words of a question that count in their order, and those that count anywhere.

    `number` is 1 or 2 if a verb says that its subject is one thing or several.
    """

    kind: str
    words: list[Token] = field(default_factory=list)
    shared: Counter[str] = field(default_factory=Counter)
    number: int = 0


def english_question(question: Sequence[Token], *, is_indirect: bool) -> EnglishQuestion:
    """Return what a question asks for. An indirect one has no auxiliary "do"."""
    parts = [part for token in question for part in _expanded(token)]
    found: Sequence[Token] = _not_behind_subject(parts)
    kind = _kind(found, is_indirect=is_indirect)
    if is_indirect and kind == "whether":
        found = found[1:]
    numbers = [forms.NUMBER[token.text] for token in found if token.text in forms.NUMBER]
    result = EnglishQuestion(kind, number=numbers[0] if numbers else 0)
    found = _without_person(_without_emphasis(found))
    _sort(found if is_indirect else _without_do(found), result)
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
    stem = text.removesuffix("'s")
    if stem != text:
        yield token._replace(text=stem)
        yield Token("is" if stem in forms.IS_BEFORE else "'s")
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
    asks_whether = (is_indirect and first in forms.WHETHER) or first in forms.YES_NO
    return "whether" if asks_whether else ""


def _without_emphasis(question: Sequence[Token]) -> Sequence[Token]:
    """Leave out "exactly" behind the question word."""
    first, second = ([token.text for token in question] + ["", ""])[:2]
    is_emphatic = first in forms.QUESTION_WORDS and second in forms.EMPHASIS
    return [question[0], *question[2:]] if is_emphatic else question


def _without_person(question: Sequence[Token]) -> Sequence[Token]:
    """Make "how do I", "how can I" and "how does one" the same as "how to".

    What belongs to the asking person has "the" instead of "my".
    """
    texts = [token.text for token in question[:3]]
    if texts[:2] == ["how", "to"]:
        length, own = 2, "my"
    elif texts[:1] == ["how"] and texts[-1] in forms.PERSONS and texts[1] in forms.PERSONAL:
        length, own = 3, forms.PERSONS[texts[-1]]
    else:
        return question
    rest = [Token("the") if token.text == own else token for token in question[length:]]
    return [question[0], Token(_PERSON), *rest]


def _without_do(question: Sequence[Token]) -> Sequence[Token]:
    """Leave out the first "do", which is an auxiliary unless it is the last word."""
    for index, token in enumerate(question[:-1]):
        if token.text in forms.DO_FORMS:
            tense = [Token(_PAST)] if token.text == "did" else []
            return [*question[:index], *tense, *question[index + 1 :]]
    return question


def _sort(question: Sequence[Token], result: EnglishQuestion) -> None:
    """Put the only auxiliary apart. Several stay in their order."""
    auxiliaries = [token.text for token in question if _is_auxiliary(token)]
    for token in question:
        if len(auxiliaries) == 1 and _is_auxiliary(token):
            result.shared[forms.BE_FORMS.get(token.text, token.text)] += 1
        elif token.text in {_PERSON, _PAST}:
            result.shared[token.text] += 1
        else:
            text = forms.SAME_WORDS.get(token.text, token.text)
            result.words.append(token._replace(text=forms.BE_FORMS.get(text, text)))


def _is_auxiliary(token: Token) -> bool:
    return token.text in forms.BE_FORMS or token.text in forms.MODALS


def are_numbers_alike(a: EnglishQuestion, b: EnglishQuestion) -> bool:
    """Return whether the words are the same but for one thing that may be several.

    The verbs must say so: "which fee applies" and "which fees apply", but not news and new.
    """
    pairs = [(one.text, other.text) for one, other in zip(a.words, b.words, strict=True)]
    changed = [(one, other) for one, other in pairs if one != other]
    if any(_singular(one) != _singular(other) for one, other in changed):
        return False
    if any(_is_superlative(word) for word, _ in pairs):
        return not changed
    directions = {len(one) > len(other) for one, other in changed}
    return not changed or a.number != b.number or len(directions) > 1


def _is_superlative(text: str) -> bool:
    is_in_est = text.endswith("est") and _singular(text) not in forms.NOT_SUPERLATIVES
    return is_in_est or text in forms.SUPERLATIVES


def _singular(text: str) -> str:
    """Return a regular plural, or a verb in the third person, without its ending."""
    if len(text) <= SHORT_WORD or text in forms.NOT_PLURALS or not text.isalpha():
        return text
    if text.endswith("ies") and len(text) > SHORT_WORD + 1:
        return text[:-3] + "y"
    if text.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return text[:-2]
    return text[:-1] if text.endswith("s") and not text.endswith(("ss", "us", "is")) else text
