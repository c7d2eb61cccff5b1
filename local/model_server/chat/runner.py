"""One llama.cpp in a child process, and what it is asked."""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from local.model_server.chat import llama
from local.model_server.protocol import RequestError

START_SECONDS = 120.0
TIMEOUT = httpx.Timeout(10.0, read=None)  # a prompt can take minutes
EVENT = "data: "

Json = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """What a runner is started with. Another shape needs another runner."""

    weights: Path
    num_ctx: int
    num_batch: int
    threads: int


class Runner:
    """A loaded model. Its child process ends when `stop` is called or this process ends."""

    def __init__(self, shape: Shape, process: asyncio.subprocess.Process, key: str) -> None:
        self.shape = shape
        self._process = process
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"},
            # A connection that is used once can't be closed by the other end in between.
            limits=httpx.Limits(max_keepalive_connections=0),
            timeout=TIMEOUT,
            trust_env=False,
        )

    @classmethod
    async def start(cls, shape: Shape) -> "Runner":
        """Start a child process and wait until its model is loaded. Raises RequestError."""
        key = secrets.token_urlsafe()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", llama.__name__),
            *("--weights", shape.weights, "--threads", str(shape.threads)),
            *("--num-ctx", str(shape.num_ctx), "--num-batch", str(shape.num_batch)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Threads that wait without spinning are many times as fast on a busy machine.
            env=os.environ | {"OMP_WAIT_POLICY": "passive", llama.KEY: key},
            start_new_session=True,  # Ctrl-C is for this process
        )
        runner = cls(shape, process, key)
        try:
            await runner._until_ready()
        except BaseException:
            await runner.stop()
            raise
        return runner

    async def _until_ready(self) -> None:
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(START_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line:
            raise RequestError(500, "llama runner process has terminated. See the log.")
        self._client.base_url = httpx.URL(line.decode().strip())

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    @property
    def size(self) -> int:
        """Return the bytes of memory that the process uses."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss)
        except psutil.Error:
            return 0

    async def stop(self) -> None:
        """End the child process."""
        if self.is_running:
            self._process.kill()
        await self._process.wait()
        await self._client.aclose()

    async def prompt(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return messages as the text that the model's template makes of them."""
        answer = await self._post("/apply-template", {"messages": messages})
        return str(answer["prompt"])

    async def tokenize(self, text: str) -> list[int]:
        body = {"content": text, "add_special": True, "parse_special": True}
        tokens: list[int] = (await self._post("/tokenize", body))["tokens"]
        return tokens

    @asynccontextmanager
    async def complete(self, body: Json) -> AsyncIterator[AsyncIterator[Json]]:
        """Open a completion and yield its pieces. Leaving the block stops the generation."""
        content = _content(body | {"stream": True})
        async with self._client.stream("POST", "/completion", content=content) as got:
            if got.status_code != httpx.codes.OK:
                raise _failure(got.status_code, await got.aread())
            yield _events(got)

    async def _post(self, path: str, body: Json) -> Json:
        response = await self._client.post(path, content=_content(body))
        if response.status_code != httpx.codes.OK:
            raise _failure(response.status_code, response.content)
        answer: Json = response.json()
        return answer


async def _events(response: httpx.Response) -> AsyncIterator[Json]:
    async for line in response.aiter_lines():
        if line.startswith(EVENT):
            event: Json = json.loads(line.removeprefix(EVENT))
            if "error" in event:
                raise RequestError(500, line.removeprefix(EVENT))
            # Sending the progress, llama.cpp notices after each batch that the reader is gone.
            if "prompt_progress" not in event:
                yield event


def _content(body: Json) -> bytes:
    # Unlike httpx, this can encode half a surrogate pair. llama.cpp then refuses it.
    return json.dumps(body).encode()


def _failure(status: int, body: bytes) -> RequestError:
    # Ollama passes the JSON of llama.cpp on as a string.
    return RequestError(status, body.decode("utf-8", "replace"))
