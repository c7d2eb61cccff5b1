"""What a search box understands: "exact phrase", -word, -"exact phrase" and OR.

Quotation marks and minus signs of other keyboards do the same. Anything else is text, so no query
is an error. So are dashes and the minus sign of a number. So is a long query: it is prose, and its
quotation marks are punctuation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.search.lexing.characters import UNSPACED

_QUOTES = '"“”„‟«»\uff02'
_MINUS = r"(?:[-\uff0d]|\u2212(?!\d))"
_OPENING = r"(\[{\uff08\uff3b【「"
_PHRASE = rf"{_MINUS}?[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}](?![^\W{UNSPACED}])"
# A script without spaces has none around a phrase either.
_ITEM = re.compile(
    rf"(?<![^\s{_OPENING}{UNSPACED}])(?P<phrase>{_PHRASE})"
    r"|(?<!\S)(?P<or>OR)(?!\S)"
    rf"|(?<!\S){_MINUS}(?P<excluded>\w\S*)"
    rf"|(?<!\S)[{_OPENING}]+(?={_PHRASE})"
    rf"|\S(?:(?!(?<=[{UNSPACED}]){_PHRASE})\S)*"
)


WORDS_MAX = 32


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query without its syntax.

    A document must have one phrase of each group in `required`, and none of `excluded`.
    """

    text: str
    required: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    text: str
    is_phrase: bool = False
    is_excluded: bool = False
    is_or: bool = False


def parse_query(query: str) -> ParsedQuery:
    """Return the parts of a query. One of exclusions only, or a long one, is plain text."""
    if len(query.split()) > WORDS_MAX:
        return ParsedQuery(query)
    items = list(map(_item, _ITEM.finditer(query)))
    kept = [item for item in items if not item.is_excluded]
    if not any(_has_words(item) for item in kept if not item.is_or):
        return ParsedQuery(query)
    groups = _groups(kept)
    required = tuple(
        tuple(item.text for item in group)
        for group in groups
        if any(item.is_phrase for item in group)
    )
    excluded = tuple(item.text for item in items if item.is_excluded)
    is_plain = not (required or excluded) and len(groups) == len(kept)
    words = " ".join(item.text for group in groups for item in group)
    return ParsedQuery(query if is_plain else words, required, excluded)


def _item(match: re.Match[str]) -> _Item:
    phrase, excluded = match["phrase"], match["excluded"]
    if match["or"]:
        return _Item("OR", is_or=True)
    if excluded is not None:
        return _Item(excluded, is_excluded=True)
    if phrase is not None and re.search(r"\w", phrase):
        is_excluded = phrase[0] not in _QUOTES
        return _Item(phrase[1 + is_excluded : -1], is_phrase=True, is_excluded=is_excluded)
    return _Item(match.group())


def _has_words(item: _Item) -> bool:
    return re.search(r"\w", item.text) is not None


def _groups(items: Sequence[_Item]) -> list[list[_Item]]:
    """Return the items in groups of those that OR connects. Another OR is a word."""
    groups: list[list[_Item]] = []
    for index, item in enumerate(items):
        connects = item.is_or and 0 < index < len(items) - 1
        follows = index >= 2 and items[index - 1].is_or
        if connects and not items[index - 1].is_or:
            continue
        if follows:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups
