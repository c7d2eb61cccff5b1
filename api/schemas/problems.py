"""Errors on the wire: problem+json (RFC 9457)."""

from pydantic import BaseModel, Field

from api.schemas.documents import StoppedImportOut


class FieldProblem(BaseModel):
    """What is wrong with one field: its path and a message."""

    path: list[str | int]
    message: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] | None = None
    stopped_import: StoppedImportOut | None = Field(default=None, alias="import")
