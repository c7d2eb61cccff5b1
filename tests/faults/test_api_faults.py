"""APIs are killed and stopped."""

from tests.support.load import Writing, texts
from tests.support.server_processes import Redis
from tests.support.system_fixtures import StartSystem


def test_an_api_is_killed_between_commit_and_publish(
    start_system: StartSystem, broker: Redis
) -> None:
    system = start_system(apis=2)
    system.put_all(texts("before", 2))
    system.settle()
    broker.pause()
    system.put_all(texts("unpublished", 5))
    system.apis[0].kill()
    broker.resume()
    system.settle()
    system.assert_invariants()


def test_an_api_is_killed_under_load(start_system: StartSystem) -> None:
    system = start_system(apis=2)
    victim = system.apis[0]
    with Writing(system, "a", 0, 0.002) as victims, Writing(system, "b", 1, 0.01) as others:
        for _ in range(2):
            victims.until_accepted(40, seconds=30)
            victim.kill()
            victim.start()
        others.until_accepted(20)
    system.settle()
    system.assert_invariants()


def test_an_api_stops_within_its_time_limit(start_system: StartSystem, broker: Redis) -> None:
    system = start_system()
    broker.pause()
    system.put_all(texts("late", 3))
    assert system.apis[0].terminate() < 12
    broker.resume()
    system.settle()
    system.assert_invariants()
