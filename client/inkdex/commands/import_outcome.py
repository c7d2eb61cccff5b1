"""What an import did, and how it is told."""

import json
from dataclasses import dataclass, field
from typing import TextIO

from inkdex.commands.output import complain, say, say_json, show_skipped

SHOWN = 20
KEPT = 1000
NOTHING = "Nothing was imported."
OF_OTHER_SOURCES = (
    "{:,} would have replaced what another source has written. To keep both, import again with a "
    "name that goes in front of the ids: --source NAME, or SOURCE=NAME with make. To replace them: "
    "--replace, or REPLACE=1."
)


@dataclass(slots=True)
class Reasons:
    """Why some are not imported: how many, and the first KEPT by name."""

    file: TextIO | None = None
    """It gets all of them, one a line."""
    count: int = 0
    first: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, reason: str | None) -> None:
        """Add one."""
        self.count += 1
        if len(self.first) < KEPT:
            self.first[name] = reason or "failed"
        if self.file:
            self.file.write(json.dumps({"name": name, "reason": reason}) + "\n")

    def complain(self, word: str) -> None:
        """Print the first SHOWN."""
        for name, reason in list(self.first.items())[:SHOWN]:
            complain(f"{name}: {reason}")
        if self.count > SHOWN:
            place = self.file.name if self.file else "--json"
            complain(f"{self.count:,} {word} in all; {place} names more of them")


@dataclass(slots=True)
class Outcome:
    """What an import did so far."""

    refused: Reasons
    accepted: int = 0
    replaced: int = 0
    """How many of the accepted documents of JSON existed before."""
    unchanged: int = 0
    of_other_sources: int = 0
    skipped: dict[str, list[str]] = field(default_factory=dict)
    ready: int = 0
    failed: Reasons = field(default_factory=Reasons)

    @property
    def stored(self) -> int:
        """How many documents or files the server has now."""
        return self.accepted + self.unchanged

    @property
    def status(self) -> int:
        """The exit status: 0 if something was imported, and nothing was refused or failed."""
        return int(bool(self.refused.count or self.failed.count or not self.stored))

    def show_sent(self) -> None:
        """Print what was sent, and what was not."""
        say(
            f"{self.accepted:,} accepted, {self.unchanged:,} unchanged, "
            f"{self.refused.count:,} refused"
        )
        if self.replaced:
            say(f"{self.replaced:,} of the accepted replaced an earlier document with the same id")
        show_skipped(self.skipped)
        self.refused.complain("refused")
        if self.of_other_sources:
            complain(OF_OTHER_SOURCES.format(self.of_other_sources))
        if not self.stored:
            complain(NOTHING)

    def show_settled(self) -> None:
        """Print what is embedded, and what is not."""
        say(f"{self.ready:,} ready, {self.failed.count:,} failed")
        self.failed.complain("failed")

    def show_stopped(self) -> None:
        """Print what is stored of an import that did not come to its end."""
        complain(
            f"{self.stored:,} are stored. Run the command again to send the rest. "
            "What is stored already is not embedded again."
        )

    def show_json(self) -> None:
        """Print all of it for programs."""
        say_json(
            {
                "accepted": self.accepted,
                "replaced": self.replaced,
                "unchanged": self.unchanged,
                "refused": self.refused.first,
                "refused_count": self.refused.count,
                "skipped": self.skipped,
                "ready": self.ready,
                "failed": self.failed.first,
                "failed_count": self.failed.count,
            }
        )
