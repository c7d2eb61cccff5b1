"""What requests have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.documents.document import ID_MAX_CHARACTERS, TITLE_MAX_CHARACTERS

EXAMPLE: dict[str, Any] = {
    "id": "readme",
    "title": "About ink",
    "content": "Ink dries in seconds; a document is searchable as soon as it does.",
    "metadata": {"lang": "en", "year": 2026},
}

# Lengths in characters and what PostgreSQL can't store are checked by the domain, with its words.
Identifier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=ID_MAX_CHARACTERS,
        description="Any text without NUL, except `.` and `..`.",
        examples=["readme"],
    ),
]
Title = Annotated[str | None, Field(max_length=TITLE_MAX_CHARACTERS, examples=["About ink"])]
Content = Annotated[
    str,
    Field(
        min_length=1,
        description="The text: not blank, without NUL, up to 1 MiB in UTF-8.",
        examples=[EXAMPLE["content"]],
    ),
]
Metadata = Annotated[
    dict[str, Any],
    Field(description="Any JSON object, up to 64 KiB; filters read it.", examples=[{"lang": "en"}]),
]


class Request(BaseModel):
    """Base of bodies: an unknown field is an error, for it is most often a misspelt one."""

    model_config = ConfigDict(extra="forbid", strict=True)
