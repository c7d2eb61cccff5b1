"""How much the reading of a file may take."""

from dataclasses import asdict, dataclass
from typing import Any

from shared.config import Settings


@dataclass(frozen=True, slots=True)
class ExtractionLimits:
    """`seconds` is the time of waiting for the file, and of the processor."""

    seconds: float = 120.0
    memory_bytes: int = 1024**3
    pages_max: int = 5000
    text_max_bytes: int = 512 * 1024**2

    @classmethod
    def of(cls, settings: Settings) -> "ExtractionLimits":
        return cls(
            settings.extract_seconds,
            settings.extract_memory_bytes,
            settings.extract_pages_max,
            settings.extract_text_max_bytes,
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
