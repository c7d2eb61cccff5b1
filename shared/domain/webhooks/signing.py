"""Webhook secrets and signatures by the Standard Webhooks specification."""

import base64
import binascii
import hashlib
import hmac
import os

from shared.domain.errors import FieldError, InvalidInput

SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret
SECRET_BYTES = 32


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Raise InvalidInput unless a webhook may have this secret."""
    if not 24 <= len(_key(secret)) <= 64:
        expected = f"must be {SECRET_PREFIX} followed by 24 to 64 bytes in base64"
        raise InvalidInput(FieldError(("secret",), expected))


def _key(secret: str) -> bytes:
    """Return the key in a secret, or no bytes if it has none."""
    if not secret.startswith(SECRET_PREFIX):
        return b""
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove to a receiver who sent a message, and when.

    `timestamp` is in seconds since 1970.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
