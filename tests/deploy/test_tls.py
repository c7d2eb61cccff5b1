"""TLS to PostgreSQL and Redis with a private authority and client certificates.

The embedded PostgreSQL has no TLS, so PgBouncer speaks it.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from local.processes import service
from shared.config import Settings
from shared.db.kit.pool import Database
from shared.domain.database_errors import DatabaseUnavailable
from tests.support import in_process, loopback, pgbouncer, tls
from tests.support.migrations import migrated
from tests.support.processes import api_and_worker, eventually

pytestmark = pgbouncer.NEEDED

TLS = """\
client_tls_sslmode = verify-full
client_tls_ca_file = {ca}
client_tls_cert_file = {cert}
client_tls_key_file = {key}
"""


@dataclass(frozen=True)
class Certificates:
    """Two authorities, of which servers and clients know only the first, and what they signed."""

    ours: tls.Authority
    others: tls.Authority
    server: tuple[Path, Path]
    client: tuple[Path, Path]
    stranger: tuple[Path, Path]


@pytest.fixture(scope="module")
def certificates() -> Iterator[Certificates]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # PgBouncer reads its files as another user
        ours = tls.Authority.made(folder / "ours")
        others = tls.Authority.made(folder / "others")
        server = ours.signed(folder / "server", "localhost")
        server[1].chmod(0o644)
        client = ours.signed(folder / "client", "inkdex")
        stranger = others.signed(folder / "stranger", "inkdex")
        yield Certificates(ours, others, server, client, stranger)


@pytest.fixture
def tls_url(database_url: str, certificates: Certificates, tmp_path: Path) -> Iterator[str]:
    """The address of a PostgreSQL with TLS, without the parameters of TLS."""
    cert, key = certificates.server
    more = TLS.format(ca=certificates.ours.cert, cert=cert, key=key)
    program, url = pgbouncer.bouncer(tmp_path / "pgbouncer", database_url, more, with_tls=True)
    with service.running(program, tmp_path / "pgbouncer.log"):
        yield url.replace("127.0.0.1", "localhost")


def verified(url: str, ca: Path, client: tuple[Path, Path] | None) -> str:
    own = f"&sslcert={client[0]}&sslkey={client[1]}" if client else ""
    return f"{url}?sslmode=verify-full&sslrootcert={ca}{own}"


def migrated_through(url: str) -> tuple[int, str]:
    done = migrated(DATABASE_URL=url, DATABASE_DIRECT_URL="none")
    return done.returncode, done.stderr


def test_everything_works_with_client_certificates(
    tls_url: str, redis_url: str, ollama_url: str, certificates: Certificates, tmp_path: Path
) -> None:
    url = verified(tls_url, certificates.ours.cert, certificates.client)
    assert migrated_through(url) == (0, "")
    parts, (cert, key) = urlsplit(redis_url), certificates.client
    authority = certificates.ours.cert
    with tls.in_front_of(parts.port or 0, *certificates.server, authority) as port:
        files = f"ssl_ca_certs={authority}&ssl_certfile={cert}&ssl_keyfile={key}"
        env = {
            "DATABASE_URL": url,
            "DATABASE_DIRECT_URL": "none",
            "REDIS_URL": f"rediss://:{parts.password}@localhost:{port}/0?{files}",
            "OLLAMA_HOST": ollama_url,
            "EMBEDDING_MODEL": "all-minilm",
            "INKDEX_WORKER_METRICS_PORT": "0",
        }
        with api_and_worker(env, tmp_path) as api, loopback.client(api) as client:
            eventually(lambda: client.get("/readyz").json()["redis"]["ok"], "Redis answers", 20)
            client.put("/v1/documents/a", json={"content": "How ink dries."}).raise_for_status()
            eventually(
                lambda: woken_by_a_message(client, tmp_path), "a message woke the worker", 60
            )
            assert client.get("/v1/documents/a", params={"wait": 30}).json()["status"] == "ready"


def woken_by_a_message(client: httpx.Client, folder: Path) -> bool:
    """Write a document, and return whether a task of a message has embedded one so far.

    On a slow machine, the worker's own look for waiting documents may come before the message.
    """
    id_ = uuid4().hex
    client.put(f"/v1/documents/{id_}", json={"content": f"Ink {id_}."}).raise_for_status()
    client.get(f"/v1/documents/{id_}", params={"wait": 30}).raise_for_status()
    return "task_id" in (folder / "worker.log").read_text()


@pytest.mark.parametrize(
    ("flaw", "sentence"),
    [
        ("authority", "has a certificate that cannot be verified. Name its authority"),
        ("name", "has a certificate for another name than the host of its URL"),
        ("no file", "The certificates to verify that of PostgreSQL cannot be read"),
        ("no client", "wants a client certificate"),
        ("stranger", "does not know the authority of the client certificate"),
        ("no tls", "PostgreSQL has no TLS"),
        ("password", "refuses the user, the password"),
        ("database", "does not have the database"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    flaw: str,
    sentence: str,
    tls_url: str,
    settings: Settings,
    database_url: str,
    certificates: Certificates,
) -> None:
    ca, client = certificates.ours.cert, certificates.client
    parts = urlsplit(database_url)
    wrong = {
        "authority": verified(tls_url, certificates.others.cert, client),
        "name": verified(tls_url.replace("localhost", "127.0.0.1"), ca, client),
        "no file": verified(tls_url, ca / "missing", client),
        "no client": verified(tls_url, ca, None),
        "stranger": verified(tls_url, ca, certificates.stranger),
        "no tls": verified(database_url, ca, None),
        "password": f"postgresql://inkdex:wrong@127.0.0.1:{parts.port}{parts.path}",
        "database": f"{database_url}_missing",
    }[flaw]
    status, message = migrated_through(wrong)
    assert status == 1
    assert sentence in message
    assert "Traceback" not in message
    addresses = {"database_url": SecretStr(wrong), "database_direct_url": SecretStr("none")}
    patient = settings.model_copy(update={**addresses, "database_connect_timeout_seconds": 1.5})
    database = Database(patient)
    database.open()
    eventually(lambda: sentence in refused(database), f"the worker says: {sentence}", 20)
    database.close()
    with in_process.client(patient) as api:
        eventually(
            lambda: sentence in api.get("/readyz").json()["postgres"]["detail"],
            f"/readyz says: {sentence}",
            20,
        )


def refused(database: Database) -> str:
    """Return why there is no connection. On a slow machine, no attempt may have ended so far."""
    with pytest.raises(DatabaseUnavailable) as refusal, database.connection():
        pass
    return str(refusal.value)
