"""Checkpoints time-stamped by openssl, as an authority on this machine."""

import shutil
import subprocess

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from dure.cli.entry import run
from dure.kernel.errors import Unavailable, Unproven
from dure.prove.engine.note import sign_note
from dure.prove.wire.timestamp import TimeStamps
from tests.prove.log import LOG

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="apt-get install openssl")
NOTE = sign_note("dure.example/log\n7\n" + "A" * 43 + "=\n", LOG)
CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[tsa_cert]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "config").write_text(CONFIG)
    (folder / "serial").write_text("01\n")

    def openssl(*words, **more):
        return subprocess.run(
            ["openssl", *words], cwd=folder, capture_output=True, check=True, **more
        ).stdout

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "config")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj", "/CN=Test root", "-extensions", "ca")  # fmt: skip
    openssl("req", "-new", *curve, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA")
    openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "20",
            "-CAcreateserial", "-out", "tsa.pem", "-extfile", "config",
            "-extensions", "tsa_cert")  # fmt: skip

    def answer(request):
        (folder / "query").write_bytes(request.content)
        return httpx.Response(200, content=openssl(
            "ts", "-reply", "-queryfile", "query", "-signer", "tsa.pem", "-inkey", "tsa.key",
            "-config", "config", "-section", "tsa",
        ))  # fmt: skip

    certificates = [
        load_pem_x509_certificate((folder / f"{n}.pem").read_bytes()) for n in ("tsa", "ca")
    ]
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        yield TimeStamps(http, "http://tsa.example/", *certificates)


def test_a_receipt_says_when_the_checkpoint_existed(authority):
    receipt = authority.submit(NOTE)

    first, again = authority.verify(receipt, NOTE), authority.verify(receipt, NOTE)

    assert first == again
    assert first.at.tzinfo is not None
    assert "CN=Test TSA" == first.by


def test_the_command_judges_a_receipt_offline(authority, tmp_path, capsys):
    (tmp_path / "receipt").write_bytes(authority.submit(NOTE))
    (tmp_path / "checkpoint").write_bytes(bytes(NOTE))
    for name, certificate in (("t", authority.certificate), ("r", authority.root)):
        (tmp_path / name).write_bytes(certificate.public_bytes(Encoding.PEM))
    words = ["anchor", "verify", str(tmp_path / "checkpoint"), str(tmp_path / "receipt")]

    assert 0 == run([*words, "--certificate", str(tmp_path / "t"), "--root", str(tmp_path / "r")])

    assert "CN=Test TSA" in capsys.readouterr().out
    assert 2 == run(words)


def test_a_receipt_holds_for_no_other_checkpoint(authority):
    receipt = authority.submit(NOTE)
    other = sign_note(NOTE.text.replace("7", "8"), LOG)

    with pytest.raises(Unproven, match="anchor"):
        authority.verify(receipt, other)


def test_a_flipped_bit_in_a_receipt_is_refused(authority):
    receipt = authority.submit(NOTE)

    for at in range(60, len(receipt), 7):
        changed = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        try:
            assert authority.verify(receipt, NOTE) == authority.verify(changed, NOTE)
        except Unproven:
            continue


def test_an_authority_that_is_away_is_said(authority):
    def away(request):
        raise httpx.ConnectError("no route")

    with httpx.Client(transport=httpx.MockTransport(away)) as http:
        stamps = TimeStamps(http, "http://tsa.example/", authority.certificate, authority.root)

        with pytest.raises(Unavailable, match="anchor_away"):
            stamps.submit(NOTE)
