"""
TLS of the broker's door for machines: by which certificate it is known, and who is to trust it.

Passwords of members pass this door, so it speaks TLS wherever anybody but this computer may
knock (`is_loopback`). The certificate is the house's own (certificate.py), or that of the files
which the operator names:

    DURE_MQTT_CERTIFICATE   the certificate and what leads to its authority, PEM
    DURE_MQTT_KEY           its private key, PEM
    DURE_MQTT_AUTHORITY     the authority that gateways are to trust, PEM; left out, it is one of
                            those that every computer knows

They are laid beside the broker's configuration, where it may read them, and looked at anew each
day: a certificate that was renewed, by us or by the operator, is in force without a restart.
"""

import ipaddress
import os
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dure.kernel.errors import Refused
from dure.stack.certificate import authority_file, local_addresses, local_certificate
from dure.stack.home import Home, replace_file

CERTIFICATE, KEY = "mqtt.crt", "mqtt.key"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def is_loopback(host: str) -> bool:
    """Say whether a listener at host hears this computer alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def lay_certificate(home: Home, host: str) -> list[Path]:
    """
    Lay certificate and key into nats/; gives both files. host is where the broker listens.

    Raises Refused where the operator named a file that is not there, or one without the other.
    """
    certificate, key = _named("CERTIFICATE"), _named("KEY")
    if bool(certificate) != bool(key):
        raise Refused("stack.mqtt_half")
    if not certificate or not key:
        ours = local_certificate(home, _names(host), of="mqtt")
        certificate, key = ours.certificate, ours.key
    laid = [home.nats / CERTIFICATE, home.nats / KEY]
    for source, goal in zip((certificate, key), laid, strict=True):
        replace_file(goal, _text(source))
    return laid


def authority(home: Home) -> str:
    """Give the authority that gateways are to trust, PEM; '' is what every computer trusts."""
    if named := _named("AUTHORITY"):
        return _text(named)
    if _named("CERTIFICATE"):
        return ""
    file = authority_file(home)
    return file.read_text() if file.exists() else ""


def trusting(pem: str) -> ssl.SSLContext:
    """Give a TLS context that trusts one authority; without one, what every computer trusts."""
    return ssl.create_default_context(cadata=pem or None)


def own_context(home: Home) -> ssl.SSLContext:
    """
    Give the TLS context in which we ourselves knock at our own broker.

    Its certificate names the address that machines use, not always ours: we trust just the one
    that we laid there, under any name. A broker that is not ours is met as a gateway meets it.
    """
    laid = home.nats / CERTIFICATE
    if not laid.exists():
        return trusting(authority(home))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    first = x509.load_pem_x509_certificates(laid.read_bytes())[0]
    context.load_verify_locations(cadata=first.public_bytes(Encoding.PEM).decode())
    return context


def _names(host: str) -> list[str]:
    """Give the names under which machines find us: those of this computer, and of the portal."""
    portal = os.environ.get("DURE_HOSTS", "").split(",")
    bare = [name.strip().strip("[]") for name in (*portal, host)]
    more = [name for name in bare if name and name[0] not in "*." and name not in EVERY_ADDRESS]
    return list(dict.fromkeys((*local_addresses(), *more)))


def _named(what: str) -> Path | None:
    name = os.environ.get(f"DURE_MQTT_{what}")
    return Path(name).expanduser() if name else None


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as away:
        raise Refused("stack.mqtt_file", file=str(file)) from away
