"""`python -m api.process`: a process of the API, which needs no other.

With the number of a listening socket, it is one of several: it serves its share of the clients on
that socket, and stops when its standard input ends, because its parent has ended then.
"""

import socket
import sys

from api.app import create_app
from api.server import listener
from api.server.server import serve
from api.server.shares import share
from shared.adapters.observability.logs import configure_logging
from shared.config import get_settings

if __name__ == "__main__":
    settings = get_settings()
    configure_logging(settings.log_level)
    if len(sys.argv) > 1:
        own = share(settings)
        shared_socket = socket.socket(fileno=int(sys.argv[1]))
        serve(create_app(own), own, shared_socket, parent=sys.stdin.fileno())
    else:
        serve(create_app(settings), settings, listener.bind(settings))
