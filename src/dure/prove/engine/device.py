"""
A member's own device: what it signs, and what it refuses to sign.

The server tells it what its firm said, with the key that salts it; the device commits to that
itself, continues its own chain, and signs. Whoever runs it keeps each line on disk before it
leaves, so that no two are signed for one place in the chain, and all can be shown later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from dure.kernel.canonical import from_canonical
from dure.kernel.commitment import commit
from dure.kernel.entry import FIRST, Entry, Kind, entry_hash, public_key, sign, to_text
from dure.kernel.errors import Unproven
from dure.kernel.time import Instant, seoul_month

_ABOUT_KEYS = {"key": "KeyRegistered", "revoke": "KeyRevoked"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A fact that waits for the device: the kind of its entry, its canonical JSON, its key."""

    kind: Kind
    body: bytes
    key: bytes


def sign_all(
    waiting: Iterable[Waiting], *, seed: bytes, firm: UUID, signed: Sequence[bytes]
) -> list[bytes]:
    """
    Sign what waits, to follow the lines that the device's key has signed so far.

    Raises Unproven for what is not the firm's own word in the key's month, or another key's
    registration; Malformed for what cannot be read.
    """
    chain = list(signed)
    for item in waiting:
        chain.append(_signed(item, seed, firm, chain))
    return chain[len(signed) :]


def _signed(item: Waiting, seed: bytes, firm: UUID, chain: Sequence[bytes]) -> bytes:
    body: dict[str, Any] = from_canonical(item.body)
    if body["actor_firm"] != str(firm):
        raise Unproven("prove.device_not_ours", fact=body["id"])
    _check_kind(item.kind, body, public_key(seed), len(chain))
    entry = Entry(
        kind=item.kind,
        issuer=public_key(seed),
        commit=commit(body, item.key),
        time=_instant(body),
        seq=len(chain),
        prev=entry_hash(chain[-1]) if chain else FIRST,
        held="device",
    )
    return sign(entry, seed).line()


def _check_kind(kind: Kind, body: dict[str, Any], ours: bytes, seq: int) -> None:
    """A chain begins with its key's registration; only its end, if any, speaks of the key again."""
    if (seq == 0) != (kind == "key"):
        raise Unproven("prove.device_order", fact=body["id"])
    if kind == "fact":
        return
    said, payload = body["kind"], body["payload"]
    month = seoul_month(_instant(body)).isoformat()
    expected = (_ABOUT_KEYS.get(kind), to_text(ours), month)
    if (said, payload.get("public_key"), payload.get("month", month)) != expected:
        raise Unproven("prove.device_order", fact=body["id"])


def _instant(body: dict[str, Any]) -> Instant:
    return datetime.fromisoformat(body["at"])
