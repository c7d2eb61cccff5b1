"""One model server of a soak: a process that can be killed, behind a proxy with faults."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local import ports
from tests.support import proxy as proxies
from tests.support.model_faults import too_long
from tests.support.processes import answers, eventually
from tests.support.proxy import Exchange, Fault, Proxy, pass_on
from tests.support.server_processes import Process

POISON = "unembeddable"


class ModelServer:
    def __init__(self, process: Process, own_url: str, proxy: Proxy) -> None:
        self.own_url = own_url
        """Past the proxy, to compare with."""
        self.url = proxy.url
        self._process = process
        self._proxy = proxy
        self.serve(pass_on)

    def serve(self, fault: Fault) -> None:
        """Have a fault, or none. Poison is rejected in any case."""
        self._proxy.forget()
        self._proxy.fault = _rejecting_poison(fault)

    def refuse(self) -> None:
        self._proxy.refuse()

    def accept(self) -> None:
        self._proxy.accept()

    def kill(self) -> None:
        self._process.kill()

    def start(self) -> None:
        self._process.start()
        url = f"{self.own_url}/api/version"
        eventually(lambda: answers(url), f"{self._process.name} answers", 60, self._process.log)


@contextmanager
def running(name: str, folder: Path) -> Iterator[ModelServer]:
    """Run a model server for the length of the block, healthy at its start."""
    port = ports.free_port()
    command = [sys.executable, "-m", "local.model_server", "--port", str(port)]
    process = Process(name, command, folder, {**os.environ})
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        stack.callback(process.stop)
        server = ModelServer(process, url, stack.enter_context(proxies.running(url)))
        server.start()
        yield server


def _rejecting_poison(fault: Fault) -> Fault:
    def chosen(exchange: Exchange) -> None:
        (too_long if any(POISON in text for text in exchange.texts) else fault)(exchange)

    return chosen
