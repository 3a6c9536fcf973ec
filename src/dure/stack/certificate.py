"""
A local certificate, so that phones on the shop's network reach the portal over HTTPS, and
machines there the broker over TLS.

A small authority of the home's own signs a certificate for this machine's names. Whoever trusts
the authority's certificate (files/dure-local-authority.crt) on a phone sees no warning. Its key
stays in secrets/. The machine's certificate lasts 200 days and is made anew when its names
change or 30 days are left.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dure.stack.home import Home, replace_file

AUTHORITY_DAYS, MACHINE_DAYS, RENEW_DAYS = 3650, 200, 30
SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """Files of the machine's certificate and key, and the authority that people are to trust."""

    certificate: Path
    key: Path
    authority: Path
    fingerprint: str
    """SHA-256 of the authority's certificate, to compare with what a phone shows."""


def authority_file(home: Home) -> Path:
    """Give where the certificate of the home's own authority lies, once there is one."""
    return home.files / "dure-local-authority.crt"


def local_certificate(home: Home, names: Sequence[str], *, of: str = "portal") -> LocalCertificate:
    """
    Give a certificate for names (host names and addresses); make what is missing or worn.

    of is what it belongs to: the portal, or the broker's door for machines.
    """
    file = authority_file(home)
    authority, authority_key = _authority(home, file)
    certificate, key = home.run / f"{of}.crt", home.secrets / f"{of}_tls_key"
    if not (certificate.exists() and key.exists() and _still_good(certificate, names, authority)):
        fresh_key = ec.generate_private_key(ec.SECP256R1())
        fresh = _sign(names, fresh_key, authority, authority_key)
        replace_file(key, _pem_of_key(fresh_key))
        replace_file(certificate, _pem(fresh))
    fingerprint = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return LocalCertificate(certificate, key, file, fingerprint)


def local_addresses() -> list[str]:
    """
    Give the names under which this machine is found on its network, the address first.

    The address is that of the interface towards the default route; nothing is sent for it.
    """
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: a documentation address
            found.append(probe.getsockname()[0])
        except OSError:  # no network at all: the machine's own name is left
            pass
    return [*found, socket.gethostname(), "localhost", "127.0.0.1"]


def _authority(home: Home, file: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    text = home.secret(
        "local_authority_key", lambda: _pem_of_key(ec.generate_private_key(ec.SECP256R1()))
    )
    key = serialization.load_pem_private_key(text.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey), "made above"
    if file.exists():
        return x509.load_pem_x509_certificate(file.read_bytes()), key
    name = _name("Dure local authority")
    builder = _builder(name, name, key.public_key(), AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.add_extension(SIGNS, critical=True).sign(key, hashes.SHA256())
    replace_file(file, _pem(certificate))
    file.chmod(0o644)
    return certificate, key


def _sign(
    names: Sequence[str],
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    builder = _builder(_name(names[0]), authority.subject, key.public_key(), MACHINE_DAYS)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    builder = builder.add_extension(
        x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False
    )
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = builder.add_extension(signed_by, critical=False)
    serves = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return builder.add_extension(serves, critical=False).sign(authority_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    """Begin a certificate by RFC 5280: every key has a name, and who signs is said by it."""
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _still_good(file: Path, names: Sequence[str], authority: x509.Certificate) -> bool:
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    there = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        left > timedelta(days=RENEW_DAYS)
        and set(there) == {_alternative(name) for name in names}
        and certificate.issuer == authority.subject
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem_of_key(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
