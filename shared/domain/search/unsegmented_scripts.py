"""Scripts that are written without spaces: there, any two neighbouring signs may be a word."""

import re
from collections.abc import Iterator

# Han, kana, Hangul, Thai, Lao, Tibetan, Burmese and Khmer, as in the database's text_lexemes.
_RUN = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007"
    "\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def mark_unsegmented(text: str, query: str, start: str, end: str) -> str:
    """Put `start` and `end` around what of `text` the query's unspaced signs find.

    What is between the two already stays as it is.
    """
    parts = set(_parts(query))
    if not parts:
        return text
    marked = re.compile(f"({re.escape(start)}.*?{re.escape(end)})", re.DOTALL)
    pieces = marked.split(text)
    pieces[::2] = [_mark(piece, parts, start, end) for piece in pieces[::2]]
    return "".join(pieces)


def _parts(query: str) -> Iterator[str]:
    for run in _RUN.findall(query):
        yield from _pairs(run) if len(run) > 1 else run


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _mark(text: str, parts: set[str], start: str, end: str) -> str:
    found = [False] * (len(text) + 1)
    for place in range(len(text)):
        for size in (1, 2):
            if text[place : place + size] in parts:
                found[place : place + size] = [True] * size
    made = []
    for place, sign in enumerate(text):
        before = place > 0 and found[place - 1]
        made.append(start if found[place] and not before else "")
        made.append(sign)
        made.append(end if found[place] and not found[place + 1] else "")
    return "".join(made)
