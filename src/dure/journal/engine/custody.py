"""Keeping a member's signing key for it: encrypted under a key that is not in the database."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dure.kernel.errors import Unavailable

NONCE = 12


def seal(secret: bytes, *, under: bytes, nonce: bytes, owner: bytes) -> bytes:
    """Encrypt a secret with AES-256-GCM, bound to its owner; gives nonce and ciphertext."""
    assert len(under) == 32, "AES-256 takes 32 bytes"
    assert len(nonce) == NONCE, "GCM takes 12 bytes"
    return nonce + AESGCM(under).encrypt(nonce, secret, owner)


def unseal(sealed: bytes, *, under: bytes, owner: bytes) -> bytes:
    """Decrypt what `seal` gave; raises Unavailable where the custody key is another one."""
    try:
        return AESGCM(under).decrypt(sealed[:NONCE], sealed[NONCE:], owner)
    except InvalidTag as bad:
        raise Unavailable("journal.custody_key_differs") from bad
