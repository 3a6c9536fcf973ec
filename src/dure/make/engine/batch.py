"""
A batch as a member's own device signs it: a Sparkplug payload with a seal at its end.

The seal stands in the payload's last field, `body` (number 5), which Sparkplug leaves to
whoever writes it: any other host reads the payload as if there were none.

    2a 61                      field 5, 97 bytes
    01                         version
    <16 bytes>                 the gateway's queue, made with it
    <8 bytes>                  serial number within that queue, from 1, big-endian
    <8 bytes>                  which key: the first bytes of the public key's SHA-256
    <64 bytes>                 Ed25519 signature

Signed is `dure gateway batch v1`, a zero byte, the topic, a zero byte, everything before the
signature. Serials rise by one: a batch sent twice is known by its serial, a batch that never
came by the serial that is missing.
"""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from dure.kernel.errors import Unproven

DOMAIN = b"dure gateway batch v1\0"
PROOF_DOMAIN = b"dure gateway key v1\0"
HEAD = b"\x2a\x61\x01"
SIGNATURE = 64
LENGTH = 99
KEY_ID = 8


@dataclass(frozen=True, slots=True)
class Seal:
    """Who signed a batch, and which of that gateway's batches it is."""

    queue: UUID
    serial: int
    key_id: bytes
    signature: bytes


def key_id(public_key: bytes) -> bytes:
    """Give the eight bytes by which a seal names a public key."""
    return sha256(public_key).digest()[:KEY_ID]


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Give the 32 bytes of a key's public half."""
    return key.public_key().public_bytes_raw()


def sealed(
    topic: str, payload: bytes, *, queue: UUID, serial: int, key: Ed25519PrivateKey
) -> bytes:
    """Put a seal at the end of a payload that has no body of its own."""
    mine = key_id(public_bytes(key))
    unsigned = payload + HEAD + queue.bytes + serial.to_bytes(8, "big") + mine
    return unsigned + key.sign(_signed(topic, unsigned))


def seal_of(message: bytes) -> Seal | None:
    """Read the seal at the end of a payload; None where it has none."""
    end = message[-LENGTH:]
    if len(end) < LENGTH or not end.startswith(HEAD):
        return None
    return Seal(
        queue=UUID(bytes=end[3:19]),
        serial=int.from_bytes(end[19:27], "big"),
        key_id=end[27:35],
        signature=end[35:],
    )


def check_seal(topic: str, message: bytes, public_key: bytes) -> None:
    """Raise Unproven unless the seal of a message was made for this topic with this key."""
    _verify(topic, public_key, message[-SIGNATURE:], _signed(topic, message[:-SIGNATURE]))


def proof_of_key(group: str, key: Ed25519PrivateKey) -> bytes:
    """Sign a member's group: shows that whoever registers a key holds its private half."""
    return key.sign(PROOF_DOMAIN + group.encode())


def check_proof(group: str, public_key: bytes, proof: bytes) -> None:
    """Raise Unproven unless proof was made for this group with this key."""
    _verify(group, public_key, proof, PROOF_DOMAIN + group.encode())


def _signed(topic: str, unsigned: bytes) -> bytes:
    return DOMAIN + topic.encode() + b"\0" + unsigned


def _verify(topic: str, public_key: bytes, signature: bytes, signed: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError) as wrong:
        raise Unproven("make.wrong_seal", topic=topic) from wrong
