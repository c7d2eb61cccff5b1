"""The lexemes of a document, read back from the text of its tsvector."""

import re

from shared.domain.search.lexing.documents import lexed

_ENTRY = re.compile(r"'((?:[^'\\]|''|\\\\)*)':([\dABC,]+)(?: |$)")


def stored(
    content: str, language: str = "english", title: str | None = None, id_: str = "id"
) -> dict[str, list[str]]:
    """Return the positions of each lexeme."""
    text = lexed(language, id_, title, content).lexemes
    found = {
        lexeme.replace("''", "'").replace("\\\\", "\\"): positions.split(",")
        for lexeme, positions in _ENTRY.findall(text)
    }
    assert _ENTRY.sub("", text) == ""
    return found
