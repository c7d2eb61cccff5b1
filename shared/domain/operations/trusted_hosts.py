"""The host names under which Inkdex answers, as a protection against DNS rebinding."""

import ipaddress
import socket
from collections.abc import Collection

ANY = "*"
LOCAL_DOMAINS = (".localhost", ".local", ".internal")


def is_foreign(host: str, trusted: Collection[str] = ()) -> bool:
    """Return whether an attacker could have pointed the name in a Host header at this machine.

    A browser would then let the attacker's page read from Inkdex (DNS rebinding). Addresses, names
    without a dot and local domains are safe, as are the `trusted` names. ANY trusts all names.
    """
    name = _without_port(host).lower().removesuffix(".")
    if "." not in name or name.endswith(LOCAL_DOMAINS) or name == socket.gethostname().lower():
        return False
    return not (_is_address(name) or name in trusted or ANY in trusted)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host
