"""Reads server-sent events from bytes as they arrive."""

from collections.abc import Iterator
from dataclasses import dataclass

from inkdex.errors import InkdexError

MESSAGE_MAX_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `id` is that of the last message that had one."""

    event: str
    data: str
    id: str | None


class MessageParser:
    """Collects bytes until they are messages. `last_id` also counts those without data."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """Yield the messages that these bytes complete; raises InkdexError for an endless one."""
        self._buffer += chunk
        *lines, rest = bytes(self._buffer).replace(b"\r\n", b"\n").split(b"\n")
        self._buffer = bytearray(rest)
        self._size += len(chunk)
        if self._size > MESSAGE_MAX_BYTES:
            raise InkdexError("The server sends an event that does not end.")
        for line in lines:
            if line:
                self._lines.append(line.decode("utf-8", "replace"))
            else:
                yield from self._message()

    def _message(self) -> Iterator[Message]:
        event, data = "message", []
        for line in self._lines:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data":
                data.append(value)
        self._lines = []
        self._size = len(self._buffer)
        if data:
            yield Message(event, "\n".join(data), self.last_id)
