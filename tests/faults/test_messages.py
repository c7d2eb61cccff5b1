"""Messages are duplicated, stray or malformed."""

from shared.adapters.celery.app import EMBED_DOCUMENTS, celery_app
from shared.config import Settings
from tests.support.load import texts
from tests.support.proxy import Proxy
from tests.support.server_processes import Redis
from tests.support.system_fixtures import StartSystem


def test_duplicated_and_stray_messages_embed_nothing_twice(
    start_system: StartSystem, broker: Redis, proxy: Proxy
) -> None:
    system = start_system(workers=2)
    system.put_all(texts("before", 2))
    system.settle()
    proxy.forget()
    app = celery_app(Settings.model_validate({"redis_url": broker.url}))
    for round_ in range(5):
        system.put_all(texts(f"round-{round_}", 10))
        for _ in range(60):
            ids = [f"round-{round_}-0", "no-such-document"]
            app.send_task(EMBED_DOCUMENTS, args=[ids, "interactive"], queue="interactive")
            app.send_task(EMBED_DOCUMENTS, args=[[], "bulk"], queue="bulk")
    app.close()
    system.settle()
    assert sorted(proxy.texts) == sorted(
        text for n in range(5) for text in texts(f"round-{n}", 10).values()
    )
    system.assert_invariants()


def test_malformed_messages_stop_no_worker(start_system: StartSystem, broker: Redis) -> None:
    system = start_system()
    app = celery_app(Settings.model_validate({"redis_url": broker.url}))
    for args in ([], [["a"], "no-such-lane"], [None, None], [[], "bulk", "more"]):
        app.send_task(EMBED_DOCUMENTS, args=args, queue="interactive")
    app.send_task("no.such.task", queue="bulk")
    app.close()
    system.put_all(texts("after", 5))
    system.settle()
    system.assert_invariants()
    assert system.workers[0].starts == 1
