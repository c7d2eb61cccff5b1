"""The client of Inkdex.

from inkdex import Inkdex

with Inkdex("http://127.0.0.1:8000", key="ik_...") as inkdex:
    inkdex.documents.put("readme", "Ink dries.")
    print(inkdex.search("drying").hits[0].document.id)
"""

from importlib import import_module
from typing import TYPE_CHECKING

from inkdex.version import __version__ as __version__

if TYPE_CHECKING:
    from inkdex.client import AsyncInkdex as AsyncInkdex
    from inkdex.client import Inkdex as Inkdex
    from inkdex.core.requests import UNSET as UNSET
    from inkdex.core.retries import Retries as Retries
    from inkdex.errors import ApiError as ApiError
    from inkdex.errors import Conflict as Conflict
    from inkdex.errors import Forbidden as Forbidden
    from inkdex.errors import InkdexError as InkdexError
    from inkdex.errors import Invalid as Invalid
    from inkdex.errors import NotFound as NotFound
    from inkdex.errors import ServerError as ServerError
    from inkdex.errors import TooManyRequests as TooManyRequests
    from inkdex.errors import Unauthorized as Unauthorized
    from inkdex.errors import Unavailable as Unavailable
    from inkdex.errors import Unreachable as Unreachable
    from inkdex.sources.sync import sync_folder as sync_folder
    from inkdex.sources.sync import sync_origin as sync_origin
    from inkdex.tokens import make_token as make_token

_HOME = {
    "AsyncInkdex": "client",
    "Inkdex": "client",
    "UNSET": "core.requests",
    "Retries": "core.retries",
    "make_token": "tokens",
    "sync_folder": "sources.sync",
    "sync_origin": "sources.sync",
    **dict.fromkeys(
        (
            *("ApiError", "Conflict", "Forbidden", "InkdexError", "Invalid", "NotFound"),
            *("ServerError", "TooManyRequests", "Unauthorized", "Unavailable", "Unreachable"),
        ),
        "errors",
    ),
}
"""Where each name is. It is imported when it is used, so that the command line starts fast."""

__all__ = sorted(_HOME)  # noqa: PLE0605 - of strings


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"inkdex.{_HOME[name]}"), name)
