"""
What others may ask of Prove: the state of the log, and the passport and bundle of a lot.

A lot's passport is read with the eyes of the office, so that it is whole; it shows only what
engine/passport.py lists. Whoever asks must see the lot, or hold its link.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from dure.journal import public as journal
from dure.journal.models import Outbox
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.commitment import Disclosure, disclose_listed, fields
from dure.kernel.entry import Entry, parse
from dure.kernel.errors import NotFound
from dure.kernel.merkle import inclusion_proof, right_edge
from dure.make import public as make
from dure.move import public as move
from dure.prove import models
from dure.prove.bridge import lots as bridge
from dure.prove.bridge.log import read_revocations
from dure.prove.engine.bundle import (
    check_bundle,
    read_bundle,
    with_disclosure,
    with_statement,
    write_bundle,
)
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.note import Note
from dure.prove.engine.passport import Passport, Step, makers, paths_to_show
from dure.prove.engine.policy import Policy, read_policy, witnessed
from dure.prove.engine.proof import Proof
from dure.prove.engine.shard import place, split
from dure.prove.engine.tiles import tile_nodes
from dure.prove.engine.verdict import Verdict, verdict
from dure.prove.store.folder import Shards, shards
from dure.stack.tenancy import acting

BUNDLES_KEPT = 16  # each of some 100 kB: whoever shows a passport around asks for the same again
_OFFICE = Actor(firm=COOPERATIVE, role=Role.OFFICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """
    How the shard that grows stands: its size, who cosigned its checkpoint, what still waits.

    years has the final size of every year's shard, the oldest first.
    """

    year: int
    years: dict[int, int]
    size: int
    waiting: int
    checkpoint: str
    cosigned: tuple[str, ...]
    witnesses: tuple[str, ...]
    has_quorum: bool

    @property
    def all_final(self) -> int:
        """Give how many records of all years stand under a published checkpoint."""
        return sum(self.years.values())


def latest_checkpoint() -> tuple[str, ...]:
    """Give origin, size and root hash of the published checkpoint; nothing before there is one."""
    published = [note for _, note in shards().published()]
    return tuple(published[-1].text.split("\n")[:3]) if published else ()


def log_state() -> LogState:
    """Give how the shard that grows stands; raises NotFound where no log was founded."""
    policy, published = shards().policy(), dict(shards().published())
    last = models.LogCheckpoint.objects.order_by("-size").first()
    year, size = split(last.size) if last else (max(published, default=0), 0)
    note = published.get(year)
    final = witnessed(note, policy) if note else None
    cosigned = set(final.witnesses) if final else set()
    with acting(_OFFICE):  # how many wait is no secret, what they are is
        waiting = Outbox.objects.filter(status=Outbox.Status.PENDING).count()
    return LogState(
        year=year,
        years=_final_sizes(shards()),
        size=size,
        waiting=waiting,
        checkpoint=str(note or ""),
        cosigned=tuple(sorted(cosigned)),
        witnesses=tuple(sorted(policy.witnesses)),
        has_quorum=final is not None and policy.is_met(cosigned),
    )


def statement(year: int, index: int) -> bytes:
    """Give the note for which an entry of the log itself stands; raises NotFound."""
    row = models.LogStatement.objects.filter(place=place(year, index)).first()
    if row is None:
        raise NotFound("prove.no_statement", year=year, index=index)
    return bytes(row.note)


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLink:
    """A lot that the actor made, keeps or was delivered, and the way to its passport."""

    number: int
    name: str
    name_en: str
    delivered: bool
    path: str


def passports() -> tuple[LotLink, ...]:
    """Give the ways to the passports of the lots that the actor sees, newest first."""
    made = {lot.id: lot for lot in make.lots()}
    delivered = {each.lot: each for each in move.deliveries()}
    links = []
    for lot in {**delivered, **made}:
        known, arrived = made.get(lot), delivered.get(lot)
        links.append(
            LotLink(
                number=known.number if known else arrived.number if arrived else 0,
                name=known.name if known else "",
                name_en=known.name_en if known else "",
                delivered=arrived is not None,
                path=_path(lot),
            )
        )
    return tuple(sorted(links, key=lambda link: (not link.delivered, -link.number)))


def link_to_passport(lot: UUID) -> str:
    """Give the path that opens a lot's passport for whoever holds it; raises NotFound."""
    _must_see(lot)
    return _path(lot)


def check_link(lot: UUID, token: str) -> None:
    """Raise NotFound unless token opens the lot's passport."""
    with acting(_OFFICE):  # a link opens for whoever holds it, signed in as anybody or as nobody
        is_open = bridge.opens(lot, token)
    if not is_open:
        raise NotFound("prove.no_passport")


def passport(lot: UUID) -> Passport:
    """Give a lot's passport, for one who sees the lot; raises NotFound."""
    _must_see(lot)
    return passport_by_link(lot)


def bundle(lot: UUID) -> bytes:
    """Give a lot's bundle, for one who sees the lot; raises NotFound."""
    _must_see(lot)
    return bundle_by_link(lot)


