"""Which URLs and addresses a webhook may use."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from shared.domain.errors import FieldError, InvalidInput

URL_MAX_CHARACTERS = 2000


NOT_PERMITTED = "is at an address that webhooks may not be sent to"


Address = IPv4Address | IPv6Address


_NAT64 = IPv6Network("64:ff9b::/96")


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
    """Raise InvalidInput unless this can be a webhook's URL."""
    problem = _problem(url, networks)
    if problem:
        raise InvalidInput(FieldError(("url",), problem))


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
