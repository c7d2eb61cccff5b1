from types import SimpleNamespace

import pytest
import redis
from pydantic import SecretStr

from shared.adapters.celery.app import celery_app
from shared.adapters.celery.redis_transport import Channel, Transport
from shared.config import Settings


def test_a_channel_without_a_connection_is_an_outage() -> None:
    channel = Channel.__new__(Channel)
    channel.connection = SimpleNamespace(client=None)
    with pytest.raises(redis.ConnectionError):
        channel._connparams()


def test_the_application_uses_the_fixed_transport(redis_url: str) -> None:
    app = celery_app(Settings(redis_url=SecretStr(redis_url)))
    with app.connection_for_write() as connection:
        assert isinstance(connection.transport, Transport)
        assert isinstance(connection.default_channel, Channel)
