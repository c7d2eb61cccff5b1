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

    url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=URL_MAX_CHARACTERS,
            description="Where messages are sent.",
            examples=["https://example.org/inkdex"],
        ),
    ]
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

    collection: CollectionName = Field(
        description="The collection whose documents are reported.", examples=["default"]
    )
    url: str = Field(
        description="Where messages are sent.", examples=["https://example.org/inkdex"]
    )
    state: WebhookState = Field(description="The state of the deliveries.")
    waiting: int = Field(
        description="How many events are not delivered yet, up to 1,000.", examples=[0]
    )
    failures: int = Field(description="How many deliveries have failed in a row.", examples=[0])
    result: str | None = Field(
        description="What came of the last delivery; null before the first.", examples=["204"]
    )
    attempted_at: datetime | None = Field(
        description="When the last delivery was tried; null before the first."
    )
    delivered_at: datetime | None = Field(
        description="When the last delivery succeeded; null before the first."
    )
    next_attempt_at: datetime | None = Field(
        description="When the next delivery is tried again; null if none failed.", examples=[None]
    )
    created_at: datetime = Field(description="When the webhook was made.")
    secret: str | None = Field(
        default=None,
        description="The secret that signs the messages; only when it was generated, else null.",
        examples=[None],
    )

    @classmethod
    def of(cls, webhook: Webhook, secret: str | None = None) -> Self:
        shown = cls.model_validate(webhook)
        if shown.state is not WebhookState.RETRYING:
            shown.next_attempt_at = None
        shown.secret = secret
        return shown


class WebhooksOut(BaseModel):
    """All webhooks, by collection."""

    items: list[WebhookOut] = Field(description="The webhooks, by collection.")
