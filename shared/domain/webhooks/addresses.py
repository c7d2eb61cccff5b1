"""The URLs and addresses that a webhook may use."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from shared.domain.errors import FieldError, InvalidInput

URL_MAX_CHARACTERS = 2000
_HINT = "INKDEX_WEBHOOK_ALLOWED_NETWORKS can allow private networks."
NOT_PERMITTED = f"is at an address that webhooks may not be sent to. {_HINT}"
NO_PERMITTED_ADDRESS = f"has no address that webhooks may be sent to. {_HINT}"
"""The one answer for a name that does not resolve and for one that resolves to a refused address,
so that nobody can find out internal names."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The standard library's `is_global` differs between versions of Python and permits some of these.
_REFUSED = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and metadata services
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host
        "169.254.0.0/16",  # link-local, and metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and a metadata service
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments, such as Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All public IPv6 addresses are in here."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""A translator sends to the IPv4 address in the last 32 bits."""


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks that webhooks may be sent to: public addresses, and those that are allowed."""

    allowed: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Networks":
        """Parse comma-separated networks in CIDR notation; raises ValueError."""
        return cls(tuple(ip_network(part.strip()) for part in text.split(",") if part.strip()))

    def permits(self, address: str) -> bool:
        """Return whether webhooks may be sent to an IP address; raises ValueError for a name."""
        plain, scope, _ = address.partition("%")
        inner = _embedded(ip_address(plain))
        if any(inner in network for network in self.allowed):
            return True
        return not scope and _is_public(inner)


def _embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _REFUSED)


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
    if host == "localhost" or host.endswith(".localhost"):
        return networks.permits("127.0.0.1") or networks.permits("::1")
    try:
        return networks.permits(host)
    except ValueError:
        return True
