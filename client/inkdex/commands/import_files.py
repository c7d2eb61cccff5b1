"""Imports a folder, or a file, that the server reads."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inkdex.client import Inkdex
from inkdex.commands.import_outcome import Outcome
from inkdex.commands.output import Progress
from inkdex.commands.waiting import wait_until_embedded
from inkdex.sources.folder import Folder, source_of
from inkdex.sources.reading import Reading
from inkdex.sources.sending import FileSender
from inkdex.sources.source import Source


@dataclass(slots=True)
class FileImport:
    """One import of a folder or a file."""

    client: Inkdex
    path: Path
    options: argparse.Namespace
    outcome: Outcome
    sent: set[str] = field(default_factory=set)
    """Paths below the folder."""

    @property
    def _folder(self) -> Path:
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def _source(self) -> Source:
        return source_of(self._folder, self.options.source)

    def send(self) -> None:
        """Send the files, and note those that are left out; raises OSError, InkdexError."""
        if not self.path.is_dir():
            self._send([self.path.name])
            return
        found = Folder(self.path).scan()
        self.outcome.skipped = found.skipped
        self._refuse(found.problems)
        self._send(sorted(found.files))

    def _send(self, paths: list[str]) -> None:
        sender = FileSender(
            self.client,
            Folder(self._folder),
            self._source,
            self.options.collection,
            replace="all" if self.options.replace else "same_source",
        )
        progress = Progress("Sending")
        for each in sender.send(paths):
            self.sent.add(each.path)
            self.outcome.unchanged += each.is_read
            self.outcome.accepted += not each.is_read
            progress(len(self.sent) + len(sender.refused) + len(sender.unread), len(paths))
        progress.end()
        self.outcome.of_other_sources = sender.of_other_sources
        self._refuse(sender.refused | sender.unread)

    def _refuse(self, reasons: Mapping[str, str]) -> None:
        for path, reason in reasons.items():
            self.outcome.refused.add(path, reason)

    def wait(self) -> None:
        """Wait until the files are read and embedded, and note those that are not."""
        reading = Reading(self.client, self._source, self.options.collection)
        wait_until_embedded(reading)
        for path, reason in reading.failures().items():
            if path in self.sent:
                self.outcome.failed.add(path, reason)
        self.outcome.ready = len(self.sent) - self.outcome.failed.count
