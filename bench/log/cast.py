"""Keys, entries and clocks that every figure of the log shares."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TypeVar

from dure.kernel.time import Instant
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.policy import Group, Policy

Item = TypeVar("Item")

MILLION = 1_000_000
PEERS = 50_000  # entries in a peer's tree: a million take it minutes
NOON = Instant.fromisoformat("2026-12-03T12:00:00+00:00")
KEY = signing_key("dure.bench/log/2026", SignatureType.ED25519, bytes(32))
WITNESSES = [
    signing_key(f"dure.bench/w/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32)
    for n in range(1, 6)
]
POLICY = Policy(
    logs=(KEY.verifier,),
    witnesses={key.verifier.name: key.verifier for key in WITNESSES},
    groups={"members": Group(5, tuple(key.verifier.name for key in WITNESSES))},
    quorum="members",
)


def entry(number: int) -> bytes:
    """Give an entry of 200 bytes."""
    return b"%0200d" % number


def rate(work: Callable[[Item], object], items: Sequence[Item]) -> float:
    """Give how many items a second work does."""
    began = perf_counter()
    for item in items:
        work(item)
    return len(items) / (perf_counter() - began)
