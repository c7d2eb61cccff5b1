"""What an English question asks for, without the forms that do not change it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.domain.answers import question_forms as forms
from shared.domain.answers.question_tokens import Token

SHORT_WORD = 3
"""Words of so few letters have no plural that is made equal."""
HOW_LONG = 2
"""The words of "how long", before the auxiliary."""
_PERSON = "(person)"


@dataclass(frozen=True, slots=True)
class EnglishQuestion:
    """What a question asks for.

    `words` count in their order. If the question has one `auxiliary`, it is not among them, and its
    `place` is the number of words before it: an indirect question has it behind the subject or not
    at all. `number` is 1 or 2 if a verb says that its subject is one thing or several.
    """

    kind: str
    words: Sequence[Token]
    auxiliary: str = ""
    place: int | None = None
    number: int = 0
    is_indirect: bool = False

    @property
    def texts(self) -> list[str]:
        return [word.text for word in self.words]


def english_question(question: Sequence[Token], *, is_indirect: bool) -> EnglishQuestion:
    """Return what a question asks for."""
    parts = [part for token in question for part in _expanded(token)]
    found: Sequence[Token] = _not_behind_subject(parts)
    kind = _kind(found, is_indirect=is_indirect)
    if is_indirect and kind == "whether":
        found = found[1:]
    found = _without_person(_without_emphasis(found))
    place = _auxiliary_place(found, is_indirect=is_indirect)
    number = _number(parts)
    if place is None:
        return EnglishQuestion(kind, _plain(found), "", None, number, is_indirect)
    text = found[place].text
    auxiliary = forms.BE_FORMS.get(text) or forms.DO_FORMS.get(text) or text
    rest = _plain([*found[:place], *found[place + 1 :]])
    return EnglishQuestion(kind, rest, auxiliary, place, number, is_indirect)


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


def _auxiliary_place(question: Sequence[Token], *, is_indirect: bool) -> int | None:
    """Return the place of the only auxiliary. A "do" at the end is none."""
    texts = [token.text for token in question]
    places = [
        place
        for place, text in enumerate(texts)
        if text in forms.BE_FORMS
        or text in forms.MODALS
        or (text in forms.DO_FORMS and not is_indirect and place < len(texts) - 1)
    ]
    return places[0] if len(places) == 1 else None


def _number(question: Sequence[Token]) -> int:
    return next((forms.NUMBER[each.text] for each in question if each.text in forms.NUMBER), 0)


def _plain(question: Sequence[Token]) -> list[Token]:
    return [token._replace(text=forms.SAME_WORDS.get(token.text, token.text)) for token in question]


def is_same(a: EnglishQuestion, b: EnglishQuestion) -> bool:
    """Return whether both ask for the same. Their words are equally many."""
    if a.kind != b.kind or not _same_numbers(a, b):
        return False
    if a.is_indirect == b.is_indirect:
        return (a.auxiliary, a.place) == (b.auxiliary, b.place)
    direct, indirect = (b, a) if a.is_indirect else (a, b)
    return _is_asked_by(direct, indirect)


def _is_asked_by(direct: EnglishQuestion, indirect: EnglishQuestion) -> bool:
    """Return whether an indirect question has one reading, which is the direct one.

    "What machine X reports" may ask what machine X reports, or which machine.
    """
    is_same_verb = direct.auxiliary == (indirect.auxiliary or "do")
    if direct.place == indirect.place:
        return direct.auxiliary == indirect.auxiliary
    return is_same_verb and (direct.kind not in {"what", "how"} or _is_clear(direct))


def _is_clear(direct: EnglishQuestion) -> bool:
    """Return whether the words tell where the subject begins without the auxiliary."""
    has_degree = direct.kind == "how" and not forms.DEGREES.isdisjoint(direct.texts[1:2])
    if has_degree and direct.place == HOW_LONG:
        return True
    subject = direct.texts[direct.place :] if direct.place else []
    begins_clearly = not forms.DETERMINERS.isdisjoint(subject[:1])
    return begins_clearly and not (has_degree and direct.place == 1)


def _same_numbers(a: EnglishQuestion, b: EnglishQuestion) -> bool:
    """Return whether the words are the same but for one thing that may be several.

    The verbs must say so: "which fee applies" and "which fees apply", but not news and new.
    """
    pairs = list(zip(a.texts, b.texts, strict=True))
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
