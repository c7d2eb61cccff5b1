"""A source: the name that a folder's files have on the server, and the ids that follow from it."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ID_MAX_CHARACTERS = 255


class Unusable(Exception):
    """The file cannot be sent. The message completes a sentence about it."""


@dataclass(frozen=True, slots=True)
class Source:
    """What files record as their source, and what goes in front of their ids."""

    name: str
    prefix: str = ""

    @classmethod
    def of(cls, folder: Path, chosen: str | None) -> Self:
        """Return the name that the user chose, or one that only this folder has."""
        if chosen is not None:
            return cls(chosen, f"{chosen}/")
        digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
        return cls(f"{folder.resolve().name or 'root'}-{digest}")

    def id_of(self, path: str) -> str:
        """Return the id of a file; raises Unusable."""
        id_ = self.prefix + path
        if len(id_) > ID_MAX_CHARACTERS:
            raise Unusable(
                f"would get an id of {len(id_)} characters, and {ID_MAX_CHARACTERS} are allowed; "
                "shorten its path"
            )
        return id_

    def path_of(self, id_: str) -> str | None:
        """Return the path of the file with this id, or None if it is not of this folder."""
        return id_.removeprefix(self.prefix) if id_.startswith(self.prefix) else None
