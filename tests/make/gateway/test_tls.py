"""A gateway and its broker over TLS: whom it trusts comes in, and nobody else hears a password."""

import ssl

import pytest

from dure.kernel.errors import Malformed, Refused, Unavailable
from dure.make.wire.gateway.session import Session
from dure.stack.certificate import local_certificate
from dure.stack.home import Home
from dure.stack.mqtt import authority, lay_certificate
from dure.stack.nats import gateway_door, running_nats
from tests.make.consumers.machines import ingesting, until
from tests.make.gateway.site import Site, now_ms, working
from tests.make.gateway.test_config import GOOD, read
from tests.make.gateway.test_gateway import counted, counts


def placed(monkeypatch, running):
    monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
    monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
    monkeypatch.setenv("DURE_MQTT_TLS", "1")


@pytest.fixture
def tls_broker(tmp_path, monkeypatch):
    with running_nats(tmp_path / "home", ["F001"], mqtt_tls=True) as running:
        placed(monkeypatch, running)
        yield running


@pytest.fixture
def site(tmp_path, tls_broker):
    return Site(tmp_path / "site", gateway_door(tls_broker.home, "F001"))


def session(site, queue, **other):
    door = site.config.door
    named = {name: getattr(door, name) for name in door.__slots__} | other
    return Session(
        door=type(door)(**named), node="site", queue=queue, key=site.own_key(), now_ms=now_ms
    )


def refusal(site, **other):
    with site.queue() as queue, pytest.raises(Unavailable) as refused:
        session(site, queue, **other).__enter__()
    return refused.value.reason.code


def test_what_a_gateway_says_over_tls_becomes_history(site, tls_broker):
    with site.queue() as queue, ingesting(tls_broker.home), working(site):
        counted(queue, 0, 100)
        until(lambda: len(counts(tls_broker.home)) == 100)

    assert "-----BEGIN CERTIFICATE-----" in site.file.read_text()
    assert list(range(100)) == counts(tls_broker.home)


def test_a_broker_that_shows_another_certificate_hears_no_password(site, tmp_path):
    stranger = local_certificate(Home(tmp_path / "stranger").prepare(), ["127.0.0.1"])

    found = refusal(site, authority=stranger.authority.read_text())

    assert "make.broker_unknown" == found


def test_a_certificate_of_another_name_is_refused(site, tls_broker, monkeypatch):
    monkeypatch.setattr(tls_broker, "_known", (0, 0))
    other = local_certificate(tls_broker.home, ["other.example"], of="other")
    monkeypatch.setenv("DURE_MQTT_CERTIFICATE", str(other.certificate))
    monkeypatch.setenv("DURE_MQTT_KEY", str(other.key))
    tls_broker.tend()
    until(lambda: served(tls_broker) == other.certificate.read_text())

    assert "make.broker_unknown" == refusal(site)


def served(broker):
    return ssl.get_server_certificate(("127.0.0.1", broker.broker.mqtt_port))


def test_without_tls_nobody_is_let_in(site):
    assert refusal(site, tls=False) in ("make.broker_mute", "make.broker_silent")


def test_a_broker_that_speaks_no_tls_hears_no_password(tmp_path, monkeypatch):
    with running_nats(tmp_path / "plain", ["F001"]) as plain:
        site = Site(tmp_path / "site", plain.door("F001"))

        assert refusal(site, tls=True) in ("make.broker_no_tls", "make.broker_silent")


def test_the_operators_own_certificate_is_shown_and_renewed_without_a_restart(
    site, tls_broker, tmp_path, monkeypatch
):
    theirs = Home(tmp_path / "theirs").prepare()
    first = local_certificate(theirs, ["127.0.0.1"], of="first")
    second = local_certificate(theirs, ["127.0.0.1", "coop.example"], of="second")
    for each, name in ((first, "first"), (second, "second")):
        monkeypatch.setenv("DURE_MQTT_CERTIFICATE", str(each.certificate))
        monkeypatch.setenv("DURE_MQTT_KEY", str(each.key))
        monkeypatch.setattr(tls_broker, "_known", (0, 0))  # as on the next day

        tls_broker.tend()

        until(lambda each=each: served(tls_broker) == each.certificate.read_text(), name)
    monkeypatch.setenv("DURE_MQTT_AUTHORITY", str(first.authority))
    with site.queue() as queue, session(site, queue, authority=authority(tls_broker.home)) as told:
        assert not told.is_over


def test_a_file_of_the_operator_that_is_missing_is_told_at_the_start(tmp_path, monkeypatch):
    home = Home(tmp_path / "home").prepare()
    monkeypatch.setenv("DURE_MQTT_CERTIFICATE", str(tmp_path / "away.crt"))

    with pytest.raises(Refused) as half:
        lay_certificate(home, "0.0.0.0")
    monkeypatch.setenv("DURE_MQTT_KEY", str(tmp_path / "away.key"))
    with pytest.raises(Refused) as away:
        lay_certificate(home, "0.0.0.0")

    assert ("stack.mqtt_half", "stack.mqtt_file") == (
        half.value.reason.code, away.value.reason.code
    )  # fmt: skip


@pytest.mark.parametrize(
    ("host", "line", "expected"),
    [
        ("127.0.0.1", "", False),
        ("localhost", ", tls: false", False),
        ("127.0.0.1", ", tls: true", True),
        ("coop.example", "", True),
        ("10.0.0.7", ", tls: true", True),
    ],
)
def test_to_another_computer_a_gateway_speaks_tls_whatever_the_file_leaves_out(
    tmp_path, host, line, expected
):
    text = GOOD.replace("127.0.0.1, port: 1883", f"{host}, port: 1883{line}", 1)

    assert expected == read(tmp_path, text).door.tls


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("127.0.0.1, port", "coop.example, tls: false, port", "make.config_plain"),
        ("group: F001}", "group: F001, authority: nobody}", "make.config_value"),
    ],
)
def test_a_password_in_the_clear_and_an_odd_authority_are_refused(tmp_path, old, new, code):
    with pytest.raises(Malformed) as refused:
        read(tmp_path, GOOD.replace(old, new, 1))

    assert code == refused.value.reason.code
