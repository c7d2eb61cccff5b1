"""An installation of several tenants, and one for each tenant where it is alone."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.api.access.apart import data, worlds
from tests.api.access.apart.data import Foreign, Secrets
from tests.api.access.apart.worlds import Servers, World

TENANTS = ("default", "acme", "acme-2")
"""The name of one begins with that of another."""


@pytest.fixture(scope="session")
def servers(
    postgres_url: str, template: str, redis_url: str, ollama_url: str, servers_dir: Path
) -> Servers:
    return Servers(postgres_url, template, redis_url, ollama_url, servers_dir)


@dataclass(frozen=True)
class Crowd:
    """An installation in which each tenant has data, secrets, and what others know of it."""

    world: World
    secrets: dict[str, Secrets]
    foreign: dict[str, Foreign]


@pytest.fixture(scope="session")
def crowd(servers: Servers) -> Iterator[Crowd]:
    with worlds.running(servers, 1, *TENANTS) as world:
        crowd = Crowd(world, {name: Secrets() for name in TENANTS}, {})
        for name, secrets in crowd.secrets.items():
            data.settle_in(world.of(name), secrets)
        world.refresh_statistics()
        for name, secrets in crowd.secrets.items():
            data.be_busy(world.of(name), secrets)
        for name, secrets in crowd.secrets.items():
            crowd.foreign[name] = data.learn(world.of(name), name, world.keys[name], secrets)
        yield crowd


@pytest.fixture(scope="session")
def alone(servers: Servers, crowd: Crowd) -> Iterator[Callable[[str], World]]:
    """Return a function that runs an installation of one tenant, which has the same data."""
    with ExitStack() as stack:

        @cache
        def alone(tenant: str) -> World:
            number = 2 + TENANTS.index(tenant)
            world = stack.enter_context(worlds.running(servers, number, tenant))
            client, secrets = world.of(tenant), crowd.secrets[tenant]
            data.settle_in(client, secrets)
            world.refresh_statistics()
            data.be_busy(client, secrets)
            data.learn(client, tenant, world.keys[tenant], secrets)
            return world

        yield alone
