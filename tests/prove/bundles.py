"""Bundles for tests: one log of five entries, two of them the fact RECORD."""

from datetime import UTC, datetime

from dure.kernel import merkle
from dure.kernel.commitment import commit, disclose
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign
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


def fact_entry(record=RECORD, held="custodian"):
    entry = Entry(
        kind="fact",
        issuer=public_key(SEED),
        commit=commit(record, KEY),
        time=datetime(2026, 12, 3, 5, tzinfo=UTC),
        seq=0,
        prev=FIRST,
        held=held,
    )
    return sign(entry, SEED).line()


def proof_of(entries, index, keys=(LOG, *WITNESSES)):
    leaves = [entry_hash(entry) for entry in entries]
    levels = merkle.nodes(leaves)
    checkpoint = Checkpoint(
        origin="dure.example/guro/2026", size=len(leaves), root=merkle.root(leaves)
    )
    return Proof(
        index=index,
        hashes=tuple(merkle.inclusion_proof(index, len(leaves), lambda k, i: levels[k][i])),
        checkpoint=sign_note(checkpoint.text(), *keys, time=1_796_000_000),
    )


def bundle(held="custodian", keys=(LOG, *WITNESSES)):
    entries = [b"before", fact_entry(held=held), b"between", fact_entry(), b"after"]
    shown = disclose(RECORD, KEY, ["/kind", "/payload/lot", "/payload/quantity"])
    return write_bundle(
        [with_disclosure(proof_of(entries, index, keys), entries[index], shown) for index in (3, 1)]
    )
