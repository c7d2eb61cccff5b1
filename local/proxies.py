"""Hosts that are reached without the proxy of the environment."""

import os


def unproxied(*hosts: str | None) -> dict[str, str]:
    """Return variables that add this machine and other hosts to those without a proxy."""
    given = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    names = ",".join(filter(None, [given, *hosts, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": names, "no_proxy": names}
