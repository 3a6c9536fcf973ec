"""
Bundles: the facts of a product, each with the fields it shows and its proof.

A bundle is one C2SP tlog-proof after another, so that any tool for those can take it
apart; a line that reads `c2sp.org/tlog-proof@v1` begins the next. The extra data of each
is canonical JSON:

    entry    the log entry, as it stands in the log
    size     number of leaves in the fact's commitment
    fields   [[index, path, value, salt], …] the fields that are shown, by index
    hashes   the hashes of what is not shown

fields -> commitment -> entry -> issuer's signature -> leaf -> root -> log and witnesses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.commitment import Disclosure, Field, check_disclosure
from dure.kernel.entry import Entry, check_signature, entry_hash, from_text, parse, to_text
from dure.kernel.errors import Malformed, Unproven
from dure.kernel.merkle import HASH_SIZE, check_inclusion
from dure.prove.engine.note import Note
from dure.prove.engine.policy import Policy, Witnessed, check_final
from dure.prove.engine.proof import HEADER, Proof, read_proof

LARGEST_BUNDLE = 16_000_000
_START = f"{HEADER}\n".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One fact as a bundle carries it: its log entry, the fields it shows, its proof."""

    entry: bytes
    disclosure: Disclosure
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One fact that a bundle proves: what was shown, who issued it, where it stands in the log."""

    values: dict[str, Any]
    entry: Entry
    index: int
    final: Witnessed


def with_disclosure(proof: Proof, entry: bytes, disclosure: Disclosure) -> Proof:
    """Put an entry and the fields that it shows into a proof."""
    extra = {
        "entry": from_canonical(entry),
        "size": disclosure.size,
        "fields": [
            [index, field.path, field.value, field.salt]
            for index, field in sorted(disclosure.shown.items())
        ],
        "hashes": [to_text(item) for item in disclosure.hashes],
    }
    return Proof(
        index=proof.index,
        hashes=proof.hashes,
        checkpoint=proof.checkpoint,
        extra=canonical(extra),
    )


def write_bundle(proofs: Sequence[Proof]) -> bytes:
    """Write proofs one after another, by log and index."""
    return b"".join(bytes(proof) for proof in sorted(proofs, key=_place))


def read_bundle(data: bytes) -> list[Shown]:
    """Read a bundle; raises Malformed."""
    if len(data) > LARGEST_BUNDLE or not data.startswith(_START):
        raise Malformed("prove.bundle", problem=f"does not begin with {HEADER}")
    parts = data.removeprefix(_START).split(b"\n" + _START)
    whole = [_START + part + b"\n" for part in parts[:-1]] + [_START + parts[-1]]
    shown = [_read_shown(read_proof(part)) for part in whole]
    places = [_place(item.proof) for item in shown]
    if places != sorted(set(places)):
        raise Malformed("prove.bundle", problem="is not in the log's order")
    return shown


def _place(proof: Proof) -> tuple[str, int]:
    """Order by origin, which ends in the shard's year, and by index."""
    return proof.checkpoint.text.partition("\n")[0], proof.index


def check_bundle(shown: Sequence[Shown], policy: Policy) -> list[Proven]:
    """
    Check every fact of a bundle against a policy.

    Raises Unproven, naming the fact by its place in the bundle, for the first that does not hold,
    and where two checkpoints of the bundle contradict each other.
    """
    proven: list[Proven] = []
    finals: dict[Note, Witnessed] = {}  # the facts of a product mostly share one checkpoint
    for number, item in enumerate(shown, start=1):
        try:
            proven.append(_check_shown(item, policy, finals))
        except (Unproven, Malformed) as bad:
            raise Unproven("prove.fact_unproven", number=number) from bad
    _check_one_history([item.final for item in proven])
    return proven


def _check_shown(item: Shown, policy: Policy, finals: dict[Note, Witnessed]) -> Proven:
    entry = parse(item.entry)
    if entry.kind != "fact":
        raise Unproven("prove.not_a_fact")
    check_disclosure(item.disclosure, entry.commit)
    check_signature(entry)
    note = item.proof.checkpoint
    final = finals[note] = finals.get(note) or check_final(note, policy)
    root, size = final.checkpoint.root, final.checkpoint.size
    check_inclusion(entry_hash(item.entry), item.proof.index, size, item.proof.hashes, root)
    return Proven(values=item.disclosure.values(), entry=entry, index=item.proof.index, final=final)


def _check_one_history(checkpoints: Sequence[Witnessed]) -> None:
    roots: dict[tuple[str, int], bytes] = {}
    for item in checkpoints:
        place = item.checkpoint.origin, item.checkpoint.size
        if roots.setdefault(place, item.checkpoint.root) != item.checkpoint.root:
            raise Unproven("prove.split_view", origin=place[0], size=place[1])


def _read_shown(proof: Proof) -> Shown:
    given = from_canonical(proof.extra or b"null")
    if not isinstance(given, dict) or set(given) != {"entry", "size", "fields", "hashes"}:
        raise Malformed("prove.bundle", problem="has a proof without its fact")
    if not isinstance(given["fields"], list) or not isinstance(given["hashes"], list):
        raise Malformed("prove.bundle", problem="has a proof without fields")
    if type(given["size"]) is not int:
        raise Malformed("prove.bundle", problem="has a fact without a size")
    disclosure = Disclosure(
        size=given["size"],
        shown=dict(_read_field(item) for item in given["fields"]),
        hashes=tuple(from_text(item, HASH_SIZE) for item in given["hashes"]),
    )
    if len(disclosure.shown) != len(given["fields"]) or [*disclosure.shown] != sorted(
        disclosure.shown
    ):
        raise Malformed("prove.bundle", problem="has its fields out of order")
    return Shown(entry=canonical(given["entry"]), disclosure=disclosure, proof=proof)


def _read_field(given: Any) -> tuple[int, Field]:
    match given:
        case [int(index), str(path), value, str(salt)] if type(index) is int:
            return index, Field(path, value, salt)
        case _:
            raise Malformed("prove.bundle", problem="has a field of another shape")
