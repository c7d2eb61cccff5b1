"""What the process that reads a file writes, line by line: that it begins, each part, the end."""

import json
from typing import Any, TypedDict

from shared.domain.files.parts import (
    PART_MAX_BYTES,
    ExtractionFailed,
    FileErrorCode,
    Mark,
    Part,
)

RECORD_MAX_BYTES = 16 * 1024 * 1024
BEGUN = b'{"begun": true}'
END = b'{"end": true}\n'
OUT_OF_MEMORY_EXIT = 71


class Task(TypedDict):
    """What the process is asked, as one line of JSON on its standard input."""

    path: str
    name: str
    module: str
    limits: dict[str, Any]


def packed(part: Part) -> bytes:
    marks = [[mark.unit, mark.number, mark.start] for mark in part.marks]
    fields = {"title": part.title, "text": part.text, "metadata": part.metadata}
    record = fields | {"language": part.language, "marks": marks}
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def packed_failure(failure: ExtractionFailed) -> bytes:
    return json.dumps({"error": failure.code, "message": failure.message}).encode() + b"\n"


def unpacked(line: bytes) -> Part | None:
    """Return the part of a record; None for the end. Raises ExtractionFailed.

    A file may have taken over the process, so its records are checked.
    """
    try:
        record = json.loads(line)
        if "error" in record:
            raise ExtractionFailed(FileErrorCode(record["error"]), str(record["message"]))
        return None if "end" in record else _part(record)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ExtractionFailed(FileErrorCode.UNREADABLE) from None


def _part(record: dict[str, Any]) -> Part:
    text, metadata = record["text"], record["metadata"]
    if not isinstance(metadata, dict) or len(text.encode()) > PART_MAX_BYTES:
        raise ValueError
    marks = tuple(Mark(unit, int(number), int(start)) for unit, number, start in record["marks"])
    return Part(record["title"], text, metadata, record["language"], marks)
