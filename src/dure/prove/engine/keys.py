r"""
Keys that sign notes (C2SP signed-note and tlog-cosignature).

A verifier key is written `name+id+base64(type ‖ key)`, id being the first four bytes of
SHA-256(name ‖ "\n" ‖ type ‖ key) in hex. Types:

    0x01  Ed25519 over the text: logs
    0x04  Ed25519 cosignature over "cosignature/v1\ntime T\n" ‖ text: witnesses
    0x06  ML-DSA-44 cosignature over cosigner, time, origin, size and root: witnesses,
          safe against quantum computers, and bound to the cosigner's name

Cosignatures begin with T, 8 bytes of big-endian POSIX time. A signing key is the 32-byte
seed, written like Go's `PRIVATE+KEY+name+id+base64(type ‖ seed)`.

Ed25519 keys of small order or in a non-canonical encoding are refused: libraries differ
on what they verify.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from dure.kernel.entry import check_ed25519_key
from dure.kernel.errors import Malformed, Unproven
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.strict import read_base64, write_base64


class SignatureType(IntEnum):
    """The signature types that we make and check."""

    ED25519 = 0x01
    COSIGNATURE = 0x04
    ML_DSA_44 = 0x06


PUBLIC_SIZE = {
    SignatureType.ED25519: 32,
    SignatureType.COSIGNATURE: 32,
    SignatureType.ML_DSA_44: 1312,
}
_PRIVATE = "PRIVATE+KEY+"


@dataclass(frozen=True)
class VerifierKey:
    """A public key under a name, for one type of signature."""

    name: str
    type: SignatureType
    public: bytes

    @cached_property
    def id(self) -> bytes:
        """Give the four bytes by which a signature line says which key made it."""
        head = f"{self.name}\n".encode() + bytes([self.type])
        return sha256(head + self.public).digest()[:4]

    def __str__(self) -> str:
        body = write_base64(bytes([self.type]) + self.public)
        return f"{self.name}+{self.id.hex()}+{body}"

    def check(self, text: str, signature: bytes) -> None:
        """Raise Unproven unless signature over the note's text is this key's."""
        message, raw = _SIGNED[self.type](self.name, text, signature)
        try:
            _public(self.type, self.public).verify(raw, message)
        except InvalidSignature as bad:
            raise Unproven("prove.signature", name=self.name) from bad


@dataclass(frozen=True)
class SigningKey:
    """A key that signs notes, with its public half."""

    verifier: VerifierKey
    seed: bytes

    def __str__(self) -> str:
        body = write_base64(bytes([self.verifier.type]) + self.seed)
        return f"{_PRIVATE}{self.verifier.name}+{self.verifier.id.hex()}+{body}"

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier.name!r})"

    def sign(self, text: str, *, time: int = 0) -> bytes:
        """Sign a note's text; a cosignature says that it was made at time (POSIX seconds)."""
        stamp = b"" if self.verifier.type is SignatureType.ED25519 else struct.pack(">Q", time)
        message, _ = _SIGNED[self.verifier.type](self.verifier.name, text, stamp)
        return stamp + _private(self.verifier.type, self.seed).sign(message)


def cosigned_at(signature: bytes) -> int:
    """Give the POSIX time that a cosignature carries."""
    return int(struct.unpack_from(">Q", signature)[0])


def signing_key(name: str, kind: SignatureType, seed: bytes) -> SigningKey:
    """Make the signing key that a 32-byte seed stands for."""
    _check_name(name)
    public = _private(kind, seed).public_key().public_bytes_raw()
    return SigningKey(VerifierKey(name, kind, public), seed)


def read_verifier_key(text: str) -> VerifierKey:
    """Read `name+id+key`; raises Malformed, also for a key that nobody should trust."""
    name, key_id, kind, public = _parts(text)
    if len(public) != PUBLIC_SIZE[kind]:
        raise Malformed("prove.verifier_key", problem="has a key of another size")
    if kind is not SignatureType.ML_DSA_44:
        check_ed25519_key(public)
    key = VerifierKey(name, kind, public)
    if key.id.hex() != key_id:
        raise Malformed("prove.verifier_key", problem="has an id that is not its key's")
    return key


def read_signing_key(text: str) -> SigningKey:
    """Read what `str(SigningKey)` writes; raises Malformed."""
    if not text.startswith(_PRIVATE):
        raise Malformed("prove.signing_key", problem="does not begin with PRIVATE+KEY+")
    name, key_id, kind, seed = _parts(text.removeprefix(_PRIVATE))
    if len(seed) != 32:
        raise Malformed("prove.signing_key", problem="has a seed of another size")
    key = signing_key(name, kind, seed)
    if key.verifier.id.hex() != key_id:
        raise Malformed("prove.signing_key", problem="has an id that is not its key's")
    return key


def is_key_name(name: str) -> bool:
    """Say whether a key may bear name: not empty, no plus, no space of any script."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def _parts(text: str) -> tuple[str, str, SignatureType, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, body = rest.partition("+")
    _check_name(name)
    data = read_base64(body)
    if not data or data[0] not in set(SignatureType):
        raise Malformed("prove.verifier_key", problem="is of an unknown type")
    return name, key_id, SignatureType(data[0]), data[1:]


def _check_name(name: str) -> None:
    if not is_key_name(name):
        raise Malformed("prove.key_name", name=name[:64])


Signed = tuple[bytes, bytes]  # the message, and the raw signature over it


def _plain(_name: str, text: str, signature: bytes) -> Signed:
    return text.encode(), signature


def _cosignature(name: str, text: str, signature: bytes) -> Signed:
    time = _time(name, signature)
    return f"cosignature/v1\ntime {time}\n{text}".encode(), signature[8:]


def _subtree(name: str, text: str, signature: bytes) -> Signed:
    checkpoint = read_checkpoint(text)
    who, origin = name.encode(), checkpoint.origin.encode()
    if len(who) > 255 or len(origin) > 255:
        raise Malformed("prove.key_name", name=name[:64])
    message = (
        b"subtree/v1\n\x00"
        + bytes([len(who)])
        + who
        + struct.pack(">Q", _time(name, signature))
        + bytes([len(origin)])
        + origin
        + struct.pack(">QQ", 0, checkpoint.size)
        + checkpoint.root
    )
    return message, signature[8:]


def _time(name: str, signature: bytes) -> int:
    if len(signature) < 8 or cosigned_at(signature) >= 2**63:
        raise Unproven("prove.signature", name=name)
    return cosigned_at(signature)


_SIGNED: dict[SignatureType, Callable[[str, str, bytes], Signed]] = {
    SignatureType.ED25519: _plain,
    SignatureType.COSIGNATURE: _cosignature,
    SignatureType.ML_DSA_44: _subtree,
}


@lru_cache(maxsize=256)
def _public(kind: SignatureType, public: bytes) -> Ed25519PublicKey | MLDSA44PublicKey:
    if kind is SignatureType.ML_DSA_44:
        return MLDSA44PublicKey.from_public_bytes(public)
    return Ed25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=64)
def _private(kind: SignatureType, seed: bytes) -> Ed25519PrivateKey | MLDSA44PrivateKey:
    if kind is SignatureType.ML_DSA_44:
        return MLDSA44PrivateKey.from_seed_bytes(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)
