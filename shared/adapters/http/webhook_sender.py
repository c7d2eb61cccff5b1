"""Sends webhook messages over HTTP: to permitted addresses only, in bounded time, no redirects."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

from shared.domain.errors import WebhookRefused
from shared.domain.webhooks.addresses import NO_PERMITTED_ADDRESS, Networks

SEND_SECONDS = 5.0
"""The limit for a whole delivery: look-up, connection and answer, however slowly they come."""
LOOKUP_SECONDS = 4.0
LOOKUPS_AT_ONCE = 128
"""A hanging look-up keeps its thread after LOOKUP_SECONDS. Other receivers must still find one."""
USER_AGENT = "Inkdex"


class HttpWebhookSender:
    """Implements `shared.ports.webhooks.WebhookSender`; safe to share between threads."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        self._tls = ssl.create_default_context()  # slow to build, so it is built once
        # A look-up can't be interrupted, and asyncio.run() would wait for its own executor.
        self._lookups = ThreadPoolExecutor(LOOKUPS_AT_ONCE, "webhook-lookup")

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Post a message and return the answer's status; the rest of the answer is not read.

        Raises WebhookRefused if the receiver is not permitted, can't be reached or is too slow.
        """
        return asyncio.run(self._send(url, headers, body))

    async def _send(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                return await self._post(url, headers, body)
        except TimeoutError:
            raise WebhookRefused(f"did not answer within {SEND_SECONDS:g} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise WebhookRefused(f"can't be reached: {type(error).__name__}") from None

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        target = httpx.URL(url)
        # Connect to the checked address: the name may resolve to another one a moment later.
        pinned = target.copy_with(host=await self._permitted_address(target))
        # trust_env=False: a proxy would resolve the name again and skip the check.
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=SEND_SECONDS) as client,
            client.stream(
                "POST",
                pinned,
                content=body,
                headers={
                    **headers,
                    "host": target.netloc.decode(),
                    "content-type": "application/json",
                    "user-agent": USER_AGENT,
                },
                extensions={"sni_hostname": target.host},
                follow_redirects=False,
            ) as answer,
        ):
            return answer.status_code

    async def _permitted_address(self, target: httpx.URL) -> str:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                found = await loop.run_in_executor(self._lookups, _look_up, target)
        except (OSError, UnicodeError):  # TimeoutError is an OSError
            found = []
        for address in found:
            if self._networks.permits(address):
                return address
        raise WebhookRefused(NO_PERMITTED_ADDRESS)


def _look_up(target: httpx.URL) -> list[str]:
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    return [str(socket_address[0]) for *_, socket_address in found]
