"""The networks whose clients need no key, as long as no key exists."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
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


def addresses_of(peer: str, headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the address of a client, and those for which proxies say that they forward.

    A proxy on this machine must not make all its clients look like this machine.
    """
    forwarded = [
        *headers.get("x-forwarded-for", "").split(","),
        headers.get("x-real-ip", ""),
        *_FORWARDED_FOR.findall(headers.get("forwarded", "")),
    ]
    return (peer, *(_plain(each) for each in forwarded if each.strip()))


def _plain(address: str) -> str:
    """Return an address without quotation marks, brackets and port."""
    text = address.strip().strip('"')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
