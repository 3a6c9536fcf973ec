"""
What others may ask of Prove: the state of the log, and the passport and bundle of a lot.

A lot's passport is read with the eyes of the office, so that it is whole; it shows only what
engine/passport.py lists. Whoever asks must see the lot, or hold its link.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dure.journal import public as journal
from dure.journal.models import Outbox
from dure.kernel.actor import COOPERATIVE, Actor, Role
from dure.kernel.commitment import disclose, fields
from dure.kernel.entry import Entry, parse
from dure.kernel.errors import NotFound
from dure.kernel.merkle import inclusion_proof, right_edge
from dure.make import public as make
from dure.move import public as move
from dure.prove import models
from dure.prove.bridge import lots as bridge
from dure.prove.engine.bundle import check_bundle, read_bundle, with_disclosure, write_bundle
from dure.prove.engine.checkpoint import read_checkpoint
from dure.prove.engine.note import Note
from dure.prove.engine.passport import Passport, Step, makers, paths_to_show
from dure.prove.engine.policy import Policy, witnessed
from dure.prove.engine.proof import Proof
from dure.prove.engine.tiles import tile_nodes
from dure.prove.engine.verdict import Verdict, verdict
from dure.prove.store.folder import LogFolder, log_folder
from dure.stack.tenancy import acting

_OFFICE = Actor(firm=COOPERATIVE, role=Role.OFFICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """How the log stands: its size, what of it is final, who cosigned, what still waits."""

    origin: str
    size: int
    final_size: int
    waiting: int
    checkpoint: str
    cosigned: tuple[str, ...]
    witnesses: tuple[str, ...]
    has_quorum: bool


def latest_checkpoint() -> tuple[str, ...]:
    """Give origin, size and root hash of the published checkpoint; nothing before there is one."""
    published = log_folder().published()
    return tuple(published.text.split("\n")[:3]) if published else ()


def log_state() -> LogState:
    """Give how the log stands; raises NotFound where none was founded."""
    folder = log_folder()
    policy, published = folder.policy(), folder.published()
    final = witnessed(published, policy) if published else None
    cosigned = set(final.witnesses) if final else set()
    last = models.LogCheckpoint.objects.order_by("-size").first()
    with acting(_OFFICE):  # how many wait is no secret, what they are is
        waiting = Outbox.objects.filter(status=Outbox.Status.PENDING).count()
    return LogState(
        origin=policy.logs[0].name,
        size=last.size if last else 0,
        final_size=final.checkpoint.size if final else 0,
        waiting=waiting,
        checkpoint=str(published or ""),
        cosigned=tuple(sorted(cosigned)),
        witnesses=tuple(sorted(policy.witnesses)),
        has_quorum=final is not None and policy.is_met(cosigned),
    )


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
    with acting(_OFFICE):
        facts = bridge.read_chain(bridge.read_lots(lot))
    size = _final_size(log_folder())
    entries = [parse(fact.line) for fact in facts]
    numbers = makers([entry.issuer for entry in entries])
    steps = [
        _step(fact, entry, numbers[entry.issuer], size)
        for fact, entry in zip(facts, entries, strict=True)
        if fact.key is not None
    ]
    return Passport(lot=str(lot), steps=tuple(steps), size=size)


def bundle_by_link(lot: UUID) -> bytes:
    """
    Give a lot's bundle, for one whose link was checked: one proof for each proven fact.

    Raises NotFound while nothing of the lot is under a final checkpoint.
    """
    with acting(_OFFICE):
        facts = bridge.read_chain(bridge.read_lots(lot))
    folder = log_folder()
    published = folder.published()
    size = _final_size(folder)
    proven = [f for f in facts if f.key is not None and f.index is not None and f.index < size]
    if published is None or not proven:
        raise NotFound("prove.nothing_proven_yet")
    return write_bundle(_proofs(proven, published, size, folder))


def verdict_on(data: bytes, policy: Policy | None = None) -> Verdict:
    """Check a bundle as `dure-verify` does, by the log's own policy unless another is given."""
    believed = policy or log_folder().policy()
    return verdict(check_bundle(read_bundle(data), believed), believed)


def _path(lot: UUID) -> str:
    with acting(_OFFICE):
        return f"/proof/lots/{lot}/?t={bridge.link_to(lot)}"


def _must_see(lot: UUID) -> None:
    delivered = {each.lot for each in move.deliveries()}
    if lot not in delivered and not journal.facts_of(lot):
        raise NotFound("prove.no_passport")


def _final_size(folder: LogFolder) -> int:
    published = folder.published()
    return read_checkpoint(published.text).size if published else 0


def _step(fact: bridge.Recorded, entry: Entry, maker: int, size: int) -> Step:
    assert fact.key is not None, "an erased fact has no step"
    shown = disclose(fact.body, fact.key, paths_to_show(fields(fact.body, fact.key))).values()
    is_final = fact.index is not None and fact.index < size
    return Step(
        kind=fact.body["kind"],
        at=datetime.fromisoformat(fact.body["at"]),
        maker=maker,
        held=entry.held,
        index=fact.index if is_final else None,
        values={
            path.rpartition("/")[2]: value
            for path, value in sorted(shown.items())
            if path.startswith(("/sets/", "/payload/")) and not path.endswith("_id")
        },
    )


def _proofs(
    facts: list[bridge.Recorded], published: Note, size: int, folder: LogFolder
) -> list[Proof]:
    read = tile_nodes(size, folder.read)
    edge = right_edge(size, read)
    proofs = []
    for fact in facts:
        assert fact.key is not None, "the fact is not erased"
        assert fact.index is not None, "the fact is in the log"
        hashes = tuple(inclusion_proof(fact.index, size, read, edge))
        shown = disclose(fact.body, fact.key, paths_to_show(fields(fact.body, fact.key)))
        proof = Proof(index=fact.index, hashes=hashes, checkpoint=published)
        proofs.append(with_disclosure(proof, fact.line, shown))
    return proofs
