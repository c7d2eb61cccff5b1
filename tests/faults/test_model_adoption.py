"""A write races with the adoption of a model."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.support.processes import eventually
from tests.support.system_fixtures import StartSystem


@pytest.mark.parametrize("race", ["first worker", "other model"])
def test_a_write_during_the_adoption_of_a_model_is_embedded(
    race: str,
    start_system: StartSystem,
) -> None:
    """I1: the write sees no model or an old one, and the adoption does not see the write."""
    system = start_system(workers=0, env={"INKDEX_DATABASE_TIMEOUT_SECONDS": "25"})
    if race == "other model":
        system.database.rows(
            "INSERT INTO embedding_models (name, state) VALUES ('another', 'active') RETURNING id"
        )
    with ThreadPoolExecutor(1) as pool, psycopg.connect(system.database.url) as rival:
        rival.execute(
            "INSERT INTO documents (collection, id, content, metadata, content_hash, lane)"
            " VALUES ('default', 'raced', 'x', '{}', sha256('x'), 'interactive')"
        )
        write = pool.submit(system.put, "raced", "The text that matters.")
        waiting = (
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'incoming'"
            " AND datname = current_database()"
        )
        eventually(lambda: bool(system.database.rows(waiting)), "the write waits", 10)
        worker = system.add_worker()
        # The adoption has finished or waits for the write: both are right.
        adopted = "SELECT FROM embedding_models WHERE name = 'all-minilm'"
        blocked = (
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query !~ 'incoming'"
            " AND datname = current_database()"
        )
        eventually(
            lambda: bool(system.database.rows(adopted) or system.database.rows(blocked)),
            "the model is adopted",
            20,
            worker.log,
        )
        rival.rollback()
        response = write.result()
    assert response is not None
    assert response.status_code == 201
    system.until_alive(worker)
    system.settle()
    system.assert_invariants()
