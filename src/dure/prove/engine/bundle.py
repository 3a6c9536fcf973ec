"""
Bundles: the facts of a product, each with the fields it shows and its proof.

A bundle is one C2SP tlog-proof after another, so that any tool for those can take it
apart; a line that reads `c2sp.org/tlog-proof@v1` begins the next. The extra data of each
is canonical JSON:

    entry    the log entry, as it stands in the log
    size     number of leaves in the fact's commitment
    shown    [[index, path, value, salt], …] the fields that are shown, by index
    rest     the hashes of what is not shown, one after the other in one text

fields -> commitment -> entry -> issuer's signature -> leaf -> root -> log and witnesses.

Entries of the kinds `key` and `revoke` are proven in the same way, so that a bundle can carry
what the log says of the keys that signed its facts. A revocation by the log itself has a member
`statement`, its text, in the place of size, fields and hashes. Each fact is judged by the order
of the log: its key speaks from its registration on, in its month, until it is revoked. A bundle
may leave keys out, as one in a QR code must; then the verdict says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.commitment import Disclosure, Field, check_disclosure
from dure.kernel.entry import (
    Entry,
    check_ed25519_key,
    check_signature,
    entry_hash,
    from_text,
    parse,
    to_text,
)
from dure.kernel.errors import Malformed, Unproven
from dure.kernel.merkle import HASH_SIZE, check_inclusion
from dure.kernel.time import seoul_month
from dure.prove.engine.note import Note
from dure.prove.engine.policy import Policy, Witnessed, check_final
from dure.prove.engine.proof import HEADER, Proof, read_proof
from dure.prove.engine.roster import revoked_in
from dure.prove.engine.shard import log_of

LARGEST_BUNDLE = 16_000_000
_START = f"{HEADER}\n".encode()


Place = tuple[str, int]  # origin and index; a shard's origin ends in its year, so they are in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One fact as a bundle carries it: its log entry, the fields it shows, its proof."""

    entry: bytes
    disclosure: Disclosure
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One entry of the log itself, with the text for which it stands, and its proof."""

    entry: bytes
    statement: str
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a bundle proves of an issuer's key: where the log registered it, where it ended."""

    registered: Place
    month: str
    held: str
    revoked: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One fact that a bundle proves: what was shown, who issued it, where it stands in the log."""

    values: dict[str, Any]
    entry: Entry
    index: int
    final: Witnessed
    key: Key | None = None

    @property
    def place(self) -> Place:
        """Give where it stands in the log."""
        return self.final.checkpoint.origin, self.index


def with_disclosure(proof: Proof, entry: bytes, disclosure: Disclosure) -> Proof:
    """Put an entry and the fields that it shows into a proof."""
    extra = {
        "entry": from_canonical(entry),
        "size": disclosure.size,
        "shown": [
            [index, field.path, field.value, field.salt]
            for index, field in sorted(disclosure.shown.items())
        ],
        "rest": to_text(b"".join(disclosure.hashes)),
    }
    return replace(proof, extra=canonical(extra))


def with_statement(proof: Proof, entry: bytes, statement: str) -> Proof:
    """Put an entry of the log itself, and the text for which it stands, into a proof."""
    return replace(proof, extra=canonical({"entry": from_canonical(entry), "statement": statement}))


def write_bundle(proofs: Sequence[Proof]) -> bytes:
    """Write proofs one after another, by log and index."""
    return b"".join(bytes(proof) for proof in sorted(proofs, key=_place))


def read_bundle(data: bytes) -> list[Shown | Stated]:
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


def _place(proof: Proof) -> Place:
    return proof.checkpoint.text.partition("\n")[0], proof.index


def check_bundle(shown: Sequence[Shown | Stated], policy: Policy) -> list[Proven]:
    """
    Check every part of a bundle against a policy; gives its facts.

    Raises Unproven, naming the part by its place in the bundle, for the first that does not hold,
    and where two checkpoints of the bundle contradict each other; Malformed where it has no fact.
    """
    fold = _Fold(policy)
    for number, item in enumerate(shown, start=1):
        try:
            fold.add(item)
        except (Unproven, Malformed) as bad:
            raise Unproven("prove.fact_unproven", number=number) from bad
    if not fold.facts:
        raise Malformed("prove.bundle", problem="shows no fact")
    _check_one_history(list(fold.finals.values()))
    return [replace(fact, key=fold.keys.get(_issuer(fact))) for fact in fold.facts]


class _Fold:
    """The parts of a bundle, one after the other in the order of the log."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.finals: dict[Note, Witnessed] = {}  # the facts of a product mostly share one
        self.keys: dict[tuple[str, bytes], Key] = {}
        self.facts: list[Proven] = []

    def add(self, item: Shown | Stated) -> None:
        """Check the next part; raises Unproven, Malformed."""
        entry = parse(item.entry)
        check_ed25519_key(entry.issuer)
        if isinstance(item, Stated):
            self._end_by_statement(item, entry)
            return
        check_disclosure(item.disclosure, entry.commit)
        values = item.disclosure.values()
        found = Proven(
            values=values, entry=entry, index=item.proof.index, final=self._final(item, entry)
        )
        if entry.kind == "fact":
            _check_key(found, self.keys.get(_issuer(found)))
            self.facts.append(found)
        elif values.get("/payload/public_key") != to_text(entry.issuer):
            raise Unproven("prove.not_a_fact")
        elif entry.kind == "key":
            self._register(found)
        elif entry.kind == "revoke":
            self._end(_issuer(found), found.place)
        else:
            raise Unproven("prove.not_a_fact")

    def _final(self, item: Shown | Stated, entry: Entry) -> Witnessed:
        check_signature(entry)
        note = item.proof.checkpoint
        final = self.finals[note] = self.finals.get(note) or check_final(note, self.policy)
        root, size = final.checkpoint.root, final.checkpoint.size
        check_inclusion(entry_hash(item.entry), item.proof.index, size, item.proof.hashes, root)
        return final

    def _register(self, found: Proven) -> None:
        entry, values = found.entry, found.values
        said = values.get("/payload/held"), values.get("/payload/month")
        if entry.seq or said != (entry.held, seoul_month(entry.time).isoformat()):
            raise Unproven("prove.key_differs")
        if any(_issuer(fact) == _issuer(found) for fact in self.facts):
            raise Unproven("prove.key_unregistered")
        month = seoul_month(entry.time).isoformat()
        self.keys[_issuer(found)] = Key(registered=found.place, month=month, held=entry.held)

    def _end_by_statement(self, item: Stated, entry: Entry) -> None:
        final = self._final(item, entry)
        origin = final.checkpoint.origin
        logs = {key.public for key in self.policy.logs if log_of(key.name) == log_of(origin)}
        committed = sha256(item.statement.encode()).digest()
        if entry.kind != "revoke" or entry.issuer not in logs or entry.commit != committed:
            raise Unproven("prove.statement")
        self._end((log_of(origin), revoked_in(item.statement)), (origin, item.proof.index))

    def _end(self, issuer: tuple[str, bytes], at: Place) -> None:
        if (key := self.keys.get(issuer)) is None:
            raise Unproven("prove.key_unregistered")
        self.keys[issuer] = replace(key, revoked=key.revoked or at)


