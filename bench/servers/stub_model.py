"""A model server that answers at once: what is left is the time of everything else.

    python -m bench.instant PORT [MILLISECONDS]

With MILLISECONDS a text, and half of that a request, it takes the time of a model on hardware of
its own, one request after the other. Speaks Ollama's protocol as far as Inkdex and the benchmarks
need it. A text's vector depends on the text alone. `/count` tells how many texts were asked for,
and in how many requests.
"""

import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

import uvicorn

from bench import stack
from local import ports
from local.errors import StackError
from local.servers import probes

MODEL = "all-minilm"
DIMENSIONS = 384
VECTORS = 4096
FIXED = {
    "/api/version": {"version": "0.0.0"},
    "/api/tags": {"models": [{"name": f"{MODEL}:latest", "model": f"{MODEL}:latest",
                              "digest": "0" * 64, "size": 1}]},
    "/api/show": {"model_info": {"bert.context_length": 512}, "parameters": "num_ctx 256",
                  "capabilities": ["embedding"]},
}  # fmt: skip


class App:
    """The ASGI application."""

    def __init__(self, seconds_a_text: float = 0.0) -> None:
        self._seconds_a_text = seconds_a_text
        self._one_at_a_time = asyncio.Lock()
        draw = random.Random(7)  # noqa: S311 - any vectors do, as long as they stay the same
        self._vectors = [_vector(draw) for _ in range(VECTORS)]
        self._count = {"texts": 0, "requests": 0}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401
        """Answer one request."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = self._answer(scope["path"], body)
        if self._seconds_a_text and scope["path"] == "/api/embed":
            texts = json.loads(body)["input"]
            count = 1 if isinstance(texts, str) else len(texts)
            async with self._one_at_a_time:
                await asyncio.sleep((count + 0.5) * self._seconds_a_text)
        headers = [(b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(answer)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, path: str, body: bytes) -> bytes:
        if path == "/api/embed":
            return self._embed(json.loads(body)["input"])
        return json.dumps(self._count if path == "/count" else FIXED.get(path, {})).encode()

    def _embed(self, texts: str | list[str]) -> bytes:
        given = [texts] if isinstance(texts, str) else texts
        self._count["texts"] += len(given)
        self._count["requests"] += 1
        vectors = ",".join(self._vectors[crc32(text.encode()) % VECTORS] for text in given)
        tokens = sum(len(text) for text in given) // 4
        head = f'"model": "{MODEL}", "prompt_eval_count": {tokens}, "total_duration": 1'
        return f'{{{head}, "load_duration": 0, "embeddings": [{vectors}]}}'.encode()


def _vector(draw: random.Random) -> str:
    numbers = [draw.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(number * number for number in numbers) ** 0.5
    return json.dumps([round(number / length, 6) for number in numbers])


@contextmanager
def running(
    folder: Path, milliseconds_a_text: float = 0.0
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the server for the length of a `with` block; give its address and its process."""
    port, slow = ports.free_port(), str(milliseconds_a_text)
    with program("bench.servers.stub_model", port, folder, "/api/version", slow) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def stack_on_it(
    workers: int = 1, milliseconds_a_text: float = 0.0
) -> Iterator[tuple[stack.Stack, str]]:
    """Run a stack with such a server; give both."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        url, _ = parts.enter_context(running(folder, milliseconds_a_text))
        yield (
            parts.enter_context(stack.running(environment={"OLLAMA_HOST": url}, workers=workers)),
            url,
        )


@contextmanager
def program(
    module: str, port: int, folder: Path, path: str, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server of this package until the end of the block; it answers at `path`."""
    with (folder / f"{module}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - it is ours
            [*stack.PYTHON, module, str(port), *arguments], cwd=stack.ROOT, stdout=log, stderr=log
        )
    try:
        while probes.http_status(port, path) != 200:
            if process.poll() is not None:
                raise StackError(f"{module} did not start: {folder}/{module}.log")
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    milliseconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.0
    uvicorn.run(
        App(milliseconds / 1000), host="127.0.0.1", port=int(sys.argv[1]), log_level="error"
    )
