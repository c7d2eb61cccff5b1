"""How far the changes of the database have come."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Self

_WRITTEN = re.compile(r"([0-9A-F]{1,8})/([0-9A-F]{1,8})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in PostgreSQL's log of changes, in bytes. It is written as PostgreSQL does."""

    bytes: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the position that a text like `0/3000148` names; raises ValueError."""
        found = _WRITTEN.fullmatch(text)
        if found is None:
            raise ValueError("not a position")
        high, low = (int(part, 16) for part in found.groups())
        return cls((high << 32) + low)

    def __str__(self) -> str:
        return f"{self.bytes >> 32:X}/{self.bytes & 0xFFFFFFFF:X}"


class Latest(Enum):
    """In place of a position: all that is written when the request arrives."""

    LATEST = "latest"


LATEST = Latest.LATEST
SeenChanges = Position | Latest | None
"""What a search must see. With None it may miss what was written in the last seconds."""
