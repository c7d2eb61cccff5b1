"""Load on a system while a test breaks it."""

import threading
from typing import Self

from tests.support.processes import eventually
from tests.support.system import System


def texts(prefix: str, count: int) -> dict[str, str]:
    """Return documents of a few words, each different."""
    return {
        f"{prefix}-{n}": f"The {prefix} number {n} dries in {n * 7} minutes." for n in range(count)
    }


class Writing:
    """Writes, edits and deletes in a thread of its own until the block ends."""

    def __init__(self, system: System, prefix: str, api: int = 0, pause: float = 0.01) -> None:
        self.system = system
        self.prefix = prefix
        self.accepted = 0
        self.problems: list[str] = []
        self._api = api
        self._pause = pause
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        assert not self.problems, self.problems

    def until_accepted(self, count: int, seconds: float = 20) -> None:
        """Wait until so many further writes are accepted."""
        enough = self.accepted + count
        log = self.system.apis[self._api].log
        eventually(lambda: self.accepted > enough, "writes are accepted", seconds, log)

    def _run(self) -> None:
        n = 0
        while not self._stopping.wait(self._pause):
            n += 1
            id_ = f"{self.prefix}-{n % 40}"
            try:
                if n % 11 == 0:
                    self.system.ledger.setdefault(id_, {None})
                    self._delete(id_)
                    continue
                response = self.system.put(
                    id_, f"{self.prefix} of {n}, edited {n // 40} times", self._api
                )
                self.accepted += response is not None and response.is_success
            except AssertionError as error:
                self.problems.append(str(error))

    def _delete(self, id_: str) -> None:
        if self.system.ledger[id_] != {None}:
            self.system.delete(id_, self._api)
