"""Runs `python -m local …` with stand-ins for our own processes."""

import asyncio
import sys
import types
from pathlib import Path

from local import commands, model_choice
from local.addresses import Addresses
from local.stack import Programs
from shared.config import Settings

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))
PROGRAMS = Programs(
    migrations=(sys.executable, "-c", ""),
    model_server=(*STAND_IN, "serve", "-"),
    api=(*STAND_IN, "serve", "API_PORT"),
    worker=(*STAND_IN, "sleep"),
    flower=(*STAND_IN, "serve", "FLOWER_PORT"),
)


async def run(addresses: Addresses) -> bool:
    await asyncio.sleep(0)
    return addresses.embedding_model == "all-minilm"


if __name__ == "__main__":
    Settings.model_config["env_file"] = None  # a developer's own, as may be an Ollama
    model_choice.OLLAMA = "http://127.0.0.1:9"
    demo = types.ModuleType("local.demo")
    demo.__dict__["run"] = run
    sys.modules["local.demo"] = demo
    sys.exit(commands.main(programs=PROGRAMS))
