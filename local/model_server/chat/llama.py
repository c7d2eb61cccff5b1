"""The child process: llama.cpp's server on loopback, until standard input is closed."""

import argparse
import os
import sys
from typing import Any

NICENESS = 5  # embeddings, and with them searches, come first
KEY = "INKDEX_LLAMA_KEY"  # the variable with the key that requests must have


def main() -> None:
    """Load the model, write the address of its server to standard output, and serve it."""
    import xllamacpp  # noqa: PLC0415 - the server imports this module where it is not installed

    options = _options()
    report = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # llama.cpp may print
    os.nice(NICENESS)
    server = xllamacpp.Server(_set(xllamacpp.CommonParams(), options))
    os.write(report, f"{server.listening_address}\n".encode())
    sys.stdin.buffer.read()  # the parent holds the other end, and closes it when it ends
    del server
    os._exit(0)


def _set(parameters: Any, options: argparse.Namespace) -> Any:  # noqa: ANN401 - it has no types
    """Return llama.cpp's parameters with the options."""
    parameters.model.path = options.weights
    parameters.port = 0  # any free one
    parameters.api_keys = [os.environ[KEY]]
    parameters.n_ctx = options.num_ctx
    parameters.n_batch = parameters.n_ubatch = options.num_batch
    parameters.n_parallel = 1
    parameters.ctx_shift = True
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = options.threads
        threads.poll = 0  # they don't spin while they wait
    parameters.cache_ram_mib = 0  # the slot itself keeps the last prompt
    parameters.fit_params = False
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.verbosity = 1  # errors
    return parameters


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.model_server.chat.llama")
    parser.add_argument("--weights", required=True)
    parser.add_argument("--num-ctx", type=int, required=True)
    parser.add_argument("--num-batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
