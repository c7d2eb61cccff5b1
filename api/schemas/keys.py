"""Keys on the wire. The complete key is shown once, when it is made."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas.fields import Request
from shared.domain.access.keys import Key
from shared.domain.access.principal import Action
from shared.domain.access.records import StoredKey
from shared.domain.access.scopes import ANY, KeyScope
from shared.services.access.key_service import (
    NAME_MAX_CHARACTERS,
    OVERLAP_SECONDS_MAX,
    KeyChange,
    NewKey,
)

KeyName = Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARACTERS, examples=["website"])]
TenantName = Annotated[
    str, Field(max_length=NAME_MAX_CHARACTERS, pattern="^[a-z0-9-]+$", examples=["default"])
]
Expiry = Annotated[
    AwareDatetime | None,
    Field(strict=False, description="With a time zone. null: never.", examples=[None]),
]


class ScopeBody(Request):
    """Actions, and the collections in which they are allowed."""

    actions: Annotated[
        list[str],
        Field(
            max_length=50,
            description=f"`*` stands for all but `operator`: {', '.join(Action)}.",
            examples=[["search", "ask"]],
        ),
    ]
    collections: Annotated[
        list[str],
        Field(
            max_length=1000,
            description="Names, in which `*` stands for any text.",
            examples=[["*"]],
        ),
    ] = [ANY]  # noqa: RUF012 - pydantic copies it

    def scope(self) -> KeyScope:
        return KeyScope(tuple(self.actions), tuple(self.collections))


Scopes = Annotated[list[ScopeBody], Field(max_length=1000)]


class KeyBody(Request):
    """A new key. `tenant` is the caller's own unless an operator names another."""

    name: KeyName = Field(description="What the key is for.")
    scopes: Scopes = Field(description="What the key allows, and where.")
    expires_at: Expiry = None
    tenant: TenantName | None = Field(
        default=None, description="The tenant of the key; the caller's own if omitted."
    )

    def new_key(self) -> NewKey:
        scopes = tuple(each.scope() for each in self.scopes)
        return NewKey(self.name, scopes, self.expires_at, self.tenant)


class KeyChangeBody(Request):
    """What is to change. Fields that are not given stay."""

    name: KeyName | None = Field(default=None, description="What the key is for.")
    scopes: Scopes | None = Field(default=None, description="What the key allows, and where.")
    expires_at: Expiry = None

    def change(self) -> KeyChange:
        scopes = None if self.scopes is None else tuple(each.scope() for each in self.scopes)
        has_expiry = "expires_at" in self.model_fields_set
        return KeyChange(self.name, scopes, self.expires_at, changes_expiry=has_expiry)


class RotationBody(Request):
    """How long the former secret stays valid."""

    overlap_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=OVERLAP_SECONDS_MAX,
            allow_inf_nan=False,
            examples=[3600],
            description="How long the former secret stays valid.",
        ),
    ] = 3600.0


class ScopeOut(BaseModel):
    """Actions, and the collections in which they are allowed."""

    model_config = ConfigDict(from_attributes=True)

    actions: list[str] = Field(
        description="The actions; `*` stands for all but `operator`.", examples=[["search", "ask"]]
    )
    collections: list[str] = Field(
        description="The names of collections, in which `*` stands for any text.", examples=[["*"]]
    )


class KeyOut(BaseModel):
    """A key without its secret.

    After a rotation, the former secret is valid until `previous_until`. Tokens that were made
    before `tokens_from` are not valid.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(description="The id of the key.", examples=["7Hq2mX9s"])
    tenant: str = Field(description="The tenant of the key.", examples=["default"])
    name: str = Field(description="What the key is for.", examples=["website"])
    scopes: list[ScopeOut] = Field(description="What the key allows, and where.")
    expires_at: datetime | None = Field(
        description="When the key expires; null if never.", examples=[None]
    )
    last_used_at: datetime | None = Field(
        description="When the key was last used, to the minute or so; null if never."
    )
    previous_until: datetime | None = Field(
        description="Until when the former secret is valid; null if there is none.", examples=[None]
    )
    tokens_from: datetime | None = Field(
        description="Tokens that were made before are not valid; null if all are.", examples=[None]
    )
    revoked_at: datetime | None = Field(
        description="When the key was revoked; null if it is valid.", examples=[None]
    )
    created_at: datetime = Field(description="When the key was made.")
    created_by: str = Field(
        description="The id of the key that made it, or what did.", examples=["7Hq2mX9s"]
    )


class MadeKeyOut(KeyOut):
    """A key with its text, which is shown this once."""

    key: str = Field(
        description="The complete key, which is shown this once.", examples=["ink_7Hq2mX9s_..."]
    )

    @classmethod
    def of(cls, stored: StoredKey, made: Key) -> Self:
        return cls(**KeyOut.model_validate(stored).model_dump(), key=made.text)


class KeysOut(BaseModel):
    """A page of keys, by id. `next_cursor` leads to the next one."""

    items: list[KeyOut] = Field(description="The keys of this page.")
    next_cursor: str | None = Field(
        description="The cursor of the next page; null on the last one.", examples=[None]
    )
