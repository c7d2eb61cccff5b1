"""The networks whose clients need no key, as long as no key exists."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
ADDRESS_HEADERS = frozenset(
    {"x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"}
)
SIGNS_OF_PROXIES = frozenset({"forwarded", "via", "x-forwarded-host", "x-forwarded-proto"})
"""Whoever sends these forwards for somebody, even without saying for whom."""
UNKNOWN = "unknown"
_FORWARDED_FOR = re.compile(r"for=([^;,]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenNetworks:
    networks: tuple[Network, ...]

    @classmethod
    def parse(cls, text: str) -> "OpenNetworks":
        """Parse comma-separated networks in CIDR notation; raises ValueError."""
        return cls(tuple(ip_network(part.strip()) for part in text.split(",") if part.strip()))

    def include(self, addresses: Iterable[str]) -> bool:
        """Return whether all of these are addresses in the networks."""
        return all(map(self._includes, addresses))

    def _includes(self, address: str) -> bool:
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self.networks)


def addresses_of(peer: str, headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the address of a client, and those for which proxies say that they forward.

    A proxy on this machine must not make all its clients look like this machine. A header can come
    more than once: a proxy may add its own below one that the client has made up.
    """
    found, is_forwarded = [peer], False
    for name, value in headers:
        is_forwarded |= name in SIGNS_OF_PROXIES
        if name == "forwarded":
            found += _FORWARDED_FOR.findall(value)
        elif name in ADDRESS_HEADERS:
            found += filter(str.strip, value.split(","))
    if is_forwarded and len(found) == 1:
        found.append(UNKNOWN)
    return (peer, *(_plain(each) for each in found[1:]))


def _plain(address: str) -> str:
    """Return an address without quotation marks, brackets and port."""
    text = address.strip().strip('"')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
