"""Checks whether servers answer, and asks which models they have."""

import http.client
from urllib.parse import urlsplit

import httpx
import psycopg
from psycopg.rows import dict_row

from local.errors import StackError
from local.installation import command
from shared.db.models import embedding_models


def http_status(port: int, path: str, host: str = "127.0.0.1") -> int | None:
    """Return the status of a GET request. None if there is no answer."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def served_models(ollama_host: str) -> frozenset[str] | None:
    """Return the names of the models of an Ollama. None if no Ollama answers."""
    on_loopback = urlsplit(ollama_host).hostname in ("127.0.0.1", "localhost", "::1")
    try:
        url = ollama_host.rstrip("/") + "/api/tags"
        answer = httpx.get(url, timeout=2, trust_env=not on_loopback).raise_for_status().json()
        return frozenset(str(model["name"]) for model in answer["models"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return None


def require_database(url: str) -> None:
    """Connect to the database once. Raises StackError if that fails."""
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.Error as error:
        raise StackError(
            f"The database of DATABASE_URL can't be reached:\n    {str(error).strip()}\n"
            "Start the database or correct DATABASE_URL. Without DATABASE_URL, "
            f"`{command('up')}` starts its own PostgreSQL."
        ) from None


def stored_models(database_url: str) -> tuple[str | None, frozenset[str]]:
    """Return the model of new collections if it has embedded a document, and those of others."""
    with psycopg.connect(database_url, connect_timeout=5, row_factory=dict_row) as connection:
        try:
            default = embedding_models.default(connection)
            embedded = embedding_models.embedded_with(connection)
            in_use = embedding_models.in_use(connection)
        except psycopg.errors.UndefinedTable:
            return None, frozenset()
    others = frozenset(model.identity.name for model in in_use if model != default)
    return embedded.identity.name if embedded else None, others
