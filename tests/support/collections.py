"""Collections of the default tenant."""

from shared.domain.refs import DEFAULT_TENANT, Collection


def named(name: str) -> Collection:
    return Collection(DEFAULT_TENANT, name)
