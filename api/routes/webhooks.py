"""Webhooks: one URL per collection, told when documents become ready or fail and imports end."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.http.body import ShortBodyRoute
from api.http.parameters import Caller, Inkdex, PathCollection
from api.http.paths import COLLECTION
from api.http.responses import JSON_BODY, README, described
from api.schemas.webhooks import WebhookBody, WebhookOut, WebhooksOut
from shared.domain.access.principal import Action
from shared.domain.errors import TooManyWebhooks, WebhookNotFound
from shared.domain.refs import Collection

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=ShortBodyRoute)

NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: described("This collection has no webhook.", WebhookNotFound(README.collection))
}
TOO_MANY: dict[int | str, dict[str, Any]] = {
    409: described("The tenant has as many webhooks as it may have.", TooManyWebhooks(1000))
}
Notifying = Annotated[Collection, Depends(PathCollection(Action.WEBHOOKS))]


@router.get("")
async def list_webhooks(inkdex: Inkdex, caller: Caller) -> WebhooksOut:
    """List the webhooks and the state of their deliveries."""
    caller.require(Action.WEBHOOKS)
    found = await inkdex.webhooks.every(caller.tenant)
    shown = [each for each in found if caller.allows(Action.WEBHOOKS, each.collection.name)]
    return WebhooksOut(items=[WebhookOut.of(each) for each in shown])


@router.put(COLLECTION, responses=JSON_BODY | TOO_MANY | {201: {"model": WebhookOut}})
async def put_webhook(
    collection: Notifying, body: WebhookBody, inkdex: Inkdex, caller: Caller, response: Response
) -> WebhookOut:
    """Tell a URL of each document that becomes `ready` or `failed`, and each import that ends.

    Without a secret in the body one is generated, and shown only in this response. A second PUT
    changes the URL, resumes paused deliveries and keeps the secret unless a new one is given.
    """
    webhook, created, secret = await inkdex.webhooks.put(caller, collection, body.url, body.secret)
    response.status_code = 201 if created else 200
    return WebhookOut.of(webhook, secret)


@router.get(COLLECTION, responses=NOT_FOUND)
async def get_webhook(collection: Notifying, inkdex: Inkdex) -> WebhookOut:
    """Return a collection's webhook and the state of its deliveries."""
    return WebhookOut.of(await inkdex.webhooks.get(collection))


@router.delete(COLLECTION, status_code=204, responses=NOT_FOUND)
async def delete_webhook(collection: Notifying, inkdex: Inkdex, caller: Caller) -> None:
    """Delete the webhook. Nothing more is sent to it."""
    await inkdex.webhooks.delete(caller, collection)
