"""Serves the metrics and the probes of a worker, and nothing to web pages of other sites."""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from http import HTTPStatus
from socket import AF_INET6
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from shared.domain.operations.cross_site import is_cross_site
from shared.domain.operations.security_headers import SECURITY_HEADERS
from shared.domain.operations.trusted_hosts import is_foreign

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
PageAnswer = tuple[HTTPStatus, Mapping[str, Any]]
Page = Callable[[], PageAnswer]
FETCH_HEADERS = ("Host", "Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest")


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log no scrapes."""


class _IPv6Server(ThreadingWSGIServer):
    address_family = AF_INET6


def serve_metrics(
    registry: CollectorRegistry,
    pages: Mapping[str, Page],
    host: str,
    port: int,
    hosts: Collection[str] = (),
) -> None:
    """Answer scrapes and `pages`, by path, from a thread. Raises OSError.

    `hosts` are further names of this worker.
    """
    application = _guarded(_with_pages(make_wsgi_app(registry), pages), hosts)
    kind = _IPv6Server if ":" in host else ThreadingWSGIServer
    server = make_server(host, port, application, kind, _Silent)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _with_pages(metrics: Application, pages: Mapping[str, Page]) -> Application:
    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = pages.get(environ["PATH_INFO"])
        if page is None:
            return metrics(environ, start_response)
        status, body = page()
        start_response(
            f"{status.value} {status.phrase}",
            [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
        )
        return [json.dumps(body).encode()]

    return application


def _guarded(application: Application, hosts: Collection[str]) -> Application:
    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - WSGI
            return start_response(status, [*headers, *SECURITY_HEADERS.items()], *rest)

        if refusal := _refusal(environ, hosts):
            start(f"{refusal.value} {refusal.phrase}", [("Content-Type", "text/plain")])
            return [refusal.phrase.encode()]
        return application(environ, start)

    return guarded


def _refusal(environ: dict[str, Any], hosts: Collection[str]) -> HTTPStatus | None:
    given = {name.lower(): environ.get(_variable(name)) for name in FETCH_HEADERS}
    headers = {name: value for name, value in given.items() if value is not None}
    if is_foreign(headers.get("host", ""), hosts):
        return HTTPStatus.MISDIRECTED_REQUEST
    if is_cross_site(environ["REQUEST_METHOD"], headers, hosts):
        return HTTPStatus.FORBIDDEN
    return None


def _variable(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"
