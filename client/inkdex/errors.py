"""What can go wrong, one class for each kind.

InkdexError
├── NotStored              some of many documents are refused, or cannot be embedded
├── Unreachable            no answer: the connection is refused, or it broke
└── ApiError               an answer, with its problem document
    ├── Invalid            400, 413, 415, 422: `problem.errors` names the fields
    ├── Unauthorized       401
    ├── Forbidden          403
    ├── NotFound           404, 405, 410
    ├── Conflict           409, 412
    ├── TooManyRequests    429
    ├── Unavailable        502, 503, 504
    └── ServerError        any other status
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="allow")

    path: list[str | int] = Field(default_factory=list)
    message: str = ""


class Problem(BaseModel):
    """An error on the wire (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    errors: list[FieldProblem] | None = None
    limit: dict[str, Any] | None = None
    quota: dict[str, Any] | None = None
    stopped_import: dict[str, Any] | None = Field(default=None, alias="import")


class InkdexError(Exception):
    """Anything that this package raises on purpose."""


class NotStored(InkdexError):
    """Some of many documents are refused, or cannot be embedded. The others are stored."""

    def __init__(self, what: str, count: int, total: int, id_: str | None, reason: object) -> None:
        super().__init__(f"{count} of {total} documents are {what}; the first is {id_}: {reason}")
        self.count = count


class Unreachable(InkdexError):
    """The server does not answer. `sent` is false if the request cannot have reached it."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class ApiError(InkdexError):
    """The server answers, and refuses. `retry_after` is in seconds."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.problem.status

    @property
    def code(self) -> str:
        """The last part of the problem's type, such as `document-not-found`."""
        return self.problem.type.rpartition("/")[2].rpartition(":")[2]


class Invalid(ApiError):
    """The request, or a document in it, is not valid."""

    @property
    def fields(self) -> list[FieldProblem]:
        """What is wrong, field by field."""
        return self.problem.errors or []


class Unauthorized(ApiError):
    """There is no key, or it is not valid."""


class Forbidden(ApiError):
    """The key does not allow this, or a quota is used up."""


class NotFound(ApiError):
    """There is no such thing here."""


class Conflict(ApiError):
    """It exists already, or it has changed in the meantime."""


class TooManyRequests(ApiError):
    """The key, or the server, has enough to do. Try again after `retry_after`."""


class Unavailable(ApiError):
    """The server cannot do this now. Try again after `retry_after`."""


class ServerError(ApiError):
    """The server fails, or something else answers at its address."""


_BY_STATUS: dict[int, type[ApiError]] = {
    **dict.fromkeys((400, 413, 415, 422), Invalid),
    **dict.fromkeys((404, 405, 410), NotFound),
    **dict.fromkeys((409, 412), Conflict),
    **dict.fromkeys((502, 503, 504), Unavailable),
    401: Unauthorized,
    403: Forbidden,
    429: TooManyRequests,
}


def problem_of(status: int, body: bytes) -> Problem:
    """Return the problem document of an answer, or one that names its status."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        problem = Problem()
    return problem.model_copy(
        update={"status": status, "detail": problem.detail or f"The server answers {status}."}
    )


def error_of(problem: Problem, retry_after: float | None = None) -> ApiError:
    """Return the error of a problem by its status."""
    return _BY_STATUS.get(problem.status, ServerError)(problem, retry_after)
