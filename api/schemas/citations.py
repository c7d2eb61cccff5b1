"""The sources and the citations of answers on the wire."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from api.schemas.locations import LocationOut
from shared.domain.answers.events import Citation, CitationKind
from shared.domain.answers.sources import Source
from shared.domain.search.relevance import Relevance


class SourceOut(BaseModel):
    """A passage of a document. `[n]` in the answer names it."""

    n: int = Field(
        description="The number that stands for the passage in the answer.", examples=[1]
    )
    document: str = Field(description="The id of the document.", examples=["readme"])
    collection: str = Field(description="The collection of the document.", examples=["default"])
    title: str | None = Field(
        description="The title of the document; null if it has none.", examples=["About ink"]
    )
    version: int = Field(description="The version of the document that was read.", examples=[1])
    start: Annotated[
        int,
        Field(
            description="Its start in the content, in characters (Unicode code points) from 0.",
            examples=[0],
        ),
    ]
    end: int = Field(description="The end of the passage, exclusive.", examples=[66])
    text: Annotated[
        str,
        Field(
            description="The passage as it is stored.",
            examples=["Ink dries in seconds; a document is searchable as soon as it does."],
        ),
    ]
    headings: list[str] = Field(
        description="The headings above the passage, the outermost first.", examples=[["About ink"]]
    )
    similarity: float | None = Field(
        description="The cosine similarity to the question; null if found by words only.",
        examples=[0.71],
    )
    relevance: Relevance | None = Field(
        description="How relevant it probably is; null if too few documents tell."
    )
    location: LocationOut | None = Field(
        description="Where the passage begins in the file that the document was read from.",
        examples=[None],
    )
    in_prompt: Annotated[
        bool,
        Field(
            description="Whether the model saw the passage; false for lack of room.",
            examples=[True],
        ),
    ]

    @classmethod
    def of(cls, source: Source) -> Self:
        passage = source.passage
        document = passage.document
        similarity = passage.similarity
        return cls(
            n=source.number,
            document=document.ref.id,
            collection=document.ref.collection.name,
            title=document.title,
            version=document.version,
            start=passage.start,
            end=passage.end,
            text=passage.text,
            headings=list(passage.headings),
            similarity=None if similarity is None else round(similarity, 4),
            relevance=passage.relevance,
            location=LocationOut.of(passage.location),
            in_prompt=source.in_prompt,
        )


class CitationOut(BaseModel):
    """What a part of the answer refers to.

    `at` is where in the answer it is. `quote` is the text of the document, null if it has none.
    """

    kind: CitationKind = Field(description="Whether the answer names a source or quotes words.")
    n: int | None = Field(
        description="The number of the source; null for a quotation that is in none.", examples=[1]
    )
    at: tuple[int, int] = Field(
        description="Its start and end, exclusive, in the answer, in characters.",
        examples=[[22, 25]],
    )
    quote: str | None = Field(
        description="The text of the document that is meant; null if there is none.",
        examples=["Ink dries in seconds"],
    )
    document: str | None = Field(
        description="The id of the document; null without a source.", examples=["readme"]
    )
    collection: str | None = Field(
        description="The collection of the document; null without a source.", examples=["default"]
    )
    version: int | None = Field(
        description="The version of the document; null without a source.", examples=[1]
    )
    start: int | None = Field(
        description="The start of the quote in the document's content; null without a quote.",
        examples=[0],
    )
    end: int | None = Field(
        description="The end of the quote, exclusive; null without a quote.", examples=[20]
    )
    location: LocationOut | None = Field(
        description="Where the quote begins in the file that the document was read from.",
        examples=[None],
    )
    verified: Annotated[
        bool, Field(description="Whether the quoted words are in a source.", examples=[True])
    ]
    support: Annotated[
        float | None,
        Field(
            description="The part of the claim's words that the source has; null without a claim.",
            examples=[1.0],
        ),
    ]

    @classmethod
    def of(cls, citation: Citation) -> Self:
        source = citation.source
        document = source.passage.document if source else None
        return cls(
            kind=citation.kind,
            n=source.number if source else None,
            at=(citation.start, citation.end),
            quote=citation.quote,
            document=document.ref.id if document else None,
            collection=document.ref.collection.name if document else None,
            version=document.version if document else None,
            start=citation.quote_start,
            end=citation.quote_end,
            location=LocationOut.of(citation.location),
            verified=citation.is_verified,
            support=citation.support,
        )
