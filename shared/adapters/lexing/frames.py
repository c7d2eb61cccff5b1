"""What the two processes send each other: JSON texts, each behind its length."""

import json
import struct
from collections.abc import Iterable
from typing import Any

LENGTH = struct.Struct(">I")


def packed(rows: Iterable[Any]) -> bytes:
    text = json.dumps(list(rows), ensure_ascii=False).encode()
    return LENGTH.pack(len(text)) + text
