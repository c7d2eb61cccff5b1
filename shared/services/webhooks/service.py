"""Webhooks: put, read, list, delete."""

from urllib.parse import urlsplit

from shared.db.access.audit import Act
from shared.db.kit.pool import AsyncDatabase
from shared.db.webhooks import webhooks
from shared.domain.access.principal import Principal
from shared.domain.errors import TooManyWebhooks, WebhookNotFound
from shared.domain.refs import Collection, Tenant
from shared.domain.webhooks.addresses import Networks, check_url
from shared.domain.webhooks.signing import check_secret, new_secret
from shared.domain.webhooks.webhook import Webhook
from shared.services.access.audit_log import done_by, record


class WebhookService:
    """Keeps one webhook URL per collection."""

    def __init__(self, database: AsyncDatabase, networks: Networks, most: int) -> None:
        self._database = database
        self._networks = networks
        self._most = most

    async def put(
        self, caller: Principal, collection: Collection, url: str, secret: str | None
    ) -> tuple[Webhook, bool, str | None]:
        """Create or change a webhook; return it, whether it is new, and a generated secret.

        Raises InvalidInput for an invalid URL or secret, and TooManyWebhooks.
        """
        check_url(url, self._networks)
        if secret is not None:
            check_secret(secret)
        made = new_secret()
        wanted = webhooks.WebhookPut(collection, url, secret, made)
        async with self._database.connection() as connection, connection.transaction():
            stored = await webhooks.put(connection, wanted, self._most)
            if stored is None:
                raise TooManyWebhooks(self._most)
            webhook, created = stored
            await record(connection, _put_by(caller, wanted, created=created))
        return webhook, created, made if created and secret is None else None

    async def get(self, collection: Collection) -> Webhook:
        """Return a collection's webhook; raises WebhookNotFound."""
        async with self._database.connection() as connection:
            found = await webhooks.read(connection, collection)
        if found is None:
            raise WebhookNotFound(collection)
        return found

    async def every(self, tenant: Tenant) -> list[Webhook]:
        async with self._database.connection() as connection:
            return await webhooks.every(connection, tenant)

    async def delete(self, caller: Principal, collection: Collection) -> None:
        """Delete a webhook; raises WebhookNotFound."""
        async with self._database.connection() as connection, connection.transaction():
            if not await webhooks.delete(connection, collection):
                raise WebhookNotFound(collection)
            await record(connection, done_by(caller, "webhook.delete", collection.name))


def _put_by(caller: Principal, put: webhooks.WebhookPut, *, created: bool) -> Act:
    """Return the change without the rest of the URL: who knows it may be able to send there."""
    detail = {
        "host": urlsplit(put.url).hostname,
        "secret": "new" if created or put.secret else "kept",
    }
    action = "webhook.create" if created else "webhook.change"
    return done_by(caller, action, put.collection.name, detail)
