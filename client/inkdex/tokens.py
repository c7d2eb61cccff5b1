"""Scoped tokens: a key's shadow for a browser, made without the server."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

KEY_PARTS = 3


def make_token(
    key: str,
    collections: Sequence[str],
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - as searches name it
    *,
    seconds: float = 3600,
    subject: str | None = None,
) -> str:
    """Return a token that reads what the key may, of these collections, where the filter holds.

    It is valid for a day at most. `subject` says whose it is. Raises ValueError for what is no key.
    """
    parts = key.split("_")
    if len(parts) < KEY_PARTS:
        raise ValueError("The key has another form than those that Inkdex makes.")
    now = time.time()
    claims = {
        "k": parts[1],
        "c": list(collections),
        "f": dict(filter or {}),
        "iat": now,
        "exp": now + seconds,
        "sub": subject,
    }
    payload = _encoded(json.dumps(claims).encode())
    secret = hmac.digest(hashlib.sha256(key.encode()).digest(), b"inkdex scoped token", "sha256")
    return f"inkt_{payload}_{_encoded(hmac.digest(secret, payload.encode(), 'sha256'))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
