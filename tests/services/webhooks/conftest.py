"""A receiver of webhooks, and a connection to the database of the test."""

from collections.abc import Iterator

import pytest

from shared.db.kit.pool import Connection, Database
from tests.support import webhook_receiver as receivers
from tests.support.webhook_receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receivers.running() as receiver:
        yield receiver


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connection() as connection:
        yield connection
