"""What happens while an answer is made, in the order in which a client sees it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.answers.chat import ChatEnd
from shared.domain.answers.refusal import Refusal
from shared.domain.answers.sources import Passage, Source
from shared.domain.answers.waiting import Queued
from shared.domain.errors import InkdexError
from shared.domain.files.locations import Location


class DegradedReason(StrEnum):
    """What was missing."""

    CHAT_UNAVAILABLE = "chat_unavailable"
    MODEL_UNAVAILABLE = "model_unavailable"


@dataclass(frozen=True, slots=True)
class Degraded:
    """What was missing, what was served instead, and a sentence for people."""

    reason: DegradedReason
    served: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """The question is in the queue of its model. Clients do not see this event."""


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The sources. The first event."""

    sources: Sequence[Source]
    degraded: Degraded | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of the answer."""

    text: str


class CitationKind(StrEnum):
    """Whether the answer names a source or quotes words."""

    REFERENCE = "reference"
    QUOTATION = "quotation"


@dataclass(frozen=True, slots=True)
class Citation:
    """What a part of the answer refers to.

    `start` and `end` are its offsets in the answer. `quote_start` and `quote_end` are those of the
    verbatim words in the document of `source`, None if they are in no source. `support` is the part
    of the claim's words that the source has, from 0 to 1.
    """

    kind: CitationKind
    start: int
    end: int
    source: Source | None = None
    quote_start: int | None = None
    quote_end: int | None = None
    support: float | None = None

    @property
    def location(self) -> Location | None:
        """Where the words are in the file that the document was read from."""
        if self.source is None or self.quote_start is None:
            return None
        return self.source.passage.location_at(self.quote_start)

    @property
    def is_verified(self) -> bool:
        return self.source is not None

    @property
    def quote(self) -> str | None:
        """The words as they are in the document."""
        if self.source is None or self.quote_start is None or self.quote_end is None:
            return None
        passage = self.source.passage
        return passage.text[self.quote_start - passage.start : self.quote_end - passage.start]


@dataclass(slots=True)
class CitationCounts:
    """The citations of an answer. `removed` are numbers that named no source."""

    references: int = 0
    removed: int = 0
    quotations: int = 0
    unverified: int = 0


class Finish(StrEnum):
    """How an answer ended."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"
    NOT_IN_DOCUMENTS = "not_in_documents"
    QUOTATIONS = "quotations"
    INTERRUPTED = "interrupted"


class CacheUse(StrEnum):
    """Where an answer came from."""

    OFF = "off"
    MISS = "miss"
    EXACT = "exact"
    SEMANTIC = "semantic"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer. Durations are in seconds, by the name of the step."""

    finish: Finish
    citations: CitationCounts
    model: str | None = None
    cache: CacheUse = CacheUse.OFF
    cached_question: str | None = None
    end: ChatEnd | None = None
    refusal: Refusal | None = None
    degraded: Degraded | None = None
    left_out: Sequence[Passage] = ()
    history_left_out: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The end of an answer that cannot be given, although it may have begun."""

    error: InkdexError


AnswerEvent = Admitted | SourcesFound | Queued | Delta | Citation | Done | Failed
