"""A model server that answers instantly, to measure the time of everything else.

    python -m bench.servers.stub_model PORT [MILLISECONDS [WEIGHTS]]

With MILLISECONDS it simulates a model on its own hardware: each text takes so long, each request
half as long in addition, one request at a time. It implements the part of Ollama's API that
Inkdex and the benchmarks use. A vector depends on its text and on WEIGHTS, a number. `/count`
returns the numbers of texts and requests.
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
WEIGHTS = 7
FIXED = {
    "/api/version": {"version": "0.0.0"},
    "/api/show": {"model_info": {"bert.context_length": 512}, "parameters": "num_ctx 256",
                  "capabilities": ["embedding"]},
}  # fmt: skip


class StubModel:
    def __init__(self, seconds_per_text: float, weights: int) -> None:
        self._seconds_per_text = seconds_per_text
        self._lock = asyncio.Lock()
        generator = random.Random(weights)  # noqa: S311 - the vectors must only be reproducible
        self._vectors = [_vector(generator) for _ in range(VECTORS)]
        self._fixed = {**FIXED, "/api/tags": {"models": [_listed(weights)]}}
        self._count = {"texts": 0, "requests": 0}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        answer = self._answer(scope["path"], body)
        if self._seconds_per_text and scope["path"] == "/api/embed":
            texts = json.loads(body)["input"]
            count = 1 if isinstance(texts, str) else len(texts)
            async with self._lock:
                await asyncio.sleep((count + 0.5) * self._seconds_per_text)
        headers = [(b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(answer)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, path: str, body: bytes) -> bytes:
        if path == "/api/embed":
            return self._embed(json.loads(body)["input"])
        return json.dumps(self._count if path == "/count" else self._fixed.get(path, {})).encode()

    def _embed(self, texts: str | list[str]) -> bytes:
        batch = [texts] if isinstance(texts, str) else texts
        self._count["texts"] += len(batch)
        self._count["requests"] += 1
        vectors = ",".join(self._vectors[crc32(text.encode()) % VECTORS] for text in batch)
        tokens = sum(len(text) for text in batch) // 4
        head = f'"model": "{MODEL}", "prompt_eval_count": {tokens}, "total_duration": 1'
        return f'{{{head}, "load_duration": 0, "embeddings": [{vectors}]}}'.encode()


def _listed(weights: int) -> dict[str, Any]:
    name = f"{MODEL}:latest"
    return {"name": name, "model": name, "digest": f"{weights:064}", "size": 1}


def _vector(generator: random.Random) -> str:
    numbers = [generator.gauss(0, 1) for _ in range(DIMENSIONS)]
    length = sum(number * number for number in numbers) ** 0.5
    return json.dumps([round(number / length, 6) for number in numbers])


@contextmanager
def running(
    folder: Path, milliseconds_per_text: float = 0.0, weights: int = WEIGHTS
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run the server for the length of a `with` block. Yield its address and its process."""
    port = ports.free_port()
    arguments = (str(milliseconds_per_text), str(weights))
    with program("bench.servers.stub_model", port, folder, "/api/version", *arguments) as process:
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def running_stack(
    workers: int = 1, milliseconds_per_text: float = 0.0
) -> Iterator[tuple[stack.Stack, str]]:
    """Run a stack with this model server. Yield the stack and the server's address."""
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        url, _ = parts.enter_context(running(folder, milliseconds_per_text))
        yield (
            parts.enter_context(stack.running(environment={"OLLAMA_HOST": url}, workers=workers)),
            url,
        )


@contextmanager
def program(
    module: str, port: int, folder: Path, path: str, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server of this package for the length of a `with` block. It must answer at `path`."""
    with (folder / f"{module}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the program is ours
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
    port_, milliseconds, weights_ = (*sys.argv[1:], *("0", str(WEIGHTS))[len(sys.argv) - 2 :])
    uvicorn.run(
        StubModel(float(milliseconds) / 1000, int(weights_)),
        host="127.0.0.1",
        port=int(port_),
        log_level="error",
    )
