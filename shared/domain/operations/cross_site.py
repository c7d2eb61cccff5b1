"""Tells whether a page of another site made a browser send a request."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

OWN = frozenset({"same-origin", "none"})
"""The page came from Inkdex itself, or the user typed the address."""


def is_cross_site(method: str, headers: Mapping[str, str], trusted: Collection[str] = ()) -> bool:
    """Return whether to refuse a request because another site's page sent it.

    A link to a page is followed. `headers` must ignore case. Browsers send Sec-Fetch-Site over
    HTTPS and on localhost, and only Origin elsewhere. Other clients send neither. `trusted` are
    host names of ours, for a proxy that does not forward the Host header.
    """
    if site := headers.get("sec-fetch-site"):
        return site not in OWN and not _follows_link(method, headers)
    origin = headers.get("origin")
    return origin is not None and not _is_own(origin, headers.get("host", ""), trusted)


def _follows_link(method: str, headers: Mapping[str, str]) -> bool:
    return (
        method in {"GET", "HEAD"}
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _is_own(origin: str, host: str, trusted: Collection[str]) -> bool:
    try:
        url = urlsplit(origin.lower())
        return bool(url.netloc) and (url.netloc == host.lower() or url.hostname in trusted)
    except ValueError:
        return False
