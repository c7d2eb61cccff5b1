"""The URLs and addresses that a webhook may use."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from shared.domain.errors import FieldError, InvalidInput

URL_MAX_CHARACTERS = 2000
NOT_PERMITTED = "is at an address that webhooks may not be sent to"

Address = IPv4Address | IPv6Address

_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that webhooks may be sent to: public addresses, and those that are allowed."""

    allowed: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Networks":
        """Parse comma-separated networks in CIDR notation; raises ValueError."""
        return cls(tuple(ip_network(part.strip()) for part in text.split(",") if part.strip()))

    def permits(self, address: str) -> bool:
        """Return whether webhooks may be sent to an IP address; raises ValueError for a name."""
        inner = _embedded(ip_address(address.partition("%")[0]))
        if any(inner in network for network in self.allowed):
            return True
        return inner.is_global and not inner.is_multicast


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address contains, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def check_url(url: str, networks: Networks) -> None:
    """Raise InvalidInput unless a webhook may have this URL."""
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
        return "must not contain a user name, a password or a fragment"
    return None if _may_be_permitted(host, networks) else NOT_PERMITTED


def _may_be_permitted(host: str, networks: Networks) -> bool:
    """Return False for a refused address. A name is looked up, and checked, at each delivery."""
    try:
        return networks.permits(host)
    except ValueError:
        return True
