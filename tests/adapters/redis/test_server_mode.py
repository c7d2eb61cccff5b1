"""Redis Cluster and Sentinel are named at the start."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from local import ports
from local.processes import service
from local.servers import valkey
from shared.adapters.redis.health import RedisHealth
from shared.adapters.redis.server_mode import UnsupportedServer, check_at_start
from shared.config import Settings
from tests.support.paths import ROOT

MODES = {"cluster": ("--cluster-enabled", "yes"), "sentinel": ("--sentinel",)}
NAMES = {"cluster": "Redis Cluster", "sentinel": "Redis Sentinel"}


@pytest.fixture(params=MODES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Run a server in a mode; give its URL and the mode's name."""
    port = ports.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    configuration = tmp_path / "valkey.conf"
    # Without a port of its own, the bus of a cluster listens 10,000 above, where others may be.
    listening = f"bind 127.0.0.1\nport {port}\ncluster-port {ports.free_port()}\n"
    configuration.write_text(f'{listening}save ""\ndir "{tmp_path}"\n')
    argv = (str(valkey.binary()), str(configuration), *MODES[request.param])
    program = service.Service(name="valkey", argv=argv, ready=lambda: valkey.answers(url))
    with service.running(program, tmp_path / "valkey.log"):
        yield url, NAMES[request.param]


@pytest.mark.anyio
async def test_readiness_names_the_mode(server: tuple[str, str]) -> None:
    health = RedisHealth(Settings(redis_url=SecretStr(server[0]), redis_timeout_seconds=5))
    with pytest.raises(UnsupportedServer, match=server[1]):
        await health.check()
    await health.close()


def test_a_worker_ends_with_a_sentence(server: tuple[str, str], database_url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env={"REDIS_URL": server[0], "DATABASE_URL": database_url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"REDIS_URL leads to {server[1]}, which Inkdex does not")
    assert "Traceback" not in ended.stderr


def test_a_server_that_is_down_or_hides_its_mode_is_accepted(redis_url: str) -> None:
    check_at_start(Settings(redis_url=SecretStr(f"redis://127.0.0.1:{ports.free_port()}/0")))
    check_at_start(Settings(redis_url=SecretStr(redis_url)))
    with redis.Redis.from_url(redis_url) as client:
        client.acl_setuser(
            "silent", enabled=True, passwords=["+pw"], commands=["+@all", "-info"], keys=["*"]
        )
    silent = redis_url.replace("redis://:", "redis://silent:").replace(
        redis_url.split("://:")[1].split("@", maxsplit=1)[0], "pw"
    )
    check_at_start(Settings(redis_url=SecretStr(silent)))
