"""Which names in a Host header may be ours."""

import ipaddress
import socket
from collections.abc import Collection

ANY = "*"
LOCAL_DOMAINS = (".localhost", ".local", ".internal")


def is_foreign(host: str, ours: Collection[str] = ()) -> bool:
    """Tell whether a stranger could have pointed the name in a Host header at this machine.

    A browser would then take the stranger's page for ours (DNS rebinding). Nobody can point an
    address, nor a name without a dot, elsewhere; `ours` are those that are known, or ANY.
    """
    name = _without_port(host).lower().removesuffix(".")
    if "." not in name or name.endswith(LOCAL_DOMAINS) or name == socket.gethostname().lower():
        return False
    return not (_is_address(name) or name in ours or ANY in ours)


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
