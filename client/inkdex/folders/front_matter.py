"""Reads the front matter of Markdown: the part of YAML that people write there.

    ---
    title: On ink
    tags: [blue, "black"]
    ---

Values are texts, numbers, booleans, and lists of them. Anything else stays a text.
"""

import json
import re
from typing import Any

FENCE = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
FIELD = re.compile(r"([A-Za-z_][\w -]{0,63}):(?:[ \t]+(.*)|[ \t]*)\Z")
ELEMENT = re.compile(r"[ \t]*-[ \t]+(.*)\Z")
INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})\Z")
DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}\Z")
FRONT_MATTER_MAX_CHARACTERS = 1 << 16
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
PLAIN_LISTS = frozenset({"tags", "keywords", "aliases", "categories"})
"""Also written as `tags: blue, black`."""


def split(text: str) -> tuple[dict[str, Any], str]:
    """Return the fields of the front matter, and the text after it."""
    if not (match := FENCE.match(text[:FRONT_MATTER_MAX_CHARACTERS])):
        return {}, text
    fields: dict[str, Any] = {}
    name = ""
    for line in match[1].split("\n"):
        if field := FIELD.match(line.rstrip()):
            name = field[1].strip()
            fields[name] = _value(name, (field[2] or "").strip())
        elif name and (element := ELEMENT.match(line.rstrip())):
            _append(fields, name, _scalar(element[1].strip()))
    fields = {name: value for name, value in fields.items() if value is not None}
    return fields, text[match.end() :].lstrip("\n")


def _append(fields: dict[str, Any], name: str, value: object) -> None:
    if fields[name] is None:
        fields[name] = []
    if isinstance(fields[name], list):
        fields[name].append(value)


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - any JSON
    if text.startswith("[") and text.endswith("]"):
        return [_scalar(each) for each in _elements(text[1:-1])]
    if name in PLAIN_LISTS and text:
        return [_scalar(each) for each in _elements(text)]
    return _scalar(text)


def _elements(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _scalar(text: str) -> Any:  # noqa: ANN401 - any JSON
    if text[:1] == '"' == text[-1:] and len(text) > 1:
        try:
            return json.loads(text)
        except ValueError:
            return text[1:-1]
    if text[:1] == "'" == text[-1:] and len(text) > 1:
        return text[1:-1].replace("''", "'")
    text = text.partition(" #")[0].rstrip()
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if INTEGER.match(text):
        return int(text)
    return float(text) if DECIMAL.match(text) else text
