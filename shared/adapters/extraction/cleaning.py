"""Makes what a file says valid for a document: its text, its metadata and its language."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

from shared.domain.documents.document import TITLE_MAX_CHARACTERS
from shared.domain.files.parts import JSON

METADATA_MAX_BYTES = 16 * 1024
"""A quarter of what a document may have, because senders add their own."""
VALUE_MAX_CHARACTERS = 1000
KEY_MAX_CHARACTERS = 100
ITEMS_MAX = 100
"""The most items of a list or an object."""
DEPTH_MAX = 4
INTEGER_MAX = 2**63

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LANGUAGE = re.compile("[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}")


def clean(text: str) -> str:
    r"""Return `text` without control characters, and with \n as line ends."""
    if text.isprintable():  # so it has none of them
        return text
    lines = _LINE_ENDS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", lines))


def one_line(text: str, most: int = VALUE_MAX_CHARACTERS) -> str:
    """Return the beginning of `text` with single spaces."""
    return " ".join(clean(text[: 4 * most]).split())[:most]


def clean_title(*candidates: object) -> str | None:
    """Return the first candidate that is a text, as a title."""
    texts = (one_line(each, TITLE_MAX_CHARACTERS) for each in candidates if isinstance(each, str))
    return next(filter(None, texts), None)


def clean_language(value: object) -> str | None:
    """Return a language tag, or None for what is none."""
    tag = value.strip() if isinstance(value, str) else ""
    return tag if _LANGUAGE.fullmatch(tag) else None


def clean_metadata(given: Mapping[Any, object]) -> dict[str, JSON]:
    """Return `given` as JSON. What has no form there, or no room, is left out."""
    found: dict[str, JSON] = {}
    size = len("{}")
    for key, value in _entries(given, 0):
        size += len(json.dumps({key: value}))
        if size > METADATA_MAX_BYTES:
            break
        found[key] = value
    return found


def _entries(given: Mapping[Any, object], depth: int) -> Iterator[tuple[str, JSON]]:
    for key, value in islice(given.items(), ITEMS_MAX):
        name, known = one_line(str(key), KEY_MAX_CHARACTERS), _value(value, depth)
        if name and known is not None:
            yield name, known


def _value(value: object, depth: int) -> JSON:
    match value:
        case str():
            return clean(value[:VALUE_MAX_CHARACTERS]).strip()
        case bool():
            return value
        case int():
            return value if abs(value) < INTEGER_MAX else None
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
    return _several(value, depth) if depth < DEPTH_MAX else None


def _several(value: object, depth: int) -> JSON:
    """Return a list or an object. Each level has a tenth of the items of the one above it."""
    most = ITEMS_MAX // 10**depth
    if isinstance(value, list | tuple | set | frozenset):
        items = (_value(each, depth + 1) for each in islice(value, most))
        return [each for each in items if each is not None]
    if isinstance(value, Mapping):
        return dict(islice(_entries(value, depth + 1), most))
    return None
