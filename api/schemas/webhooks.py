"""Webhooks on the wire."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.fields import CollectionName, Request
from shared.domain.webhooks.addresses import URL_MAX_CHARACTERS
from shared.domain.webhooks.webhook import Webhook, WebhookState


class WebhookBody(Request):
    """A webhook's URL and the secret that signs its messages."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://example.org/inkdex"}]}
    )

    url: Annotated[str, Field(min_length=1, max_length=URL_MAX_CHARACTERS)]
    secret: Annotated[
        str | None,
        Field(
            max_length=200,
            description="`whsec_` and 24 to 64 bytes in base64; generated if omitted.",
        ),
    ] = None


class WebhookOut(BaseModel):
    """A webhook and the state of its deliveries.

    `waiting` counts undelivered events, up to 1,000. `result` describes the last delivery. `secret`
    is shown once, when it is generated.
    """

    model_config = ConfigDict(from_attributes=True)

    collection: CollectionName
    url: str
    state: WebhookState
    waiting: int
    failures: int
    result: str | None
    attempted_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    secret: str | None = None

    @classmethod
    def of(cls, webhook: Webhook, secret: str | None = None) -> Self:
        shown = cls.model_validate(webhook)
        if shown.state is not WebhookState.RETRYING:
            shown.next_attempt_at = None
        shown.secret = secret
        return shown


class WebhooksOut(BaseModel):
    """All webhooks, by collection."""

    items: list[WebhookOut]
