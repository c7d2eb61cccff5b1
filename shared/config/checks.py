"""Checks of single settings."""

import re
from ipaddress import ip_network
from urllib.parse import parse_qsl, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def plain_database_url(url: str) -> str:
    """Return a PostgreSQL URL without SQLAlchemy's driver. ValueError does not show the URL."""
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        conninfo_to_dict(plain)
    except ProgrammingError:
        raise ValueError("not a PostgreSQL URL") from None
    return plain


def is_one_server(redis_url: str) -> bool:
    """Return whether this is the URL of one Redis server whose certificate is verified, if any.

    Raises ValueError if it is no URL at all.
    """
    url = urlsplit(redis_url)
    options = dict(parse_qsl(url.query))
    verified = (
        options.get("ssl_cert_reqs", "required") == "required"
        and options.get("ssl_check_hostname", "true").lower() == "true"
    )
    return (
        url.scheme in {"redis", "rediss"} and url.port != 0 and "," not in url.netloc and verified
    )


def replica_url(url: str) -> str:
    """Return the URL of a replica; raises ValueError for another form of address."""
    plain = plain_database_url(url)
    if not plain.startswith(("postgresql://", "postgres://")):
        raise ValueError("not a PostgreSQL URL")
    return plain


def check_networks(networks: str) -> None:
    """Check networks that are separated by commas; raises ValueError."""
    for network in filter(None, networks.replace(" ", "").split(",")):
        ip_network(network)


def check_origins(origins: str) -> None:
    """Check the origins of web pages, separated by commas or spaces; raises ValueError."""
    for origin in origins.replace(",", " ").split():
        if not re.fullmatch(r"https?://[^/*?#@]+", origin):
            message = f"{origin!r} must be an origin, such as https://www.example.org"
            raise ValueError(message)
