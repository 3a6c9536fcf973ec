"""
Bundles for tests: one log of seven entries, two of them the fact RECORD.

One is signed by a key that the custodian holds, the other by a key that may be a device's. Where
these were registered and revoked stands in the log, too.
"""

from datetime import UTC, datetime

from dure.kernel import merkle
from dure.kernel.commitment import commit, disclose
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign, to_text
from dure.prove.engine.bundle import with_disclosure, write_bundle
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.keys import SignatureType, signing_key
from dure.prove.engine.note import sign_note
from dure.prove.engine.policy import Group, Policy
from dure.prove.engine.proof import Proof

LOG = signing_key("dure.example/guro/2026", SignatureType.ED25519, bytes(32))
WITNESSES = [
    signing_key(f"dure.example/w/{n}", SignatureType.COSIGNATURE, bytes([n]) * 32)
    for n in range(1, 6)
]
POLICY = Policy(
    logs=(LOG.verifier,),
    witnesses={f"w{n}": key.verifier for n, key in enumerate(WITNESSES, start=1)},
    groups={"members": Group(5, tuple(f"w{n}" for n in range(1, 6)))},
    quorum="members",
)
SEED = bytes(range(32))
RECORD = {
    "kind": "LotShipped",
    "at": "2026-12-03T05:00:00Z",
    "payload": {"lot": "L-1", "quantity": 520, "price": 123_456, "to": "G-7"},
}
KEY = bytes([3]) * 32


AT = datetime(2026, 12, 3, 5, tzinfo=UTC)
OTHER_SEED = bytes(range(1, 33))
SHOWN = ["/kind", "/payload/lot", "/payload/quantity"]
OF_A_KEY = ["/kind", "/payload/public_key", "/payload/month", "/payload/held"]


def issued(record=RECORD, *, kind="fact", seed=SEED, held="custodian", seq=0, at=AT):
    entry = Entry(
        kind=kind, issuer=public_key(seed), commit=commit(record, KEY), time=at, seq=seq,
        prev=bytes([1]) * 32 if seq else FIRST, held=held,
    )  # fmt: skip
    return sign(entry, seed).line()


def fact_entry(record=RECORD, held="custodian"):
    return issued(record, held=held)


def about_key(seed=SEED, held="custodian", kind="KeyRegistered", month="2026-12-01"):
    payload = {"public_key": to_text(public_key(seed)), "month": month, "held": held, "before": ""}
    return {"kind": kind, "at": "2026-12-03T05:00:00Z", "payload": payload}


def proof_of(entries, index, keys=(LOG, *WITNESSES), origin=LOG.verifier.name):
    leaves = [entry_hash(entry) for entry in entries]
    levels = merkle.nodes(leaves)
    checkpoint = Checkpoint(origin=origin, size=len(leaves), root=merkle.root(leaves))
    return Proof(
        index=index,
        hashes=tuple(merkle.inclusion_proof(index, len(leaves), lambda k, i: levels[k][i])),
        checkpoint=sign_note(checkpoint.text(), *keys, time=1_796_000_000),
    )


def part(entries, index, record=RECORD, paths=SHOWN, keys=(LOG, *WITNESSES)):
    shown = disclose(record, KEY, paths)
    return with_disclosure(proof_of(entries, index, keys), entries[index], shown)


def bundle(held="custodian", keys=(LOG, *WITNESSES), *, registered=True):
    """The facts at 3 and 5, and at 1 and 2 the registrations of their keys."""
    ours, others = about_key(), about_key(OTHER_SEED, held)
    entries = [
        b"before",
        issued(ours, kind="key"),
        issued(others, kind="key", seed=OTHER_SEED, held=held),
        issued(seed=OTHER_SEED, held=held, seq=1),
        b"between",
        issued(seq=1),
        b"after",
    ]
    parts = [part(entries, index, keys=keys) for index in (5, 3)]
    if registered:
        parts.append(part(entries, 1, ours, OF_A_KEY, keys))
        parts.append(part(entries, 2, others, OF_A_KEY, keys))
    return write_bundle(parts)
