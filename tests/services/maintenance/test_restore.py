"""A dump that is restored into a new cluster: search, jobs, events and webhooks go on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local.servers import postgres
from shared.adapters.http.webhook_sender import HttpWebhookSender
from shared.adapters.lexing.process_lexer import ProcessLexer
from shared.adapters.sealing import AesSivSealing
from shared.config import Settings
from shared.db.kit.pool import AsyncDatabase, Database
from shared.db.search import search
from shared.domain.documents.document import Status
from shared.domain.documents.languages import ENGLISH
from shared.domain.documents.validation import DocumentLimits
from shared.domain.events.event import Event, Position
from shared.domain.refs import DocumentRef
from shared.domain.resilience.retry import RetryPolicy
from shared.domain.search.query import Query
from shared.domain.search.scope import Scope
from shared.domain.webhooks.addresses import Networks
from shared.ports.meters import ApiMeter, WorkerMeter
from shared.services.documents.admission import Admission
from shared.services.documents.collection_languages import KnownLanguages
from shared.services.documents.service import DocumentService
from shared.services.events.event_feed import EventFeed
from shared.services.maintenance.repairs import Repairs
from shared.services.webhooks.delivery import WebhookDelivery
from tests.support import webhook_receiver as receivers
from tests.support.collections import named
from tests.support.databases import make_settings
from tests.support.event_feeds import READER, running
from tests.support.webhook_receiver import SECRET, Receiver
from tests.support.worker_harness import (
    FakeEmbedder,
    RecordedWakeUps,
    WorkerHarness,
    make_harness,
    new,
)

pytestmark = pytest.mark.anyio

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
# A new cluster has used fewer transaction ids than this.
USE_IDS = "DO $$ BEGIN FOR n IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receivers.running() as receiver:
        yield receiver


@pytest.fixture
def new_cluster(tmp_path: Path) -> Iterator[str]:
    with postgres.running(tmp_path / "new", settings=FAST) as url:
        yield url


def dump_and_restore(old_url: str, new_url: str, dump: Path) -> None:
    commands: tuple[list[str | Path], ...] = (
        [postgres.binaries() / "pg_dump", "-Fc", "-f", dump, old_url],
        [postgres.binaries() / "pg_restore", "--no-owner", "--exit-on-error", "-d", new_url, dump],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def deliver(database: Database) -> None:
    networks = Networks.parse("127.0.0.0/8")
    delivering = WebhookDelivery(
        database, HttpWebhookSender(networks), WorkerMeter(), AesSivSealing
    )
    delivering.deliver()
    delivering.finish()


async def test_everything_goes_on_in_a_new_cluster(
    settings: Settings,
    database: Database,
    documents: DocumentService,
    harness: WorkerHarness,
    receiver: Receiver,
    new_cluster: str,
    tmp_path: Path,
) -> None:
    old_url = settings.database_url.get_secret_value()
    with psycopg.connect(old_url, autocommit=True) as connection:
        connection.execute(USE_IDS)
        connection.execute(
            "INSERT INTO webhooks (collection, url, secret, xid, seq) VALUES ('c', %s, %s, '0', 0)",
            (receiver.url, SECRET),
        )
    await documents.put(new("sent", "ink dries"))
    await harness.work()
    deliver(database)
    await documents.put(new("unsent", "paper stays"))
    await harness.work()
    await documents.put(new("pending", "stone lasts"))
    dump_and_restore(old_url, new_cluster, tmp_path / "dump")
    assert receiver.received() == [("sent", "ready")]
    await goes_on(
        make_settings(new_cluster, settings.redis_url.get_secret_value(), settings.ollama_host),
        receiver,
    )


async def goes_on(settings: Settings, receiver: Receiver) -> None:
    database, readers = Database(settings), AsyncDatabase(settings)
    database.open()
    await readers.open()
    feed = EventFeed(readers, ApiMeter())
    limits, admission = DocumentLimits(), Admission(readers, max_pending=0, max_imports=0)
    lexer = ProcessLexer(ENGLISH, KnownLanguages(readers))
    documents = DocumentService(
        readers, lexer, RecordedWakeUps(), feed, admission, limits, ApiMeter()
    )
    harness = make_harness(settings, database, FakeEmbedder(), RecordedWakeUps())
    Repairs(database, RetryPolicy(5, 1.0, 60.0), 6.0).repair()

    async with readers.connection() as connection:
        query = Query("ink", None, by_words=True, limit=10)
        found = await search.search(connection, query, Scope(named("c")))
    assert [hit.ref.id for hit in found.hits] == ["sent"]

    async with running(feed), feed.subscribe(READER, Position(10**9, 5)) as events:
        await documents.put(new("written", "water flows"))
        await harness.work()
        seen = [await anext(events.events) for _ in range(3)]
    assert {(event.ref.id, event.status) for event in seen if isinstance(event, Event)} == {
        ("written", "pending"),
        ("written", "ready"),
        ("pending", "ready"),
    }
    for id_ in ("sent", "unsent", "pending", "written"):
        assert (await documents.get(DocumentRef(named("c"), id_))).status is Status.READY

    deliver(database)
    received = [id_ for id_, _ in receiver.received()]
    assert received[:2] == ["sent", "unsent"]
    assert set(received[2:]) == {"pending", "written"}
    await readers.close()
    database.close()
