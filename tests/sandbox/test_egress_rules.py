"""Which addresses are near, and what may be asked for: tables, and every way of writing an address."""

from __future__ import annotations

import ipaddress
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.egress.addresses import is_near
from sandbox.egress.rules import Rules, Wanted, is_below, wanted_by

FAR = ["1.1.1.1", "140.82.112.3", "203.0.113.80", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
NEAR = ["0.1.2.3", "10.1.2.3", "100.100.100.200", "127.9.9.9", "168.63.129.16", "169.254.169.254", "172.31.0.1", "192.0.0.192"]
NEAR += ["192.168.1.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "fd00:ec2::254", "fe80::1", "ff02::1"]
NEAR += ["::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:a9fe::1", "::ffff:0:127.0.0.1"]


@pytest.mark.parametrize(("address", "near"), [*((one, False) for one in FAR), *((one, True) for one in NEAR)])
def test_this_machine_private_networks_and_metadata_are_near(address: str, near: bool) -> None:
    assert is_near(ipaddress.ip_address(address)) == near


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_near_in_the_forms_that_ipv6_has_for_it(address: ipaddress.IPv4Address) -> None:
    for prefix in ("::ffff:0:0", "64:ff9b::"):
        written = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(address))
        assert is_near(written) == is_near(address)


@pytest.mark.parametrize(
    ("authority", "wanted"),
    [
        ("A.dev:443", Wanted("a.dev", 443)),
        ("[::1]:80", Wanted("::1", 80)),
        ("a.dev", None),
        ("a.dev:0", None),
        ("a.dev:65536", None),
        ("a.dev:443:80", None),
        ("a@b.dev:443", None),
        ("a.dev:443/", None),
        ("a.dev :443", None),
        ("[fe80::1%eth0]:80", None),
        ("::1:80", None),
        ("a.dev:٤", None),
    ],
)
def test_a_host_and_a_port_are_read_in_one_way_or_not_at_all(authority: str, wanted: Wanted | None) -> None:
    assert wanted_by(authority, None) == wanted


@given(st.text() | st.from_regex(r"[\[\]a-z0-9:.@%/-]{1,30}"))
def test_whatever_a_client_names_is_read_without_an_error(text: str) -> None:
    wanted = wanted_by(text, 80)
    rules = Rules("one", ("a.dev",), ("http://127.0.0.1:8000/llm",), ("10.0.0.0/8",))
    assert wanted is None or rules.may_ask_for(wanted) in (True, False)


@given(st.text(alphabet="/.%25eEfFcClm\\;?# a", max_size=20))
def test_no_path_below_a_prefix_leads_up_from_it(rest: str) -> None:
    if is_below("/llm", f"/llm{rest}"):
        path = unquote(unquote(rest.partition("?")[0]))
        assert ".." not in path.replace("\\", "/").split("/")
