"""No order of steps breaks the invariants I1 to I3.

Statements of writers and workers run one after another in any order, which covers everything that
two processes can do to each other between their transactions.
A longer run: JOB_LIFE_EXAMPLES=2000 pytest tests/services/embedding/job_life
"""

import asyncio
import os
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test

from shared.config import Settings
from shared.db.kit.session import connection_options
from tests.services.embedding.job_life.machine import Connections
from tests.services.embedding.job_life.rules import JobLife


@pytest.fixture
def connections(settings: Settings) -> Iterator[Connections]:
    options = connection_options(settings)
    with asyncio.Runner() as loop, psycopg.connect(**options) as worker:
        writer = loop.run(psycopg.AsyncConnection.connect(**options))
        yield Connections(loop, writer, worker)
        loop.run(writer.close())


def test_any_order_of_steps_leaves_every_document_as_expected(connections: Connections) -> None:
    JobLife.connections = connections
    # Hypothesis repeats the same examples where CI is set.
    run_state_machine_as_test(
        JobLife,
        settings=hypothesis_settings(
            max_examples=int(os.environ.get("JOB_LIFE_EXAMPLES", "150")),
            stateful_step_count=50,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
