"""Drawings of free requests: kept as they came, opened to makers once they accept, looks told."""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from dure.journal.public import facts_of
from dure.journal.services import tell
from dure.kernel.actor import Role
from dure.kernel.errors import NotFound, Refused
from dure.kernel.fact import Fact
from dure.kernel.time import Instant
from dure.sense import models
from dure.sense.bridge import enquiries as bridge
from dure.sense.engine import facts
from dure.sense.engine.drawings import check_drawing, safe_name
from dure.sense.engine.enquiry import EnquiryState
from dure.stack.ids import new_id
from dure.stack.tenancy import current_actor


@transaction.atomic
def attach_drawing(enquiry_id: UUID, name: str, content: bytes, *, at: Instant) -> bridge.Drawing:
    """
    Keep a drawing with a free request: row, bytes and fact in one transaction.

    Raises NotFound for another's request, Refused for a file that is not taken and once the
    request is declined or withdrawn.
    """
    enquiry = models.Enquiry.objects.select_for_update().filter(id=enquiry_id).first()
    if enquiry is None:
        raise NotFound("sense.no_enquiry")
    if enquiry.state in (EnquiryState.DECLINED, EnquiryState.WITHDRAWN):
        raise Refused("sense.enquiry_decided", number=enquiry.number)
    kept = enquiry.drawings.filter(is_removed=False)
    called = safe_name(name)
    kind = check_drawing(called, content, len(content), already=kept.count())
    digest = sha256(content).hexdigest()
    same = kept.filter(sha256=digest).first()
    if same:
        raise Refused("sense.drawing_twice", name=called, other=same.name)
    row = models.Drawing(
        id=new_id(),
        enquiry=enquiry,
        buyer_id=enquiry.buyer_id,
        kind=kind.code,
        size=len(content),
        attached_at=at,
    )
    told = {"enquiry": enquiry.id, "kind": kind.code, "size": len(content)}
    parties = [enquiry.buyer_id]
    tell(
        row,
        facts.DRAWING_ATTACHED,
        at=at,
        parties=parties,
        payload=told,
        name=called,
        sha256=digest,
    )
    models.DrawingBytes.objects.create(drawing=row, content=content)
    return bridge.read_drawing(row)


@transaction.atomic
def remove_drawing(drawing_id: UUID, *, at: Instant) -> UUID:
    """Take one's drawing away: its bytes are gone, that it was there stays told. Gives of what."""
    row = _drawing(drawing_id)
    if current_actor().firm != row.buyer_id:
        raise NotFound("sense.no_drawing")
    models.DrawingBytes.objects.filter(drawing=row).delete()
    told = {"enquiry": row.enquiry_id}
    tell(row, facts.DRAWING_REMOVED, at=at, payload=told, is_removed=True)
    return row.enquiry_id


@transaction.atomic
def limit_drawing(drawing_id: UUID, steps: Iterable[str]) -> UUID:
    """Say whose makers need a drawing: of these steps, or all where none. Gives of what."""
    row = _drawing(drawing_id)
    row.steps = sorted({step.strip() for step in steps if step.strip()})
    row.save(update_fields=["steps"])
    return row.enquiry_id


@transaction.atomic
def fetch_drawing(drawing_id: UUID, *, at: Instant) -> tuple[str, bytes]:
    """
    Give a drawing's name and bytes to whom may have it, and tell its buyer that it was fetched.

    Raises NotFound for everybody else, and for one that was taken away.
    """
    row = _drawing(drawing_id)
    held = models.DrawingBytes.objects.filter(drawing=row).first()
    if held is None:
        raise NotFound("sense.no_drawing")
    if current_actor().firm != row.buyer_id:
        tell(row, facts.DRAWING_FETCHED, at=at, parties=[row.buyer_id])
    return row.name, bytes(held.content)


def open_drawings(fact: Fact, at: Instant) -> None:
    """Open the drawings to a maker that took on a step which needs them; follows StepAccepted."""
    cluster, step = str(fact.payload["cluster"]), str(fact.payload["step"])
    firm = fact.actor_firm
    for row in _of_cluster(cluster):
        if firm and firm not in row.reader_ids and (not row.steps or step in row.steps):
            told = {"cluster": cluster, "to": [firm]}
            readers = [*row.reader_ids, firm]
            parties = [row.buyer_id, firm]
            tell(
                row, facts.DRAWING_OPENED, at=at, parties=parties, payload=told, reader_ids=readers
            )


def close_drawings(fact: Fact, at: Instant) -> None:
    """Close the drawings to those whom a cluster let in that failed; follows ClusterFailed."""
    cluster = str(fact.aggregate_id)
    for row in _of_cluster(cluster):
        let_in = _let_in_by(cluster, row)
        readers = [firm for firm in row.reader_ids if str(firm) not in let_in]
        if len(readers) < len(row.reader_ids):
            gone = [firm for firm in row.reader_ids if firm not in readers]
            told = {"cluster": cluster, "to": gone}
            parties = [row.buyer_id, *gone]
            tell(
                row, facts.DRAWING_CLOSED, at=at, parties=parties, payload=told, reader_ids=readers
            )


def _of_cluster(cluster: str) -> list[models.Drawing]:
    """Give the drawings of a cluster's request, and of those that it goes on from."""
    request = models.Request.objects.filter(cluster_id=cluster).first()
    enquiries: list[UUID] = []
    while request:
        if request.enquiry_id:
            enquiries.append(request.enquiry_id)
        request = request.earlier
    rows = models.Drawing.objects.select_for_update(of=("self",)).filter(is_removed=False)
    return list(rows.filter(enquiry_id__in=enquiries).order_by("id"))


def _let_in_by(cluster: str, row: models.Drawing) -> set[str]:
    let_in: set[str] = set()
    for fact in facts_of(row.id):
        if fact.kind == facts.DRAWING_OPENED.name and fact.payload["cluster"] == cluster:
            firms = fact.payload["to"]
            assert isinstance(firms, list), "who was let in stands in a list"
            let_in.update(str(firm) for firm in firms)
    return let_in


def _drawing(drawing_id: UUID) -> models.Drawing:
    row = models.Drawing.objects.select_for_update().filter(id=drawing_id).first()
    if row is None or row.is_removed or current_actor().role is Role.DOOR:
        raise NotFound("sense.no_drawing")
    return row
