"""Two tenants and every route: no byte of one is in the other's answers, nor their number."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from secrets import token_hex

import httpx
import pytest

from api.app import create_app
from shared.domain.access.keys import parse_key
from shared.domain.refs import DEFAULT_TENANT
from tests.api.access.apart.calls import STREAMS, Call, all_calls, fill
from tests.api.access.apart.conftest import TENANTS, Crowd
from tests.api.access.apart.foreign_calls import foreign_calls
from tests.api.access.apart.transcript import Seen, differences, holds, seen
from tests.api.access.apart.worlds import ADMIN_KEY, World

Alone = Callable[[str], World]


def send(client: httpx.Client, call: Call, values: dict[str, str]) -> Seen:
    """Send a request, and keep what later ones need."""
    answer = client.request(
        call.method,
        call.path(values),
        params=fill(call.params, values),
        json=fill(call.json, values),
        content=call.lines,
        headers={
            **fill(call.headers, values),
            **({"Content-Type": call.content_type} if call.lines else {}),
        },
    )
    for name, field in call.keeps.items():
        values[name] = str(answer.json()[field])
    return seen(call.name, answer)


def transcript(
    client: httpx.Client, calls: Iterable[Call], values: Mapping[str, str]
) -> list[tuple[Call, Seen]]:
    known = dict(values)
    return [(call, send(client, call, known)) for call in calls]


def others(tenant: str) -> list[str]:
    return [name for name in TENANTS if name != tenant]


def test_each_route_is_in_the_table() -> None:
    paths = create_app().openapi()["paths"]
    documented = {(method.upper(), path) for path, at in paths.items() for method in at}
    called = {(call.method, call.route) for call in all_calls()}
    assert called | STREAMS == documented, "add new routes to calls.py"
    foreign = {(call.method, call.route) for call in foreign_calls()}
    named = {(method, path) for method, path in documented if "{" in path or "cursor" in path}
    assert named - foreign - {("PUT", "/v1/documents/{id}"), ("POST", _MIGRATIONS)} == set()


_MIGRATIONS = "/v1/collections/{collection}/migrations"


@pytest.mark.parametrize("tenant", TENANTS)
def test_answers_are_the_same_whether_others_exist(crowd: Crowd, alone: Alone, tenant: str) -> None:
    compare(crowd, alone(tenant), tenant, list(all_calls()), {})


@pytest.mark.parametrize("other", ["default", "acme"])
def test_what_is_anothers_is_nowhere(crowd: Crowd, alone: Alone, other: str) -> None:
    tenant = "acme" if other == "default" else "default"
    values = {name: str(value) for name, value in asdict(crowd.foreign[other]).items()}
    compare(crowd, alone(tenant), tenant, list(foreign_calls()), values)


def compare(
    crowd: Crowd, alone: World, tenant: str, calls: list[Call], values: Mapping[str, str]
) -> None:
    """Send requests to both installations. What differs is what others have."""
    client = crowd.world.of(tenant)
    client.headers["X-Request-ID"] = request_id = token_hex(16)
    found = transcript(client, calls, values)
    lines = crowd.world.log.splitlines()
    log = "\n".join(line for line in lines if request_id in line)
    assert log.count('"http.request"') > 0.9 * len(calls)  # not of paths that are polled
    expected = transcript(alone.of(tenant), calls, values)
    differing = []
    for (call, here), (_, there) in zip(found, expected, strict=True):
        assert_silent(crowd, tenant, here.name, here.raw, known=values.values())
        if not call.is_random:
            differing.append(differences(here, there))
    assert_silent(crowd, tenant, "the log", log, known=values.values())
    assert not any(differing), "\n\n".join(filter(None, differing))


def assert_silent(
    crowd: Crowd, tenant: str, name: str, said: str, known: Iterable[str] = ()
) -> None:
    """Fail if a tenant is told a secret of another one that the request did not name."""
    named = " ".join(known)
    if tenant != DEFAULT_TENANT.name:
        assert not holds(said, parse_key(ADMIN_KEY).id), (name, "the key of the operator")
    for other in others(tenant):
        words = [*crowd.secrets[other].words.values(), crowd.foreign[other].key_id]
        for word in words:
            if word not in named:
                assert not holds(said, word), (name, other, word)
