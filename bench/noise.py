"""A tenant that writes as much as it can: `python -m bench.noise API KEY KIND...`, until killed."""

import http.client
import json
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from urllib.parse import urlsplit

COLLECTIONS = 30
"""Single writes go to so many collections, because flows of one collection take turns."""
WRITERS = 2
BULK_DOCUMENTS = 1000
SENTENCE = "Ink of batch {0} and number {1} dries on paper while the press prints page after page. "


class Client:
    """Sends requests with a key over one connection."""

    def __init__(self, api: str, key: str) -> None:
        url = urlsplit(api)
        assert url.hostname
        self._connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        self._headers = {"content-type": "application/json", "authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._connection.request(method, path, content, self._headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


def write_singles(client: Client, writer: int) -> None:
    """Write small documents, one after the other."""
    for number in count():
        path = f"/v1/documents/{number}?collection=noise-{writer}-{number % COLLECTIONS}"
        client.send("PUT", path, {"content": SENTENCE.format(time.time_ns(), number) * 5})


def import_bulk(client: Client, writer: int) -> None:
    """Import documents of a kilobyte, batch after batch."""
    for batch in count():
        documents = [
            {"id": f"{batch}-{n}", "content": SENTENCE.format(time.time_ns(), n) * 12}
            for n in range(BULK_DOCUMENTS)
        ]
        client.send("POST", f"/v1/documents/bulk?collection=import-{writer}", documents)


KINDS: dict[str, tuple[Callable[[Client, int], None], int]] = {
    "singles": (write_singles, WRITERS),
    "bulk": (import_bulk, 1),
}


def main() -> None:
    api, key, *kinds = sys.argv[1:]
    for kind in kinds:
        write, writers = KINDS[kind]
        for writer in range(writers):
            threading.Thread(target=write, args=(Client(api, key), writer)).start()


if __name__ == "__main__":
    main()
