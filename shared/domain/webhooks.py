"""Webhooks: which addresses may be told, how a message is signed, when it is sent again.

Signed as Standard Webhooks has it, so that its libraries verify our messages.
"""

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from shared.domain.errors import DocumentInvalid, FieldError
from shared.domain.retry import RetryPolicy

SECRET_PREFIX = "whsec_"  # noqa: S105 - no secret
SECRET_BYTES = 32
URL_MAX_CHARACTERS = 2000
RETRY = RetryPolicy(max_attempts=2**31, base_seconds=2.0, cap_seconds=300.0)
"""Never given up: what a receiver missed is told for as long as the events are kept."""

NOT_PERMITTED = "is at an address that webhooks may not be sent to"

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")


class WebhookState(StrEnum):
    """How the deliveries to a webhook go."""

    ACTIVE = "active"
    """The last one arrived, or none was needed yet."""
    RETRYING = "retrying"
    """The last one failed and is sent again."""
    PAUSED = "paused"
    """Its receiver said that it is gone for good (410)."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A collection's webhook and how it fares; `waiting` counts events up to a limit."""

    collection: str
    url: str
    paused: bool
    failures: int
    result: str | None
    attempted_at: datetime | None
    delivered_at: datetime | None
    next_attempt_at: datetime
    created_at: datetime
    waiting: int

    @property
    def state(self) -> WebhookState:
        """How its deliveries go."""
        if self.paused:
            return WebhookState.PAUSED
        return WebhookState.RETRYING if self.failures else WebhookState.ACTIVE


@dataclass(frozen=True, slots=True)
class Networks:
    """Where webhooks may be sent: to public addresses, and to networks named as allowed."""

    allowed: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Networks":
        """Read networks in CIDR notation, separated by commas; raises ValueError."""
        return cls(tuple(ip_network(each.strip()) for each in text.split(",") if each.strip()))

    def permit(self, address: str) -> bool:
        """Return whether something may be sent to this address."""
        inner = _embedded(ip_address(address.partition("%")[0]))
        if any(inner.version == it.version and inner in it for it in self.allowed):
            return True
        return inner.is_global and not inner.is_multicast


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def check_url(url: str, networks: Networks) -> None:
    """Raise DocumentInvalid unless this can be a webhook's URL."""
    problem = _problem(url, networks)
    if problem:
        raise DocumentInvalid(FieldError(("url",), problem))


def _problem(url: str, networks: Networks) -> str | None:
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > URL_MAX_CHARACTERS:
        return f"must be printable ASCII, up to {URL_MAX_CHARACTERS:,} characters"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if parts.scheme not in {"http", "https"} or not host:
        return "must be an http or https URL with a host"
    if parts.username is not None or parts.fragment:
        return "must hold no user name, no password and no fragment"
    return None if _may_be_sent(host, networks) else NOT_PERMITTED


def _may_be_sent(host: str, networks: Networks) -> bool:
    """Return False for an address that is refused; a name is looked up at each delivery."""
    try:
        return networks.permit(host)
    except ValueError:
        return True


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def check_secret(secret: str) -> None:
    """Raise DocumentInvalid unless this can be a webhook's secret."""
    if not 24 <= len(_key(secret)) <= 64:
        expected = f"must be {SECRET_PREFIX} and 24 to 64 bytes in base64"
        raise DocumentInvalid(FieldError(("secret",), expected))


def _key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        return b""
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return b""


def signed_headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows that a message is ours, and recent."""
    content = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(_key(secret), content, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
