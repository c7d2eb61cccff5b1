"""Documents change and go while they are embedded."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.load import Writing, texts
from tests.support.model_faults import Gate
from tests.support.processes import eventually
from tests.support.proxy import Proxy
from tests.support.system import System
from tests.support.system_fixtures import StartSystem


def test_an_update_and_a_delete_while_the_document_is_embedded(
    system: System, proxy: Proxy
) -> None:
    proxy.fault = gate = Gate("dries")
    system.put_all(texts("doc", 8))
    assert gate.reached.wait(20)
    system.put("doc-0", "Edited while it was embedded.")
    system.delete("doc-1")
    system.delete("doc-2")
    system.put("doc-2", "Deleted and written anew while it was embedded.")
    system.put("doc-3", "There")
    system.put("doc-3", texts("doc", 8)["doc-3"])  # and back again
    system.client().patch("/v1/documents/doc-4", json={"metadata": {"n": 4}}).raise_for_status()
    gate.opened.set()
    system.settle()
    system.assert_invariants()
    assert not [
        h
        for h in system.search("doc number 1", mode="semantic")["hits"]
        if h["document"]["id"] == "doc-1"
    ]


def test_200_quick_edits_of_one_document(system: System, proxy: Proxy) -> None:
    system.put_all(texts("before", 1))
    system.settle()
    proxy.forget()
    for n in range(200):
        system.put("edited", f"Edit number {n}.")
    assert len(system.database.rows("SELECT FROM jobs")) <= 1
    system.settle()
    assert proxy.texts[-1] == "Edit number 199."
    system.assert_invariants()
    assert system.get("edited")["version"] == 200


def test_200_quick_edits_by_16_clients(start_system: StartSystem) -> None:
    system = start_system(workers=2, apis=2)
    possible = [f"Edit number {n}." for n in range(200)]

    def edit(n: int) -> int:
        body = {"content": possible[n]}
        return system.client(n % 2).put("/v1/documents/edited", json=body).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(edit, range(200))) <= {200, 201}
    system.settle()
    stored = system.get("edited")
    assert stored["version"] == 200
    assert stored["content"] in possible
    system.expect("edited", stored["content"])
    system.assert_invariants()


def test_edits_and_deletes_under_load(start_system: StartSystem) -> None:
    system = start_system(workers=2)
    with Writing(system, "a", 0, 0.001) as one, Writing(system, "b", 0, 0.001) as other:
        eventually(lambda: one.accepted > 400 and other.accepted > 400, "enough is written", 60)
    system.settle()
    system.assert_invariants()
