import pytest

from shared.domain.access.open_networks import OpenNetworks, addresses_of

NETWORKS = OpenNetworks.parse("127.0.0.0/8, ::1/128")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_addresses_of_this_machine(address: str) -> None:
    assert NETWORKS.include([address])


@pytest.mark.parametrize("address", ["10.0.0.1", "::2", "localhost", "", "127.0.0.1.evil.example"])
def test_other_addresses(address: str) -> None:
    assert not NETWORKS.include([address])
    assert not NETWORKS.include(["127.0.0.1", address])


@pytest.mark.parametrize(
    ("headers", "forwarded"),
    [
        ([], []),
        ([("x-forwarded-for", "10.0.0.1, 127.0.0.1")], ["10.0.0.1", "127.0.0.1"]),
        ([("x-forwarded-for", "10.0.0.1:4711")], ["10.0.0.1"]),
        ([("x-forwarded-for", "::1"), ("x-forwarded-for", "10.0.0.1")], ["::1", "10.0.0.1"]),
        ([("x-real-ip", "10.0.0.1")], ["10.0.0.1"]),
        ([("cf-connecting-ip", "10.0.0.1"), ("via", "1.1 a")], ["10.0.0.1"]),
        ([("forwarded", 'for=10.0.0.1;proto=http, For="[::2]:80"')], ["10.0.0.1", "::2"]),
        ([("forwarded", "for=_hidden")], ["_hidden"]),
        ([("forwarded", "proto=https")], ["unknown"]),
        ([("via", "1.1 proxy")], ["unknown"]),
        ([("x-forwarded-proto", "https")], ["unknown"]),
    ],
)
def test_a_proxy_names_those_it_forwards_for(
    headers: list[tuple[str, str]], forwarded: list[str]
) -> None:
    assert list(addresses_of("127.0.0.1", headers)) == ["127.0.0.1", *forwarded]
