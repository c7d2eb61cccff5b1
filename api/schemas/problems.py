"""Errors on the wire: problem+json (RFC 9457)."""

from pydantic import BaseModel, Field

from api.schemas.documents import StoppedImportOut


class FieldProblem(BaseModel):
    """What is wrong with one field: its path and a message."""

    path: list[str | int]
    message: str


class LimitProblem(BaseModel):
    """A limit that a key exceeds: `requests`, `bytes` or `tokens`, and how many a minute it is."""

    name: str
    per_minute: int


class QuotaProblem(BaseModel):
    """A quota that a tenant exceeds, its size, and what is used of it."""

    name: str
    size: int
    used: int


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    limit: LimitProblem | None = None
    quota: QuotaProblem | None = None
    stopped_import: StoppedImportOut | None = Field(default=None, alias="import")
