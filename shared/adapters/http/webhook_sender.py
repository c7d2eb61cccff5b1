"""Webhooks over HTTP: to permitted addresses only, without redirects, within time and size."""

import asyncio
import socket
import ssl
from collections.abc import Mapping

import httpx

from shared.domain.errors import WebhookRefused
from shared.domain.webhooks.addresses import NOT_PERMITTED, Networks

SEND_SECONDS = 5.0
"""For a delivery as a whole, however slowly its parts come."""
USER_AGENT = "Inkdex"


class HttpWebhooks:
    """Sends messages; see `shared.ports.WebhookSender`."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._tls = ssl.create_default_context()  # built once: that takes a while

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message and return the status; of the answer nothing more is read."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self._post(url, headers, body)
        except TimeoutError:
            raise WebhookRefused(f"did not answer within {SEND_SECONDS:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise WebhookRefused(f"can't be reached: {type(error).__name__}") from None

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        target = httpx.URL(url)
        address = await self._address(target)
        sent = {
            **headers,
            "host": target.netloc.decode(),
            "content-type": "application/json",
            "user-agent": USER_AGENT,
        }
        # To the address that was looked at, and not to what the name means a moment later.
        pinned = target.copy_with(host=address)
        # A proxy would look the name up anew, behind our back.
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=SEND_SECONDS) as client,
            client.stream(
                "POST",
                pinned,
                content=body,
                headers=sent,
                extensions={"sni_hostname": target.host},
                follow_redirects=False,
            ) as answer,
        ):
            return answer.status_code

    async def _address(self, target: httpx.URL) -> str:
        """Return an address of the host that may be sent to; raises WebhookRefused."""
        found = await asyncio.get_running_loop().getaddrinfo(
            target.host, target.port or None, type=socket.SOCK_STREAM
        )
        for *_, place in found:
            if self._networks.permit(str(place[0])):
                return str(place[0])
        raise WebhookRefused(NOT_PERMITTED)
