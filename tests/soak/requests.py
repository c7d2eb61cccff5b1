"""One writer's requests: each goes to either API, and its answer is checked and counted."""

import time
from random import Random

import httpx

from tests.soak.fault_schedule import FaultSchedule
from tests.soak.ledger import Tally
from tests.support import loopback

COLLECTION = "soak"
POSITION = "Inkdex-Position"
LATEST = "latest"
TIMEOUT = httpx.Timeout(15.0, connect=2.0)


class Requests:
    def __init__(
        self, urls: list[str], random: Random, faults: FaultSchedule, tally: Tally
    ) -> None:
        self._clients = [loopback.client(url, TIMEOUT) for url in urls]
        self._random = random
        self._faults = faults
        self._tally = tally
        self.seen = LATEST
        """What a search must show, to show all that the answers told of."""

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def send(self, method: str, path: str, **options: object) -> httpx.Response | None:
        """Send a request; None if neither API took it. A lost answer becomes a 599."""
        first = self._random.randrange(len(self._clients))
        for client in (self._clients[first], self._clients[1 - first]):
            started = time.monotonic()
            try:
                response = client.request(method, path, **options)  # type: ignore[arg-type]
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.TransportError as error:
                response = httpx.Response(599, text=f"{type(error).__name__}: {error}")
            response.extensions["started"] = started
            self.seen = response.headers.get(POSITION, self.seen)
            if method != "GET" and response.is_success:
                self._tally.latency(time.monotonic() - started, quiet=self._was_quiet(started))
            return response
        self._tally.count("not taken by any API")
        if self._was_quiet(started):
            self._tally.complain(f"{method} {path}: no API took it")
        return None

    def search(self, q: str, mode: str, seen: str | None = None) -> httpx.Response | None:
        """Search what shows at least the changes up to `seen`, or what there is."""
        params = {"q": q, "mode": mode, "collection": COLLECTION}
        headers = {POSITION: seen} if seen else {}
        response = self.send("GET", "/v1/search", params=params, headers=headers)
        if response is None:
            return None
        if mode == "semantic" and response.status_code == 503 and "model" in response.text:
            self._tally.count("semantic search without a model")
        elif response.status_code != 200:
            self.unanswered("search", response)
        return response

    def unanswered(self, act: str, response: httpx.Response) -> None:
        """Count a refusal. Complain unless a fault of the APIs or PostgreSQL explains it."""
        status = response.status_code
        self._tally.count(f"{act}: {'no answer' if status == 599 else status}")
        excused = status in {503, 599} and not self._was_quiet(response.extensions["started"])
        if not excused:
            self._tally.complain(f"{self._faults.describe()}: {act}: {shown(response)}")

    def _was_quiet(self, since: float) -> bool:
        return self._faults.was_quiet({"api", "postgres"}, since)


def shown(response: httpx.Response) -> str:
    return f"{response.status_code} {response.text[:300]}"