def _check_key(fact: Proven, key: Key | None) -> None:
    """Raise Unproven where the key that signed a fact was not to speak there."""
    if key is None:
        return
    if key.revoked:
        raise Unproven("prove.key_revoked")
    if (fact.entry.held, seoul_month(fact.entry.time).isoformat()) != (key.held, key.month):
        raise Unproven("prove.key_differs")


def _issuer(fact: Proven) -> tuple[str, bytes]:
    """Tell issuers apart: the same key in another log is another issuer."""
    return log_of(fact.final.checkpoint.origin), fact.entry.issuer


def _check_one_history(checkpoints: Sequence[Witnessed]) -> None:
    roots: dict[tuple[str, int], bytes] = {}
    for item in checkpoints:
        place = item.checkpoint.origin, item.checkpoint.size
        if roots.setdefault(place, item.checkpoint.root) != item.checkpoint.root:
            raise Unproven("prove.split_view", origin=place[0], size=place[1])


def _read_shown(proof: Proof) -> Shown | Stated:
    given = from_canonical(proof.extra or b"null")
    match given:
        case {"entry": entry, "statement": str(statement), **rest} if not rest:
            return Stated(entry=canonical(entry), statement=statement, proof=proof)
    if not isinstance(given, dict) or set(given) != {"entry", "size", "shown", "rest"}:
        raise Malformed("prove.bundle", problem="has a proof without its fact")
    if not isinstance(given["shown"], list) or not isinstance(given["rest"], str):
        raise Malformed("prove.bundle", problem="has a proof without fields")
    if type(given["size"]) is not int:
        raise Malformed("prove.bundle", problem="has a fact without a size")
    disclosure = Disclosure(
        size=given["size"],
        shown=dict(_read_field(item) for item in given["shown"]),
        hashes=_read_hashes(given["rest"]),
    )
    if len(disclosure.shown) != len(given["shown"]) or [*disclosure.shown] != sorted(
        disclosure.shown
    ):
        raise Malformed("prove.bundle", problem="has its fields out of order")
    return Shown(entry=canonical(given["entry"]), disclosure=disclosure, proof=proof)


def _read_hashes(text: str) -> tuple[bytes, ...]:
    data = from_text(text, len(text) * 3 // 4)
    if len(data) % HASH_SIZE:
        raise Malformed("prove.bundle", problem="has a hash of another length")
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


def _read_field(given: Any) -> tuple[int, Field]:
    match given:
        case [int(index), str(path), value, str(salt)] if type(index) is int:
            return index, Field(path, value, salt)
        case _:
            raise Malformed("prove.bundle", problem="has a field of another shape")
