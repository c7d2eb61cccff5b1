"""`rediss://` is TLS for every client of Redis. No password travels in the clear."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from shared.adapters.celery.app import celery_app
from shared.adapters.celery.wake_ups import CeleryWakeUps
from shared.adapters.redis.health import RedisHealth
from shared.adapters.redis.query_cache import RedisQueryCache
from shared.config import Settings
from shared.domain.documents.document import Lane
from shared.domain.errors import BrokerUnavailable
from tests.support import tls

PASSWORD = "correct-horse"
CLIENT_HELLO = b"\x16\x03"


@pytest.fixture(scope="module")
def cert_and_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tls.certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_port(redis_url: str, cert_and_key: tuple[Path, Path]) -> Iterator[int]:
    with tls.in_front_of(urlsplit(redis_url).port or 0, *cert_and_key) as port:
        yield port


def settings(url: str, **others: Any) -> Settings:  # noqa: ANN401
    return Settings(redis_url=SecretStr(url), redis_timeout_seconds=5, **others)


def tls_url(redis_url: str, port: int, query: str = "", host: str = "localhost") -> str:
    return f"rediss://:{urlsplit(redis_url).password}@{host}:{port}/0{query}"


@pytest.mark.anyio
async def test_all_clients_speak_tls(
    redis_url: str, tls_port: int, cert_and_key: tuple[Path, Path]
) -> None:
    trusting = settings(tls_url(redis_url, tls_port, f"?ssl_ca_certs={cert_and_key[0]}"))
    CeleryWakeUps(celery_app(trusting)).wake(Lane.BULK, ["id"])
    health = RedisHealth(trusting)
    await health.check()
    await health.close()


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("flaw", "sentence"),
    [
        ("authority", "certificate that cannot be verified"),
        ("name", "certificate for another name than the host of REDIS_URL"),
    ],
)
async def test_an_unverified_certificate_is_refused(
    redis_url: str, tls_port: int, cert_and_key: tuple[Path, Path], flaw: str, sentence: str
) -> None:
    urls = {
        "authority": tls_url(redis_url, tls_port),
        "name": tls_url(redis_url, tls_port, f"?ssl_ca_certs={cert_and_key[0]}", "127.0.0.1"),
    }
    wary = settings(urls[flaw])
    with pytest.raises(BrokerUnavailable, match="certificate"):
        CeleryWakeUps(celery_app(wary)).wake(Lane.BULK, ["id"])
    health = RedisHealth(wary)
    with pytest.raises(BrokerUnavailable, match=sentence):
        await health.check()
    await health.close()


@pytest.mark.anyio
async def test_a_client_without_a_certificate_is_told(
    redis_url: str, cert_and_key: tuple[Path, Path]
) -> None:
    authority = cert_and_key[0]
    with tls.in_front_of(urlsplit(redis_url).port or 0, *cert_and_key, authority) as port:
        health = RedisHealth(settings(tls_url(redis_url, port, f"?ssl_ca_certs={authority}")))
        with pytest.raises(BrokerUnavailable, match="wants a client certificate"):
            await health.check()
        await health.close()


@pytest.mark.anyio
async def test_a_plain_server_gets_no_word_of_the_password() -> None:
    with tls.recorder() as (port, received):
        plain = settings(f"rediss://:{PASSWORD}@localhost:{port}/0")
        with pytest.raises(BrokerUnavailable):
            CeleryWakeUps(celery_app(plain)).wake(Lane.BULK, ["id"])
        health, cache = RedisHealth(plain), RedisQueryCache(plain)
        with pytest.raises(Exception, match=r"."):
            await health.check()
        assert await cache.get(b"key") is None
        await health.close()
        await cache.close()
    assert received.startswith(CLIENT_HELLO)
    assert PASSWORD.encode() not in received
    assert b"AUTH" not in received


def test_flower_gets_the_same_options() -> None:
    app = celery_app(settings("rediss://redis.example:6380/0?ssl_ca_certs=/ca.pem"))
    assert app.conf.broker_use_ssl == {
        "ssl_cert_reqs": "required",
        "ssl_check_hostname": True,
        "ssl_ca_certs": "/ca.pem",
    }
    assert "ssl_" not in app.conf.broker_url
