"""The name that the files of a place have on the server, and the ids that follow from it."""

from dataclasses import dataclass
from typing import Self

from inkdex.sources.origin import Unusable

ID_MAX_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Source:
    """What files record as their source, and what goes in front of their ids."""

    name: str
    prefix: str = ""

    @classmethod
    def of(cls, name: str) -> Self:
        """Return the source of a name, which is in front of the ids."""
        return cls(name, f"{name}/")

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
        """Return the path of the file with this id, or None if it is not of this source."""
        return id_.removeprefix(self.prefix) if id_.startswith(self.prefix) else None
