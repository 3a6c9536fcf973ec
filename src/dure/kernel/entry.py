r"""
Log entries: the signed line that stands in the public log for one fact.

An entry is canonical JSON of at most 512 bytes. It names no firm and no kind of business;
what it stands for is behind the commitment.

    v        1
    kind     what commit is: "fact" a commitment, "key" or "revoke" a public key, "shard" a root
    issuer   the issuer's Ed25519 public key, which serves as its pseudonym for a month
    commit   32 bytes
    time     when it was issued (business time)
    seq      0, 1, 2, … per issuer
    prev     SHA-256(0x00 ‖ the issuer's entry before this one); 32 zero bytes where seq is 0
    held     who holds the issuer's key: "device" (the firm) or "custodian" (the server)
    sig      Ed25519 over "dure/entry/v1\n" ‖ canonical JSON of all the rest

Binary values are base64url without padding, in their one canonical spelling.

    entry = Entry(kind="fact", issuer=public_key(seed), commit=commitment, time=at, ...)
    line = sign(entry, seed).line()        # what the log keeps
    check_signature(parse(line))           # what anyone checks
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, cast, get_args

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dure.kernel.canonical import LARGEST, Json, canonical, from_canonical, rfc3339
from dure.kernel.errors import Malformed, Unproven
from dure.kernel.merkle import leaf_hash
from dure.kernel.time import Instant

LARGEST_ENTRY = 512
PREFIX = b"dure/entry/v1\n"
FIRST = bytes(32)  # prev of an issuer's first entry

Kind = Literal["fact", "key", "revoke", "shard"]
Holder = Literal["device", "custodian"]
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_NAMES = {"v", "kind", "issuer", "commit", "time", "seq", "prev", "held", "sig"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One log entry; sig is empty until it is signed."""

    kind: Kind
    issuer: bytes
    commit: bytes
    time: Instant
    seq: int
    prev: bytes
    held: Holder
    sig: bytes = b""

    def signing_bytes(self) -> bytes:
        """Give the bytes that the issuer signs, wherever its key is."""
        return PREFIX + canonical(self._rest())

    def line(self) -> bytes:
        """Give the bytes that the log keeps: canonical JSON with the signature."""
        assert len(self.sig) == 64, "an entry is signed before it is kept"
        return canonical({**self._rest(), "sig": to_text(self.sig)})

    def _rest(self) -> dict[str, Json]:
        return {
            "v": 1,
            "kind": self.kind,
            "issuer": to_text(self.issuer),
            "commit": to_text(self.commit),
            "time": rfc3339(self.time),
            "seq": self.seq,
            "prev": to_text(self.prev),
            "held": self.held,
        }


def with_signature(entry: Entry, sig: bytes) -> Entry:
    """Attach a signature made elsewhere; raises Unproven unless it is the issuer's."""
    signed = replace(entry, sig=sig)
    check_signature(signed)
    return signed


def sign(entry: Entry, seed: bytes) -> Entry:
    """Sign entry with the 32-byte Ed25519 seed of its issuer."""
    return replace(entry, sig=_private(seed).sign(entry.signing_bytes()))


def check_signature(entry: Entry) -> None:
    """Raise Unproven unless entry is signed by its issuer."""
    try:
        key = Ed25519PublicKey.from_public_bytes(entry.issuer)
        key.verify(entry.sig, entry.signing_bytes())
    except (InvalidSignature, ValueError) as bad:
        raise Unproven("kernel.entry_signature") from bad


def parse(line: bytes) -> Entry:
    """Read an entry; raises Malformed unless line is exactly what `Entry.line` writes."""
    if len(line) > LARGEST_ENTRY:
        raise Malformed("kernel.entry", problem="longer than 512 bytes")
    given = from_canonical(line)
    if not isinstance(given, dict) or set(given) != _NAMES:
        raise Malformed("kernel.entry", problem="has other fields")
    entry = _read(given)
    if entry.line() != line:
        raise Malformed("kernel.entry", problem="is not spelled canonically")
    return entry


def entry_hash(line: bytes) -> bytes:
    """Hash an entry: its leaf in the log, and prev of the issuer's next one."""
    return leaf_hash(line)


def public_key(seed: bytes) -> bytes:
    """Give the raw public key of a 32-byte Ed25519 seed."""
    return _private(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def check_ed25519_key(public: bytes) -> None:
    """Raise Malformed for a key of small order or of a second spelling: libraries differ there."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if len(public) != 32 or y >= _P or y in _SMALL_ORDER:
        raise Malformed("kernel.weak_key")
    try:
        Ed25519PublicKey.from_public_bytes(public)
    except ValueError as bad:
        raise Malformed("kernel.weak_key") from bad


_P = 2**255 - 19
# The y coordinates of the eight points whose order divides 8.
_Y8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


def to_text(data: bytes) -> str:
    """Write bytes as base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def from_text(text: object, size: int) -> bytes:
    """Read size bytes from their one canonical base64url spelling; raises Malformed."""
    if isinstance(text, str) and _BASE64URL.fullmatch(text) and len(text) == -(-size * 4 // 3):
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if to_text(data) == text:  # the bits that are left over must be zero
            return data
    raise Malformed("kernel.base64", size=size)


# Loading a key derives its public half, which costs as much as a signature.
@lru_cache(maxsize=256)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)


def _read(given: dict[str, Any]) -> Entry:
    kind, held, seq = given["kind"], given["held"], given["seq"]
    if given["v"] != 1 or kind not in get_args(Kind) or held not in get_args(Holder):
        raise Malformed("kernel.entry", problem="is of an unknown kind")
    prev = from_text(given["prev"], 32)
    if type(seq) is not int or not 0 <= seq <= LARGEST or (prev == FIRST) != (seq == 0):
        raise Malformed("kernel.entry", problem="has no place in its issuer's chain")
    return Entry(
        kind=cast(Kind, kind),
        issuer=from_text(given["issuer"], 32),
        commit=from_text(given["commit"], 32),
        time=_instant(given["time"]),
        seq=seq,
        prev=prev,
        held=cast(Holder, held),
        sig=from_text(given["sig"], 64),
    )


def _instant(text: object) -> Instant:
    try:
        instant = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Malformed("kernel.entry", problem="has no instant")
    return instant.astimezone(UTC)
