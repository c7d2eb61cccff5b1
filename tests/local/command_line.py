"""Runs `python -m local` with fake programs in place of our own processes."""

import asyncio
import sys
import types
from pathlib import Path

from local import commands
from local.stack import model_choice
from local.stack.addresses import Addresses
from local.stack.stack import Programs
from shared.config import Settings

FAKE_PROGRAM = (sys.executable, "-S", str(Path(__file__).with_name("fake_program.py")))
PROGRAMS = Programs(
    migrations=(sys.executable, "-S", "-c", ""),
    model_server=(*FAKE_PROGRAM, "serve", "-"),
    api=(*FAKE_PROGRAM, "serve", "API_PORT"),
    worker=(*FAKE_PROGRAM, "sleep"),
    flower=(*FAKE_PROGRAM, "serve", "FLOWER_PORT"),
)


async def run(addresses: Addresses) -> bool:
    await asyncio.sleep(0)
    return addresses.embedding_model == "all-minilm"


if __name__ == "__main__":
    # Tests must not depend on the developer's own .env file and Ollama.
    Settings.model_config["env_file"] = None
    model_choice.OLLAMA = "http://127.0.0.1:9"
    demo = types.ModuleType("local.demo")
    demo.__dict__["run"] = run
    sys.modules["local.demo"] = demo
    sys.exit(commands.main(programs=PROGRAMS))
