import pytest
from pydantic import SecretStr, ValidationError

from shared.config import Settings, setting_errors


@pytest.mark.parametrize(
    "url",
    [
        "redis://:pw@127.0.0.1:6379/0",
        "rediss://:pw@redis.example:6380/1?ssl_ca_certs=/etc/ca.pem",
        "rediss://redis.example?ssl_cert_reqs=required",
    ],
)
def test_one_server_with_or_without_tls(url: str) -> None:
    assert Settings(redis_url=SecretStr(url)).redis_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url",
    [
        "sentinel://:secret@127.0.0.1:26379",
        "redis+sentinel://:secret@a:26379,b:26379/main",
        "redis-sentinel://:secret@a:26379",
        "redis+cluster://:secret@127.0.0.1:7000",
        "unix:///run/redis.sock",
        "redis://:secret@a:26379;redis://:secret@b:26379",
        "redis://:secret@127.0.0.1:nonsense/0",
        "rediss://:secret@127.0.0.1?ssl_cert_reqs=none",
        "rediss://:secret@127.0.0.1?ssl_check_hostname=false",
        "rediss://:secret@127.0.0.1?ssl_check_hostname=perhaps",
        "127.0.0.1:6379",
    ],
)
def test_other_urls_are_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(redis_url=SecretStr(url))
    (sentence,) = setting_errors(refused.value)
    assert sentence.startswith("REDIS_URL must be the redis:// or rediss:// URL of one server.")
    assert "Redis Cluster and Sentinel are not supported" in sentence
    assert "secret" not in sentence
