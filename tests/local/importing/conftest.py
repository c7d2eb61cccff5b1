"""An API that fails, and one that another client keeps busy."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.importing.command import FailingApi, jsonl


@pytest.fixture
def failing_api() -> Iterator[FailingApi]:
    server = FailingApi()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return jsonl(
        tmp_path / "many.jsonl", *({"id": str(n), "content": f"Number {n}."} for n in range(3500))
    )
