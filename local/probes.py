"""Asks servers whether they are there."""

import http.client
from urllib.parse import urlsplit

import httpx
import psycopg

from local.errors import StackError

EMBEDDED_MODEL = """
SELECT name FROM embedding_models AS model
WHERE state = 'active' AND EXISTS (SELECT FROM chunks WHERE model_id = model.id)
"""


def http_status(port: int, path: str, host: str = "127.0.0.1") -> int | None:
    """Return the status a server answers a GET with, None without an answer."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def served_models(ollama_host: str) -> frozenset[str] | None:
    """Return the names of the models that an Ollama has, None if no Ollama answers."""
    on_loopback = urlsplit(ollama_host).hostname in ("127.0.0.1", "localhost", "::1")
    try:
        url = ollama_host.rstrip("/") + "/api/tags"
        answer = httpx.get(url, timeout=2, trust_env=not on_loopback).raise_for_status().json()
        return frozenset(str(model["name"]) for model in answer["models"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None


def require_database(url: str) -> None:
    """Refuse a database that can't be reached: without one there is nothing to run."""
    try:
        psycopg.connect(libpq_url(url), connect_timeout=5).close()
    except psycopg.Error as error:
        raise StackError(
            f"The database of DATABASE_URL can't be reached:\n    {str(error).strip()}\n"
            "Start it, correct DATABASE_URL, or unset it to use the PostgreSQL that comes along."
        ) from None


def embedded_model(database_url: str) -> str | None:
    """Return the model that the stored documents were embedded with, None if none are."""
    with psycopg.connect(libpq_url(database_url), connect_timeout=5) as connection:
        try:
            row = connection.execute(EMBEDDED_MODEL).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None


def libpq_url(url: str) -> str:
    """Drop the driver that SQLAlchemy's URLs may name: `postgresql+psycopg://`."""
    scheme, separator, rest = url.partition("://")
    return scheme.partition("+")[0] + separator + rest
