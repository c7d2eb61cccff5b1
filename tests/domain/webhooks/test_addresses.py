from ipaddress import IPv4Address

import pytest

from shared.domain.errors import InvalidInput
from shared.domain.webhooks.addresses import Networks, check_url

PUBLIC = Networks()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254",
        str(IPv4Address(0)), "100.64.0.1", "100.100.100.200", "192.0.0.9", "192.0.0.192",
        "192.88.99.1", "198.18.0.1", "203.0.113.1", "168.63.129.16", "224.0.0.1",
        "240.0.0.1", "255.255.255.255",
        "::1", "::", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1",
        "64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::", "3fff::1", "4000::1",
        "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
        "2606:4700::1111%eth0",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_unless_their_network_is_allowed(address: str) -> None:
    assert not PUBLIC.permits(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::808:808"]
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert PUBLIC.permits(address)


def test_only_the_allowed_networks_are_permitted() -> None:
    networks = Networks.parse("10.0.0.0/8, fd00::/8")
    assert networks.permits("10.9.8.7")
    assert networks.permits("::ffff:10.9.8.7")
    assert networks.permits("fd12::1")
    assert networks.permits("fd12::1%eth0")
    assert not networks.permits("192.168.0.1")
    with pytest.raises(ValueError, match="host bits"):
        Networks.parse("10.0.0.1/8")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "example.org/hook", "",
        "http://", "http://user:pw@example.org/", "http://example.org/#a", "http://example.org:99999/",
        "http://[::1/", "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest",
        "http://exa mple.org/", "http://example.org/\n", "http://example.org/\0",
        "http://exämple.org/", "http://example.org/" + "x" * 3000,
    ],
)  # fmt: skip
def test_an_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_url(url, PUBLIC)
    assert caught.value.errors[0].path == ("url",)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "a.localhost", "10.0.0.1"])
def test_the_message_names_the_setting_that_allows_an_address(host: str) -> None:
    with pytest.raises(InvalidInput, match="INKDEX_WEBHOOK_ALLOWED_NETWORKS"):
        check_url(f"http://{host}/", PUBLIC)
    check_url(f"http://{host}/", Networks.parse("127.0.0.0/8,10.0.0.0/8"))


def test_a_usable_url_is_accepted() -> None:
    check_url("https://example.org/inkdex?room=1", PUBLIC)
    check_url("http://10.0.0.1:8080/", Networks.parse("10.0.0.0/8"))
