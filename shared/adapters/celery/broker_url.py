"""The broker's URL for Kombu, which ignores `rediss://` once a transport is configured."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.connection import parse_url

TLS_OPTION = "ssl_"


def tls_options(url: str) -> dict[str, Any] | None:
    """Return Celery's `broker_use_ssl` for a `rediss://` URL, and None for a plain one.

    The server's certificate and host name are verified. The URL may name its authority, in
    `ssl_ca_certs`, and a client certificate.
    """
    if urlsplit(url).scheme != "rediss":
        return None
    given: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
    options = {name: value for name, value in given.items() if name.startswith(TLS_OPTION)}
    return {"ssl_cert_reqs": "required", "ssl_check_hostname": True, **options}


def without_tls_options(url: str) -> str:
    """Return the URL without its TLS options. Kombu would replace all others with them."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query) if not pair[0].startswith(TLS_OPTION)]
    return urlunsplit(parts._replace(query=urlencode(kept)))
