"""Chooses how to read what the user named."""

import json
from codecs import BOM_UTF8
from pathlib import Path

from local.errors import StackError
from local.importing import texts
from local.importing.items import Source, shown
from local.importing.json_sources import JsonArray, JsonLines
from local.importing.text_files import folder_of_texts, single_text
from shared.adapters.extraction import kinds
from shared.domain.documents.json_framing import ArrayStart
from shared.domain.errors import InvalidInput

HEAD_BYTES = 65536
JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})
SUPPORTED = f"Import a folder, a JSON array, or a file of these types: {kinds.SUPPORTED}"


def open_source(path: Path, chosen_name: str | None = None) -> Source:
    """Return the source at a path. Raises StackError if it cannot be imported."""
    if path.is_dir():
        return folder_of_texts(path, chosen_name)
    if not path.is_file():
        raise StackError(f"{shown(str(path))} is neither a file nor a folder.")
    try:
        return _open_file(path, chosen_name)
    except texts.Unusable as problem:
        raise StackError(f"{shown(str(path))} {problem}. {SUPPORTED}.") from None


def _open_file(path: Path, chosen_name: str | None) -> Source:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES).removeprefix(BOM_UTF8)
    suffix = path.suffix.lower()
    try:
        kind = texts.kind_of(path.name, head)
    except texts.Unusable:
        if not _is_json(head):
            raise
        kind = kinds.JSON_LINES
    if kind is not kinds.JSON_LINES and suffix not in JSON_SUFFIXES:
        return single_text(path, chosen_name)
    prefix = "" if chosen_name is None else f"{chosen_name}/"
    if _is_line_of_json(head):
        return JsonLines(path, prefix)
    if _is_array(head):
        return JsonArray(path, prefix)
    if kind is kinds.JSON_LINES:
        return JsonLines(path, prefix)
    if kind is kinds.CODE:
        raise texts.Unusable("holds no documents in JSON")
    return single_text(path, chosen_name)


def _is_json(head: bytes) -> bool:
    return _is_line_of_json(head) or _is_array(head)


def _is_line_of_json(head: bytes) -> bool:
    """Say whether the first line that is not blank is an object, and no page of documents."""
    first = head.lstrip().partition(b"\n")[0]
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        # A line that is longer than the head cannot be parsed.
        return first.startswith(b"{") and len(first) > HEAD_BYTES // 2 and not _is_array(first)
    return isinstance(value, dict) and not isinstance(value.get("items"), list)


def _is_array(head: bytes) -> bool:
    start = ArrayStart()
    try:
        return bool(start.feed(head))
    except InvalidInput:
        return False
