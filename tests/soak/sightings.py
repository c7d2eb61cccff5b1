"""The versions of shared documents that one user has seen: no later answer may be older."""

from collections.abc import Mapping


class Sightings:
    """What answers with a position told, and what searches for the latest showed besides.

    A search has no position in its answer. So only a search for the latest must show what an
    earlier search showed.
    """

    def __init__(self) -> None:
        self._told: dict[str, int] = {}
        self._shown: dict[str, int] = {}

    def told(self, id_: str, version: int) -> None:
        """Record the answer of a write."""
        self._told[id_] = max(version, self._told.get(id_, 0))

    def found(self, versions: Mapping[str, int], *, is_latest: bool) -> list[str]:
        """Record what a search found; return what is older than what the user has seen."""
        known = [self._told, self._shown] if is_latest else [self._told]
        older = [
            f"{id_} found as version {versions.get(id_)} after version {version}"
            for each in known
            for id_, version in each.items()
            if versions.get(id_, 0) < version
        ]
        for id_, version in versions.items():
            self._shown[id_] = max(version, self._shown.get(id_, 0))
        return older
