"""What may be posted to, by the address and by the URL."""

from __future__ import annotations

import pytest

from reconciler.notify.addresses import refused
from reconciler.notify.target import target

METADATA = (
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
)
OF_THIS_MACHINE_OR_ITS_LINK = (
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%1",
    "224.0.0.251",
    "239.255.255.250",
    "ff02::1",
    "255.255.255.255",
)
PRIVATE = (
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.7",
    "240.0.0.1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "2001:db8::1",
    "2001::1",
    "2002:0a01:0203::1",
    "3fff::1",
    "100::1",
    "::10.1.2.3",
    "::ffff:10.1.2.3",
    "64:ff9b::a01:203",
    "64:ff9b:1::808:808",
)
PUBLIC = ("8.8.8.8", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")


@pytest.mark.parametrize("address", [*METADATA, *OF_THIS_MACHINE_OR_ITS_LINK, *PRIVATE])
def test_nothing_is_sent_to_an_address_that_is_not_public(address: str) -> None:
    assert refused(address, ())


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert refused(address, ()) is None


@pytest.mark.parametrize("address", [*METADATA, *OF_THIS_MACHINE_OR_ITS_LINK])
def test_no_network_that_is_named_lets_metadata_or_this_machine_in(address: str) -> None:
    everything = target("https://hooks.example.org", ("0.0.0.0/0", "::/0"))
    assert everything.refuses(address)


def test_a_network_that_is_named_may_be_posted_to_and_no_other_private_one() -> None:
    named = target("https://hooks.example.org", ("10.20.0.0/16", "fd12::/16"))
    assert named.refuses("10.20.3.4") is None
    assert named.refuses("::ffff:10.20.3.4") is None
    assert named.refuses("fd12::7") is None
    assert named.refuses("10.21.0.1")
    assert named.refuses("192.168.0.1")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("hooks.example.org/a", "no https:// URL"),
        ("ftp://hooks.example.org/", "no https:// URL"),
        ("https://", "no https:// URL"),
        ("https:///path", "no https:// URL"),
        ("https://hooks.example.org:99999/", "no https:// URL"),
        ("https://hooks.example.org /", "printable ASCII"),
        ("https://hooks.example.org/\n", "printable ASCII"),
        ("https://hooks.example.org\\@10.0.0.1/", "printable ASCII"),
        ("https://１６９.254.169.254/", "printable ASCII"),
        ("https://user-alice:secret@hooks.example.org/", "a login in it"),
        ("http://hooks.example.org/", "write https://hooks.example.org"),
        ("http://10.0.0.1/", "write https://10.0.0.1"),
        ("https://10.0.0.1/", "10.0.0.1 is a private or reserved address"),
        ("https://169.254.169.254/latest", "169.254.169.254 is an address of this machine"),
        ("https://[fd00:ec2::254]/", "fd00:ec2::254 is an address of this machine"),
        ("https://[::ffff:10.0.0.1]/", "a private or reserved address"),
        ("https://0251.0376.0251.0376/", "an unusual spelling"),
        ("https://0xa9fea9fe/", "an unusual spelling"),
        ("https://0xa9.0xfe.0xa9.0xfe/", "an unusual spelling"),
        ("https://2852039166/", "an unusual spelling"),
        ("https://169.254.43518/", "an unusual spelling"),
        ("https://169.254.169.254./", "an unusual spelling"),
        ("http://0x7f.1/", "this machine alone"),
        ("http://localhost.example.org/", "this machine alone"),
    ],
)
def test_a_url_that_may_not_be_is_refused_with_why_and_without_its_secrets(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as failure:
        target(url)
    assert why in str(failure.value)
    assert "secret" not in str(failure.value)


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match=r"^the allowed network is none: 10\.0\.0\.1/8 "):
        target("https://hooks.example.org", ("10.0.0.1/8",))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.example.org", "https://hooks.example.org/"),
        ("https://hooks.example.org/services/T0/B0/secret", "https://hooks.example.org/…"),
        ("https://Hooks.Example.org:8443/?key=secret", "https://hooks.example.org:8443/…"),
        ("http://localhost:8787/", "http://localhost:8787/"),
        ("http://[::1]:8787/", "http://[::1]:8787/"),
        ("http://127.0.0.1", "http://127.0.0.1/"),
    ],
)
def test_what_is_shown_of_a_url_is_its_host(url: str, shown: str) -> None:
    assert target(url).shown == shown


def test_what_says_it_is_this_machine_must_be_this_machine() -> None:
    assert target("http://localhost:8787/").refuses("127.0.0.1") is None
    assert target("http://localhost:8787/").refuses("::1") is None
    assert target("http://localhost:8787/").refuses("10.0.0.1") == "not this machine"
    assert target("http://localhost:8787/").refuses("8.8.8.8") == "not this machine"
