"""What to do about a source: a comparison of what is there with what was sent."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inkdex.sources.origin import Found, Scan
from inkdex.sources.state import Entry

ABSENT_SECONDS = 60.0
"""A file is gone if two sweeps, so far apart, do not see it: editors delete what they replace."""
SETTLED_SECONDS = 2.0
"""A file that was written later than that may be written again with the same times."""


@dataclass(slots=True)
class Plan:
    """The paths to send, to move and to remove."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """The former path by the new one."""
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Missing, but not for long enough."""

    @property
    def sent(self) -> list[str]:
        """The paths whose files are sent."""
        return [*self.new, *self.changed, *self.renamed]

    def removes_too_much(self, known: int) -> bool:
        """Say whether more than half of what is known would be removed."""
        return 2 * len(self.removed) > known


def make_plan(
    scan: Scan, known: Mapping[str, Entry], digest: Callable[[str], str], now: float
) -> Plan:
    """Compare a place with what was sent. `digest` hashes a file; raises OSError.

    Files that cannot be read become problems of the scan.
    """
    plan = Plan()
    for path, found in scan.files.items():
        _compare(plan, scan, found, known.get(path), digest)
    missing = [
        path
        for path, entry in known.items()
        if path not in scan.files and not scan.hides(path) and entry.moved_to is None
    ]
    _find_renamed(plan, scan, {path: known[path].sha256 for path in missing}, digest)
    moved = set(plan.renamed.values())
    for path in missing:
        if path not in moved:
            since = known[path].absent_since
            gone = since is not None and now - since >= ABSENT_SECONDS
            (plan.removed if gone else plan.absent).append(path)
    return plan


def _compare(
    plan: Plan, scan: Scan, found: Found, entry: Entry | None, digest: Callable[[str], str]
) -> None:
    if entry is None:
        plan.new.append(found.path)
    elif found.stamp and entry.stamp == found.stamp and entry.sha256:
        plan.unchanged.append(found.path)
    elif sha256 := _read(scan, found.path, digest):
        (plan.unchanged if sha256 == entry.sha256 else plan.changed).append(found.path)


def _read(scan: Scan, path: str, digest: Callable[[str], str]) -> str | None:
    """Return the hash of a file, or None if it cannot be read, which is a problem of the scan."""
    try:
        return digest(path)
    except OSError as error:
        scan.problems[path] = f"can't be read: {error.strerror}"
        return None


def _find_renamed(
    plan: Plan, scan: Scan, missing: Mapping[str, str], digest: Callable[[str], str]
) -> None:
    """Take a new file for a missing one of the same content, each of them once."""
    by_hash: dict[str, list[str]] = defaultdict(list)
    for path, sha256 in reversed(list(missing.items())):
        if sha256:
            by_hash[sha256].append(path)
    if not by_hash:  # so new files are read only to be sent
        return
    new, plan.new = plan.new, []
    for path in new:
        content = _read(scan, path, digest)
        if content is None:
            continue
        if former := by_hash.get(content):
            plan.renamed[path] = former.pop()
        else:
            plan.new.append(path)
