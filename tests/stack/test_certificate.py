import socket
import ssl
import threading
from pathlib import Path

import pytest

from dure.stack.certificate import LocalCertificate, local_addresses, local_certificate
from dure.stack.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path).prepare()


def greeted(made: LocalCertificate, name: str) -> str:
    """Shake hands over TLS as a browser that trusts the authority and asks for name."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.certificate, made.key)
    trusting = ssl.create_default_context(cafile=made.authority)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # RFC 5280 to the letter: newer clients do
    near, far = socket.socketpair()
    greet = threading.Thread(target=lambda: serving.wrap_socket(far, server_side=True).close())
    greet.start()
    try:
        with trusting.wrap_socket(near, server_hostname=name) as shaken:
            return shaken.version() or ""
    finally:
        greet.join()


@pytest.mark.parametrize("name", ["10.0.0.7", "shop.local"])
def test_a_browser_that_trusts_the_authority_sees_no_warning(home: Home, name: str) -> None:
    made = local_certificate(home, ["10.0.0.7", "shop.local"])

    assert greeted(made, name).startswith("TLS")


def test_it_is_made_once_and_anew_when_the_names_change(home: Home) -> None:
    first = local_certificate(home, ["10.0.0.7"]).certificate.read_text()
    same = local_certificate(home, ["10.0.0.7"]).certificate.read_text()
    other = local_certificate(home, ["10.0.0.8"])

    assert first == same
    assert first != other.certificate.read_text()
    assert greeted(other, "10.0.0.8").startswith("TLS")


def test_people_trust_the_same_authority_for_years(home: Home) -> None:
    first, second = local_certificate(home, ["a.local"]), local_certificate(home, ["b.local"])

    assert first.fingerprint == second.fingerprint
    assert 95 == len(first.fingerprint)


def test_keys_are_for_this_user_alone(home: Home) -> None:
    made = local_certificate(home, ["a.local"])

    assert 0o600 == made.key.stat().st_mode & 0o777
    assert home.secrets == made.key.parent
    assert 0o644 == made.authority.stat().st_mode & 0o777


def test_the_machine_knows_its_own_names() -> None:
    assert {"localhost", "127.0.0.1", socket.gethostname()} <= set(local_addresses())
