"""What a key may send in a minute, and what a tenant may have."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class Unit(StrEnum):
    """What is counted by the minute."""

    REQUESTS = "requests"
    BYTES = "bytes"
    """Of the bodies of requests."""
    TOKENS = "tokens"
    """Of queries, questions and texts to embed. They are estimated."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a key may send in a minute, where 0 means any number."""

    requests_per_minute: int = 0
    bytes_per_minute: int = 0
    tokens_per_minute: int = 0

    def of(self, unit: Unit) -> int:
        return {
            Unit.REQUESTS: self.requests_per_minute,
            Unit.BYTES: self.bytes_per_minute,
            Unit.TOKENS: self.tokens_per_minute,
        }[unit]

    @property
    def set_units(self) -> tuple[Unit, ...]:
        """The units that are limited."""
        return tuple(unit for unit in Unit if self.of(unit))

    def changed_by(self, own: Mapping[str, Any]) -> "Limits":
        """Return these limits with a tenant's own ones in their place."""
        return Limits(**asdict(self) | _known(Limits, own))


@dataclass(frozen=True, slots=True)
class Quotas:
    """What a tenant may have, where 0 means any number. Bytes are those of documents and files."""

    documents: int = 0
    bytes: int = 0
    chunks: int = 0
    answers_per_day: int = 0

    @classmethod
    def of(cls, own: Mapping[str, Any]) -> "Quotas":
        return cls(**_known(cls, own))

    @property
    def of_documents(self) -> bool:
        """Whether a quota limits what is stored."""
        return bool(self.documents or self.bytes or self.chunks)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tenant has, and the answers that it had today, in UTC."""

    documents: int = 0
    bytes: int = 0
    chunks: int = 0
    answers: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.documents + other.documents,
            self.bytes + other.bytes,
            self.chunks + other.chunks,
            self.answers + other.answers,
        )

    def __sub__(self, other: "Usage") -> "Usage":
        return self + Usage(-other.documents, -other.bytes, -other.chunks, -other.answers)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a tenant's keys may send, and what it may have."""

    limits: Limits = Limits()
    quotas: Quotas = Quotas()


def _known(kind: type[Limits | Quotas], own: Mapping[str, Any]) -> dict[str, int]:
    """Return the values that are set. A process of another version may know others."""
    names = {field.name for field in fields(kind)}
    return {name: int(own[name]) for name in names & own.keys() if own[name] is not None}
