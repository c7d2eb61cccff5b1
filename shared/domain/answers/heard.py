"""An answer as a client hears it, collected from its events."""

from dataclasses import dataclass, field

from shared.domain.answers.events import AnswerEvent, Citation, Delta, Done, Finish
from shared.domain.answers.same_answer import Said

WHOLE = frozenset({Finish.STOP, Finish.NOT_IN_DOCUMENTS})


@dataclass(slots=True)
class HeardAnswer:
    """The text so far, and the sentences that it cites."""

    pieces: list[str] = field(default_factory=list)
    cited: set[str] = field(default_factory=set)
    is_whole: bool = False

    def take(self, event: AnswerEvent) -> None:
        match event:
            case Delta():
                self.pieces.append(event.text)
            case Citation() if event.source:
                key = event.source.passage.document.key
                self.cited.add(f"{key}:{event.quote_start}")
            case Done():
                self.is_whole = event.finish in WHOLE

    @property
    def said(self) -> Said:
        return Said("".join(self.pieces), frozenset(self.cited))
