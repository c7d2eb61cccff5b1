"""Attack an API until this process is ended: `python -m bench.attacks PORT NAME...`."""

import http.client
import sys
import threading
from collections.abc import Callable, Mapping, Sequence

from bench.attacks import bodies, connections

CLIENTS = 20
"""Connections at a time of an attack by queries. The API's pool has 16 connections."""


def _forever(attack: Callable[[int], object], port: int) -> None:
    while True:
        try:
            attack(port)
        except (OSError, http.client.HTTPException):
            continue  # the server defended itself; the attack goes on


def _attackers(name: str) -> Sequence[Callable[[int], object]]:
    if name == "queries":
        sends = bodies.queries()
        return sends * (CLIENTS // len(sends))
    return _SENDERS[name]() if name in _SENDERS else [_HOLDERS[name]]


_SENDERS: Mapping[str, Callable[[], list[bodies.Send]]] = {
    "texts": bodies.texts,
    "large bodies": bodies.large_bodies,
    "bulk lines": bodies.bulk_lines,
    "large documents": bodies.large_documents,
}
_HOLDERS: Mapping[str, Callable[[int], None]] = {
    "idle connections": connections.idle,
    "stalled bodies": connections.stalled_bodies,
    "unfinished headers": connections.unfinished_headers,
    "long headers": connections.long_headers,
    "event streams": connections.event_streams,
}


def main() -> None:
    port, names = int(sys.argv[1]), sys.argv[2:]
    threads = [
        threading.Thread(target=_forever, args=(attack, port))
        for name in names
        for attack in _attackers(name)
    ]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
