"""The fields of documents in answers, for all answers that have them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from shared.domain.documents.document import Status

DocumentId = Annotated[str, Field(description="The document's id.", examples=["readme"])]
DocumentCollection = Annotated[
    str, Field(description="The document's collection.", examples=["default"])
]
DocumentTitle = Annotated[
    str | None, Field(description="The title; null if there is none.", examples=["About ink"])
]
DocumentMetadata = Annotated[
    dict[str, Any],
    Field(description="The metadata, as they were sent.", examples=[{"lang": "en", "year": 2026}]),
]
DocumentStatus = Annotated[Status, Field(description="Whether the document is embedded.")]
DocumentVersion = Annotated[
    int,
    Field(
        description="The version, which each change of text, title or metadata increases.",
        examples=[1],
    ),
]
CreatedAt = Annotated[datetime, Field(description="When the document was created.")]
UpdatedAt = Annotated[datetime, Field(description="When the document was last changed.")]
ReadyAt = Annotated[
    datetime | None, Field(description="When the document became ready; null before.")
]
