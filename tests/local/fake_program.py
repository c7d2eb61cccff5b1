"""Replaces one of our processes. The first argument names its role.

`serve` answers every GET, `sleep` waits, `parent` starts a child in its session, `stubborn`
ignores SIGTERM, `chatter` prints lines, and `fail` exits with an error.
"""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")


def serve(port: int) -> None:
    http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()


def main() -> None:
    role, *arguments = sys.argv[1:]
    if role == "serve":
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        serve(int(os.environ.get(arguments[0]) or arguments[-1].removeprefix("--port=")))
    elif role == "parent":
        child = subprocess.Popen([sys.executable, __file__, "stubborn"])
        Path(arguments[0]).write_text(str(child.pid))
        threading.Event().wait()
    elif role == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if arguments:
            Path(arguments[0]).touch()
        time.sleep(3600)
    elif role == "chatter":
        for _ in range(100_000):
            sys.stdout.write("a line\n")
            sys.stdout.flush()
            time.sleep(0.0005)
    elif role == "fail":
        sys.exit("its last line")
    else:
        time.sleep(3600)


if __name__ == "__main__":
    main()
