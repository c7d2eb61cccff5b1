"""HEAD, wherever there is GET."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.paths import STREAMED


class HeadRequests:
    """The middleware: routes see a GET, the server leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a HEAD as the GET it asks about; a stream without an end stays a 405."""
        if scope.get("method") != "HEAD" or scope["path"] in STREAMED:
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            scope["method"] = "HEAD"
            await send(message)

        scope["method"] = "GET"
        await self._app(scope, receive, send_head)
