"""Errors on the wire: problem+json (RFC 9457)."""

from pydantic import BaseModel, Field

from api.schemas.documents import StoppedImportOut


class FieldProblem(BaseModel):
    """What is wrong with one field: its path and a message."""

    path: list[str | int] = Field(
        description="The way to the field, as keys and indexes.", examples=[["metadata", "year"]]
    )
    message: str = Field(description="What is wrong with it.", examples=["must not be blank"])


class LimitProblem(BaseModel):
    """A limit that a key exceeds: `requests`, `bytes` or `tokens`, and how many a minute it is."""

    name: str = Field(
        description="What is limited: `requests`, `bytes` or `tokens`.", examples=["requests"]
    )
    per_minute: int = Field(description="How many a minute.", examples=[600])


class QuotaProblem(BaseModel):
    """A quota that a tenant exceeds, its size, and what is used of it."""

    name: str = Field(description="The name of the quota.", examples=["documents"])
    size: int = Field(description="How much the tenant may have.", examples=[100000])
    used: int = Field(description="How much it has.", examples=[100000])


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(
        description="The kind of the error; docs/errors.md explains each.",
        examples=["urn:inkdex:invalid"],
    )
    title: str = Field(description="The kind of the error in words.", examples=["Invalid"])
    status: int = Field(description="The status of the answer.", examples=[422])
    detail: str = Field(
        description="What is wrong, and what to do.", examples=["content: must not be blank"]
    )
    errors: list[FieldProblem] | None = Field(
        default=None,
        description="What is wrong with which field; only if the request is not valid.",
    )
    limit: LimitProblem | None = Field(
        default=None, description="The limit that the key exceeds; only if it exceeds one."
    )
    quota: QuotaProblem | None = Field(
        default=None, description="The quota that the tenant exceeds; only if it exceeds one."
    )
    stopped_import: StoppedImportOut | None = Field(
        default=None, alias="import", description="How far an import came that ended early."
    )
