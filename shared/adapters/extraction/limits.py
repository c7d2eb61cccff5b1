"""How much the reading of a file may take. Settings are not imported: they slow each process."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ExtractionLimits:
    """`seconds` is the time of waiting for the file, and of the processor."""

    seconds: float = 120.0
    memory_bytes: int = 1024**3
    pages_max: int = 5000
    text_max_bytes: int = 512 * 1024**2

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
