"""Answers HEAD wherever there is GET."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import STREAMED


class HeadRequests:
    """Routes see a GET. The server omits the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a HEAD as a GET. Endless streams still answer 405."""
        if scope.get("method") != "HEAD" or scope["path"] in STREAMED:
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            scope["method"] = "HEAD"
            await send(message)

        scope["method"] = "GET"
        await self._app(scope, receive, send_head)
