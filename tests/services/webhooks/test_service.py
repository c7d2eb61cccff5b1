"""The number of webhooks is limited."""

import pytest

from shared.db.kit.pool import AsyncDatabase
from shared.domain.access.principal import OPEN
from shared.domain.errors import TooManyWebhooks
from shared.domain.refs import Collection, Tenant
from shared.domain.webhooks.addresses import Networks
from shared.services.webhooks.service import WebhookService
from tests.support.collections import named

URL = "https://example.org/inkdex"


@pytest.mark.anyio
async def test_a_new_webhook_beyond_the_limit_is_refused(async_database: AsyncDatabase) -> None:
    service = WebhookService(async_database, Networks(), 2)
    for collection in ("first", "second", "first"):
        await service.put(OPEN, named(collection), URL, None)
    with pytest.raises(TooManyWebhooks, match="INKDEX_WEBHOOKS_MAX"):
        await service.put(OPEN, named("third"), URL, None)
    await service.delete(OPEN, named("second"))
    _, created, _ = await service.put(OPEN, named("third"), URL, None)
    assert created


@pytest.mark.anyio
async def test_each_tenant_has_the_limit_to_itself(async_database: AsyncDatabase) -> None:
    service = WebhookService(async_database, Networks(), 1)
    await service.put(OPEN, named("first"), URL, None)
    for tenant in (Tenant("a"), Tenant("b")):
        await service.put(OPEN, Collection(tenant, "first"), URL, None)
        with pytest.raises(TooManyWebhooks):
            await service.put(OPEN, Collection(tenant, "second"), URL, None)
