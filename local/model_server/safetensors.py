"""Reads the header of a safetensors file."""

import json
import struct
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Tensor:
    """The location of a tensor in a safetensors file."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    length: int


def read_header(file: IO[bytes]) -> dict[str, Tensor]:
    """Return the location of every tensor."""
    (size,) = struct.unpack("<Q", file.read(8))
    entries = json.loads(file.read(size))
    start = 8 + size
    return {
        name: Tensor(
            dtype=entry["dtype"],
            shape=tuple(entry["shape"]),
            offset=start + entry["data_offsets"][0],
            length=entry["data_offsets"][1] - entry["data_offsets"][0],
        )
        for name, entry in entries.items()
        if name != "__metadata__"
    }
