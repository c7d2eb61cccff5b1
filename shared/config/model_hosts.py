"""The model servers, and what each of them is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Role(StrEnum):
    """What a model server does: embed documents, embed queries, or chat."""

    EMBED = "embed"
    QUERY = "query"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class ModelHost:
    """The address of a model server, such as http://gpu1:11434, and its roles."""

    address: str
    roles: frozenset[Role]


def parse_hosts(text: str) -> Sequence[ModelHost]:
    """Return the servers of a list such as `http://gpu1:11434, http://gpu2:11434=embed+query`.

    A server without roles has all of them. Raises ValueError.
    """
    hosts = [_host(entry.strip()) for entry in text.split(",") if entry.strip()]
    addresses = [host.address for host in hosts]
    if len(set(addresses)) < len(addresses):
        raise ValueError("names a server twice")
    missing = [role for role in Role if not any(role in host.roles for host in hosts)]
    if hosts and missing:
        raise ValueError("has no server for: " + ", ".join(missing))
    return hosts


def addresses_of(text: str, role: Role) -> Sequence[str]:
    """Return the addresses of the servers with a role, in their order; raises ValueError."""
    return [host.address for host in parse_hosts(text) if role in host.roles]


def _host(entry: str) -> ModelHost:
    address, _, roles = entry.partition("=")
    return ModelHost(_address(address.strip()), _roles(roles.strip()))


def _address(text: str) -> str:
    """Return an address as it is compared and shown: without a password."""
    url = urlsplit(text)
    port = f":{url.port}" if url.port is not None else ""
    is_plain = not (url.query or url.fragment or url.username or url.password or " " in text)
    if url.scheme not in {"http", "https"} or not url.hostname or not is_plain:
        raise ValueError("must be an address such as http://gpu1:11434")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}{port}{url.path.rstrip('/')}"


def _roles(text: str) -> frozenset[Role]:
    if not text:
        return frozenset(Role)
    unknown = [name for name in text.split("+") if name not in set(Role)]
    if unknown:
        message = f"{unknown[0]!r} must be a role: " + ", ".join(Role)
        raise ValueError(message)
    return frozenset(map(Role, text.split("+")))
