import pytest

from serving.gateway.hosts import AllowedHosts, host_of, is_loopback


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("Localhost:3000", "localhost"),
        ("localhost.", "localhost"),
        ("[::1]:80", "::1"),
        ("[::1]", "::1"),
        ("[::1].evil", "[::1].evil"),
        ("a:b", "a:b"),
        ("127.0.0.1@evil", "127.0.0.1@evil"),
        ("", ""),
    ],
)
def test_a_host_is_the_name_without_its_port(header, host):
    assert host_of(header) == host


def test_names_are_allowed_exactly_or_below_a_domain():
    hosts = AllowedHosts(["Sparkwright.internal", ".svc.local"])
    for allowed in ("sparkwright.internal:3000", "a.b.svc.local", "localhost", "10.1.2.3:3000"):
        assert hosts.allow(allowed, "10.1.2.3"), allowed
    for refused in ("svc.local", "evilsvc.local", "x.sparkwright.internal", "10.1.2.4", "sparkwright.internal.evil"):
        assert not hosts.allow(refused, "10.1.2.3"), refused
    assert not hosts.allow("10.1.2.3", None)


def test_an_ipv4_connection_to_an_ipv6_socket_is_known_by_its_ipv4_address():
    for header in ("10.1.2.3:3000", "[::ffff:10.1.2.3]:3000", "[::ffff:a01:203]"):
        for address in ("10.1.2.3", "::ffff:10.1.2.3"):
            assert AllowedHosts().allow(header, address), (header, address)
    assert AllowedHosts().allow("[2001:DB8:0::1]:3000", "2001:db8::1")
    assert not AllowedHosts().allow("10.1.2.4:3000", "::ffff:10.1.2.3")


@pytest.mark.parametrize(
    ("address", "stays"),
    [
        *[(address, True) for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost")],
        *[(address, False) for address in ("0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1")],
        *[(address, False) for address in ("localhost.evil", "/run/x.sock", "")],
    ],
)
def test_what_stays_on_this_machine(address, stays):
    assert is_loopback(address) is stays
