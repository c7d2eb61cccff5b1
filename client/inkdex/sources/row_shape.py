"""How a row becomes a document: which of its columns are its id, its text and its title."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from string import Formatter
from typing import Any, Self

from inkdex.errors import InkdexError
from inkdex.sources.origin import Row

ID, CONTENT, TITLE, SOURCE = "id", "content", "title", "source"
EXAMPLE = "'{name}: {description}'"


@dataclass(frozen=True, slots=True)
class Template:
    """A text with the names of columns in braces. `{{` and `}}` are braces."""

    parts: tuple[tuple[str, str | None], ...]
    """Each a literal text, and the column after it."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a template; raises InkdexError."""
        try:
            parts = list(Formatter().parse(text))
        except ValueError as error:
            raise InkdexError(f"--template: {error}, as in {EXAMPLE}") from None
        if any(column == "" or spec or conversion for _, column, spec, conversion in parts):
            raise InkdexError(f"--template: braces hold the name of a column, as in {EXAMPLE}")
        return cls(tuple((literal, column) for literal, column, *_ in parts))

    @property
    def columns(self) -> list[str]:
        """The columns that it names."""
        return [column for _, column in self.parts if column is not None]

    def text(self, row: Mapping[str, Any]) -> str:
        """Return the text of a row. A null is an empty text."""
        return "".join(
            literal + ("" if column is None else _text(row[column]))
            for literal, column in self.parts
        )


@dataclass(frozen=True, slots=True)
class RowShape:
    """The columns of the id, the text and the title. All others are the metadata."""

    id: tuple[str, ...] = ()
    template: Template = Template((("", CONTENT),))
    title: str | None = None

    def of_columns(self, columns: Sequence[str]) -> Self:
        """Return the shape of a row with these columns; raises InkdexError if one is missing."""
        if twice := [each for each in columns if columns.count(each) > 1]:
            raise InkdexError(f"Two columns are called {twice[0]}. Give one another name: AS ...")
        title = self.title or (TITLE if TITLE in columns else None)
        shape = type(self)(self.id or (ID,), self.template, title)
        named = [*shape.id, *shape.template.columns, *([title] if title else [])]
        if missing := [each for each in named if each not in columns]:
            raise InkdexError(
                f"There is no column {missing[0]}. The columns are {', '.join(columns)}. Name that "
                f"of the id with --id, and say how a text is made: --template {EXAMPLE}"
            )
        if SOURCE in columns and SOURCE not in {*shape.template.columns, title}:
            raise InkdexError(
                f"The metadata of a document name its source as {SOURCE}. Give the column {SOURCE} "
                "another name in a --query."
            )
        return shape

    def path(self, columns: Mapping[str, Any]) -> str:
        """Return what stands for a row in the id of its document; empty without a key."""
        if any(columns[each] is None for each in self.id):
            return ""
        return "/".join(_text(columns[each]) for each in self.id)

    def row(self, columns: Mapping[str, Any]) -> Row:
        """Return a row as a document."""
        document: dict[str, Any] = {"content": self.template.text(columns).strip()}
        if self.title and (title := _text(columns[self.title]).strip()):
            document["title"] = title
        used = {*self.template.columns, self.title}
        given = {name: _value(each) for name, each in columns.items() if name not in used}
        document["metadata"] = {name: each for name, each in given.items() if each is not None}
        digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
        return Row(self.path(columns), document, digest)


def _text(value: object) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    value = _value(value)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(value: object) -> Any:  # noqa: ANN401, PLR0911 - one for each kind
    """Return a value of a column as JSON has it. Bytes are left out."""
    if value is None or isinstance(value, (bytes, memoryview)):
        return None
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, list):
        return [_value(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _value(each) for key, each in value.items()}
    return str(value)


def _number(value: float | Decimal) -> int | float | None:
    if not math.isfinite(value):
        return None
    return int(value) if isinstance(value, Decimal) and value == int(value) else float(value)