def passport_by_link(lot: UUID) -> Passport:
    """Give a lot's passport, for one whose link was checked."""
    return _passport(lot, _read_chain(lot))


def bundle_by_link(lot: UUID) -> bytes:
    """
    Give a lot's bundle, for one whose link was checked: one proof for each proven fact.

    What the log says of the keys that signed them goes with it. Raises NotFound while nothing of
    the lot is under a final checkpoint.
    """
    return _bundle(_read_chain(lot))


def checked_by_link(lot: UUID) -> tuple[Passport, Verdict | None]:
    """Give a lot's passport and what checking its bundle says; None while nothing is proven."""
    chain = _read_chain(lot)
    shown = _passport(lot, chain)
    return shown, verdict_on(_bundle(chain)) if shown.proven else None


def verdict_on(data: bytes, policy: Policy | None = None) -> Verdict:
    """Check a bundle as `dure-verify` does, by the log's own policy unless another is given."""
    return _verdict_by(data, shards().policy_file()) if policy is None else _verdict(data, policy)


@lru_cache(maxsize=BUNDLES_KEPT)
def _verdict_by(data: bytes, policy: bytes) -> Verdict:
    """Check a bundle by a policy's file: the same bytes always give the same verdict."""
    return _verdict(data, read_policy(policy))


def _verdict(data: bytes, policy: Policy) -> Verdict:
    return verdict(check_bundle(read_bundle(data), policy), policy)


def _path(lot: UUID) -> str:
    with acting(_OFFICE):
        return f"/proof/lots/{lot}/?t={bridge.link_to(lot)}"


def _must_see(lot: UUID) -> None:
    delivered = {each.lot for each in move.deliveries()}
    if lot not in delivered and not journal.facts_of(lot):
        raise NotFound("prove.no_passport")


def _final_sizes(log: Shards) -> dict[int, int]:
    """Give, per year, how many of its entries are under a final checkpoint."""
    return {year: read_checkpoint(note.text).size for year, note in log.published()}


@dataclass(frozen=True, slots=True)
class _Opened:
    """A fact as it is stored, the entry that stands for it, and what a passport shows of it."""

    fact: bridge.Recorded
    entry: Entry
    shown: Disclosure


def _read_chain(lot: UUID) -> list[_Opened]:
    with acting(_OFFICE):
        facts = bridge.read_chain(bridge.read_lots(lot))
    return [_open(fact) for fact in facts]


def _open(fact: bridge.Recorded) -> _Opened:
    every = fields(fact.body, fact.key)
    shown = disclose_listed(every, fact.key, paths_to_show(every))
    return _Opened(fact, parse(fact.line), shown)


def _passport(lot: UUID, chain: Sequence[_Opened]) -> Passport:
    finals = _final_sizes(shards())
    numbers = makers([each.entry.issuer for each in chain])
    steps = tuple(_step(each, numbers[each.entry.issuer], finals) for each in chain)
    return Passport(lot=str(lot), steps=steps, size=finals[max(finals)] if finals else 0)


def _step(told: _Opened, maker: int, finals: Mapping[int, int]) -> Step:
    fact = told.fact
    year, index = split(fact.place or 0)
    is_final = fact.place is not None and index < finals.get(year, 0)
    return Step(
        kind=fact.body["kind"],
        at=datetime.fromisoformat(fact.body["at"]),
        maker=maker,
        held=told.entry.held,
        index=index if is_final else None,
        values={
            path.rpartition("/")[2]: value
            for path, value in sorted(told.shown.values().items())
            if path.startswith(("/sets/", "/payload/")) and not path.endswith("_id")
        },
    )


def _bundle(chain: Sequence[_Opened]) -> bytes:
    with acting(_OFFICE):
        keys = [_open(key) for key in bridge.read_keys({each.entry.issuer for each in chain})]
        known = {key.entry.issuer for key in keys if key.entry.kind == "key"}
        ended = read_revocations(known)
    told = [*chain, *(key for key in keys if key.entry.issuer in known)]
    proofs: list[Proof] = []
    proven = 0
    for year, published in shards().published():
        prove = _prover(year, published)
        for each in told:
            if each.fact.place is not None and (proof := prove(each.fact.place)):
                proofs.append(with_disclosure(proof, each.fact.line, each.shown))
                proven += each.fact.body["aggregate"] != "issuer"
        for at, line, text in ended:
            if proof := prove(at):
                proofs.append(with_statement(proof, line, text))
    if not proven:
        raise NotFound("prove.nothing_proven_yet")
    return write_bundle(proofs)


def _prover(year: int, published: Note) -> Callable[[int], Proof | None]:
    """Give what proves a place under a shard's published checkpoint; None where it is not there."""
    size = read_checkpoint(published.text).size
    read = tile_nodes(size, shards().shard(year).read)
    edge = right_edge(size, read)

    def prove(at: int) -> Proof | None:
        of, index = split(at)
        if of != year or index >= size:
            return None
        hashes = tuple(inclusion_proof(index, size, read, edge))
        return Proof(index=index, hashes=hashes, checkpoint=published)

    return prove
