"""The largest files of the kinds that are read as a whole."""

from pathlib import Path

from shared.domain.files.parts import ExtractionFailed, FileErrorCode

WHOLE_MAX_BYTES = 32 * 1024 * 1024


def checked_size(file: Path, most: int) -> None:
    """Raise ExtractionFailed if the file has more than `most` bytes."""
    size = file.stat().st_size
    if size > most:
        message = f"The file has {size:,} bytes; the limit for its type is {most:,}."
        raise ExtractionFailed(FileErrorCode.TOO_LARGE, message)
