"""A worker is killed while it deletes the documents of a collection."""

from tests.support.load import texts
from tests.support.processes import eventually
from tests.support.system_fixtures import StartSystem

DOCUMENTS = 400
# Each deletion of a document waits a little, so that the worker is killed in the middle.
SLOW_DELETIONS = """
CREATE FUNCTION wait_a_little() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.01); RETURN OLD; END $$;
CREATE TRIGGER slow BEFORE DELETE ON documents FOR EACH ROW EXECUTE FUNCTION wait_a_little();
"""
LEFT = "SELECT count(*) AS left FROM documents WHERE collection <> 'default'"


def test_a_killed_worker_leaves_nothing_of_a_deleted_collection(
    start_system: StartSystem,
) -> None:
    system = start_system(kept=True)
    system.database.do(SLOW_DELETIONS)
    client = system.client()
    body = [{"id": id_, "content": text} for id_, text in texts("doc", DOCUMENTS).items()]
    where = {"collection": "gone"}
    client.post("/v1/documents/bulk", params=where, json=body).raise_for_status()
    assert client.delete("/v1/collections/gone").status_code == 202
    assert client.get("/v1/documents", params=where).json()["items"] == []
    rows = system.database.rows
    worker = system.workers[0]
    starts = worker.starts
    eventually(lambda: 0 < rows(LEFT)[0]["left"] < DOCUMENTS, "it has begun to delete", 30)
    worker.kill()
    eventually(lambda: worker.starts > starts and worker.alive, "it is restarted", 20)
    eventually(lambda: rows(LEFT)[0]["left"] == 0, "all are deleted", 60)
    system.put_all(texts("kept", 3))
    system.settle()
    system.assert_invariants()
