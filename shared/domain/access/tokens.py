"""Scoped tokens: made from a key without the server, for browsers and end users.

`inkt_<payload>_<signature>`, both in base64url. A token allows reading and searching in some of
the key's collections, under a filter, for a day at most.
"""

import base64
import binascii
import hashlib
import hmac
import json
import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.access.keys import key_hash, parse_key
from shared.domain.access_errors import TokenExpired, TokenInvalid

PREFIX = "inkt_"
TOKEN_MAX_CHARACTERS = 8192
SECONDS_MAX = 24 * 3600
CLOCK_SECONDS = 5.0
"""How far the clock of whoever makes tokens may be ahead."""
PATTERNS_MAX = 100
SUBJECT_MAX_CHARACTERS = 200
_PURPOSE = b"inkdex scoped token"
_FORM = re.compile(f"{PREFIX}([0-9A-Za-z_-]+)_([0-9A-Za-z_-]{{43}})")
_KEY_ID = re.compile("[0-9A-Za-z]{1,20}")
_MEMBERS = frozenset({"k", "c", "f", "iat", "exp", "sub"})


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says. It counts only if it is signed with the key."""

    key: str
    collections: tuple[str, ...]
    filter: Mapping[str, Any]
    issued_at: float
    expires_at: float
    subject: str | None
    payload: str
    signature: str

    def is_signed_with_one_of(self, hashes: Iterable[bytes]) -> bool:
        """Compare in a time that does not depend on the signature."""
        found = False
        for hash_ in hashes:
            found |= hmac.compare_digest(_sign(self.payload, hash_), self.signature)
        return found

    def check_time(self, now: float) -> None:
        """Raise TokenExpired, or TokenInvalid for a token that is not valid yet."""
        if now >= self.expires_at:
            raise TokenExpired
        if self.issued_at > now + CLOCK_SECONDS:
            raise TokenInvalid("It is made in the future. Set the clock of the machine.")


def make_token(
    key: str,
    collections: Sequence[str] = ("*",),
    filter_: Mapping[str, Any] | None = None,
    *,
    seconds: float = 3600.0,
    subject: str | None = None,
    key_id: str | None = None,
) -> str:
    """Return a token of a key. `key_id` is needed for a key of another form only."""
    now = time.time()
    members = {
        "k": key_id or parse_key(key).id,
        "c": list(collections),
        "f": dict(filter_ or {}),
        "iat": now,
        "exp": now + seconds,
        "sub": subject,
    }
    payload = _encode(json.dumps(members, separators=(",", ":")).encode())
    return f"{PREFIX}{payload}_{_sign(payload, key_hash(key))}"


def parse_token(text: str) -> Token:
    """Read a token, which anybody may have made; raises TokenInvalid."""
    match = _FORM.fullmatch(text) if len(text) <= TOKEN_MAX_CHARACTERS else None
    if match is None:
        raise TokenInvalid
    members = _members(match[1])
    token = Token(
        key=members["k"],
        collections=tuple(members["c"]),
        filter=members["f"],
        issued_at=members["iat"],
        expires_at=members["exp"],
        subject=members["sub"],
        payload=match[1],
        signature=match[2],
    )
    if token.expires_at - token.issued_at > SECONDS_MAX:
        raise TokenInvalid("It is valid for more than 24 hours.")
    return token


def _members(payload: str) -> dict[str, Any]:
    """Return the members of a payload. One that this version does not know may restrict more."""
    try:
        members = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        raise TokenInvalid from None
    if not isinstance(members, dict) or members.keys() - {"f", "sub"} != _MEMBERS - {"f", "sub"}:
        raise TokenInvalid
    complete: dict[str, Any] = {"f": {}, "sub": None, **members}
    if not _is_well_formed(complete):
        raise TokenInvalid
    return complete


def _is_well_formed(members: dict[str, Any]) -> bool:
    patterns = members["c"]
    return (
        isinstance(members["k"], str)
        and _KEY_ID.fullmatch(members["k"]) is not None
        and isinstance(members["f"], dict)
        and _is_short_text(members["sub"])
        and isinstance(patterns, list)
        and 0 < len(patterns) <= PATTERNS_MAX
        and all(isinstance(each, str) and "\0" not in each for each in patterns)
        and all(_is_time(members[name]) for name in ("iat", "exp"))
    )


def _is_short_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= SUBJECT_MAX_CHARACTERS)


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value < 1e12


def _sign(payload: str, hash_: bytes) -> str:
    signing_key = hmac.digest(hash_, _PURPOSE, hashlib.sha256)
    return _encode(hmac.digest(signing_key, payload.encode(), hashlib.sha256))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
