"""Tells clients how far the database is, so that their searches on replicas see their writes."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import ON_REPLICAS, POSITION_HEADER, STREAMED
from api.services import Services
from shared.domain.position import LATEST


class Positions:
    """Adds the position to answers of /v1 except searches. It is read after the work is done.

    The stream of events says `latest`, because its events come later. So does a busy primary.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _tells(scope):
            await self._app(scope, receive, send)
            return

        async def send_with_position(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 500:
                MutableHeaders(scope=message)[POSITION_HEADER] = await _position(scope)
            await send(message)

        await self._app(scope, receive, send_with_position)


def _tells(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    return path.startswith("/v1/") and path not in ON_REPLICAS


async def _position(scope: Scope) -> str:
    if scope["path"] in STREAMED:
        return LATEST.value
    services: Services = scope["app"].state.services
    return str(await services.replicas.position.read() or LATEST.value)
