"""What the server refused. It is not sent again for a while, unless it changes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from inkdex.sources.origin import Scan

REFUSED_SECONDS = 300.0
"""After that a quota or a limit may be another."""


class _Refusal(NamedTuple):
    mark: str
    """What changes when the file or the row does."""
    reason: str
    ends_at: float


@dataclass(slots=True)
class Refusals:
    """Files or rows that were refused, by path. `digest` hashes one; it may raise OSError."""

    digest: Callable[[str], str]
    _by_path: dict[str, _Refusal] = field(default_factory=dict)

    def note(self, found: Scan, reasons: Mapping[str, str]) -> None:
        """Remember what was refused of what was found."""
        ends_at = time.monotonic() + REFUSED_SECONDS
        for path, reason in reasons.items():
            if mark := self._mark(found, path):
                self._by_path[path] = _Refusal(mark, reason, ends_at)

    def leave_out(self, found: Scan) -> None:
        """Make problems of what would be refused again, so that it is neither sent nor gone."""
        now, known = time.monotonic(), self._by_path
        self._by_path = {
            path: each
            for path, each in known.items()
            if each.ends_at > now and each.mark == self._mark(found, path)
        }
        for path, each in self._by_path.items():
            del found.files[path]
            found.problems[path] = each.reason

    def _mark(self, found: Scan, path: str) -> str | None:
        if path not in found.files:
            return None
        try:
            return found.files[path].stamp or self.digest(path)
        except OSError:
            return None
