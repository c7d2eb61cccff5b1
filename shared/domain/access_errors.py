"""Why a request is not allowed. No message says anything about what exists."""

import math

from shared.domain.errors import InkdexError

FIRST_KEY = (
    "make key NAME=admin, or inkdex make-key admin, or "
    "docker compose exec api python -m api.make_key admin"
)
"""The commands that make the first key, each for one way to run the API."""


class NotAuthenticated(InkdexError):
    """The request does not prove who sends it."""


class KeyMissing(NotAuthenticated):
    def __init__(self) -> None:
        super().__init__("This needs a key. Send it in the header `Authorization: Bearer ink_...`.")


class KeyInvalid(NotAuthenticated):
    """The key is malformed, unknown, or its secret is wrong: nobody learns which."""

    def __init__(self) -> None:
        super().__init__("The key is not valid. Check that it is complete and up to date.")


class KeyExpired(NotAuthenticated):
    def __init__(self) -> None:
        super().__init__("The key has expired. Ask for a new one, or for a later expiry.")


class KeyRevoked(NotAuthenticated):
    def __init__(self) -> None:
        super().__init__("The key was revoked. Ask for a new one.")


class TokenInvalid(NotAuthenticated):
    def __init__(self, reason: str = "Make a new one from a valid key.") -> None:
        super().__init__(f"The token is not valid. {reason}")


class TokenExpired(NotAuthenticated):
    def __init__(self) -> None:
        super().__init__("The token has expired. Make a new one.")


class Forbidden(InkdexError):
    """The key does not allow the action. The message says nothing about what exists."""

    def __init__(self, action: str, collection: str | None = None) -> None:
        where = "" if collection is None else f" in the collection {collection[:100]!r}"
        super().__init__(f"This key does not allow {str(action)!r}{where}.")


class NoKeysYet(InkdexError):
    """No key exists, and the request comes from another machine."""

    def __init__(self) -> None:
        super().__init__(
            "No key exists yet, so only this machine is served. Make the first key on the server: "
            + FIRST_KEY
        )


class AccessChanged(InkdexError):
    """The key lost a permission while its request was running."""

    def __init__(self) -> None:
        super().__init__("What the key allows has changed. Send the request again.")


class KeyNotFound(InkdexError):
    def __init__(self) -> None:
        super().__init__("There is no such key.")


class KeyNotChangeable(InkdexError):
    def __init__(self) -> None:
        super().__init__("The key is revoked. Make a new one.")


class LastOperatorKey(InkdexError):
    def __init__(self) -> None:
        super().__init__(
            "This is the last key of an operator. Without it, another one can be made on "
            "the server only, by `make key` or `inkdex make-key`. To do it anyway, add ?last=true."
        )


class TooManyKeys(InkdexError):
    def __init__(self, most: int) -> None:
        super().__init__(f"The tenant has {most:,} valid keys already. Revoke one first.")


class TenantNotFound(InkdexError):
    def __init__(self) -> None:
        super().__init__("There is no such tenant.")


class TenantExists(InkdexError):
    def __init__(self) -> None:
        super().__init__("There is already a tenant of this name.")


class NoModelYet(InkdexError):
    def __init__(self) -> None:
        super().__init__("A tenant needs an embedding model. Start a worker first, then try again.")


class RateLimited(InkdexError):
    """A key has sent as much as it may in a minute.

    `seconds` says when it may send this request, None if the request alone is too large.
    """

    def __init__(self, unit: str, limit: int, cost: int, seconds: float | None) -> None:
        rate = f"this key may send {limit:,} {unit} a minute"
        if seconds is None:
            message = f"This request has {cost:,} {unit}, and {rate}. Send less at a time."
        else:
            message = f"{rate[0].upper()}{rate[1:]}. Try again in {math.ceil(seconds)} s."
        super().__init__(message)
        self.unit = unit
        self.limit = limit
        self.seconds = seconds


class QuotaExceeded(InkdexError):
    """A tenant has as much as it may have. `seconds` says when a quota of a day begins anew."""

    def __init__(
        self, quota: str, size: int, used: int, remedy: str, seconds: float | None = None
    ) -> None:
        name = quota.replace("_per_day", " a day")
        super().__init__(f"The tenant's quota is {size:,} {name}, and {used:,} are used. {remedy}")
        self.quota = quota
        self.size = size
        self.used = used
        self.seconds = seconds


class RateLimitsUnavailable(InkdexError):
    """Redis cannot count requests now. Each process counts its own."""
