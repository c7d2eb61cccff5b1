"""Stands in for one of our processes: `serve` answers every GET, `sleep` only waits, `die` dies."""

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("STAND_IN_ANSWER", "{}").encode())


def serve(port: int) -> None:
    http.server.HTTPServer(("127.0.0.1", port), Answers).serve_forever()


def main() -> None:
    role, *arguments = sys.argv[1:]
    if role == "serve":
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        serve(int(os.environ.get(arguments[0]) or arguments[-1].removeprefix("--port=")))
    elif role == "parent":  # with a child in the same session
        child = subprocess.Popen([sys.executable, __file__, "stubborn"])
        Path(arguments[0]).write_text(str(child.pid))
        threading.Event().wait()
    elif role == "stubborn":  # SIGTERM isn't for it
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(3600)
    elif role == "die":
        sys.exit("its last words")
    else:
        time.sleep(3600)


if __name__ == "__main__":
    main()
