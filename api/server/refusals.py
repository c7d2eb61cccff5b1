"""What the server answers before the application sees a request."""

import json
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status, the type of its problem, and what to do."""

    status: HTTPStatus
    type_: str
    detail: str

    def response(self) -> bytes:
        """Return the bytes of the answer."""
        body = json.dumps(
            {
                "type": f"urn:inkdex:{self.type_}",
                "title": self.type_.replace("-", " ").capitalize(),
                "status": self.status,
                "detail": self.detail,
            }
        ).encode()
        later = "retry-after: 2\r\n" if self.status is HTTPStatus.SERVICE_UNAVAILABLE else ""
        head = (
            f"HTTP/1.1 {self.status} {self.status.phrase}\r\n"
            f"content-type: application/problem+json\r\ncontent-length: {len(body)}\r\n"
            f"{later}connection: close\r\n\r\n"
        )
        return head.encode() + body


NOT_HTTP = Refusal(
    HTTPStatus.BAD_REQUEST, "bad-request", "The request is not valid HTTP, or too many follow it."
)
TOO_SLOW = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "request-timeout",
    "The rest of the request did not arrive in time.",
)
HEADER_TOO_LARGE = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "header-too-large",
    "The header is too long. Send a long query as the body of POST /v1/search.",
)
TOO_MANY_BODIES = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", "Too many large bodies are arriving. Try again."
)
