"""Between rows of free requests and their drawings, and their values."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from dure.kernel.canonical import plain
from dure.kernel.ids import FirmId
from dure.kernel.time import Instant
from dure.sense import models
from dure.sense.engine.drawings import kinds
from dure.sense.engine.enquiry import Brief, EnquiryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A drawing as those see it who may have it. readers: the makers to whom it was opened."""

    id: UUID
    enquiry: UUID
    name: str
    kind: str
    size: int
    sha256: str
    attached_at: Instant
    steps: tuple[str, ...]
    readers: tuple[FirmId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A free request with what is attached to it, and the request that it was turned into."""

    id: UUID
    number: int
    buyer: FirmId
    brief: Brief
    state: EnquiryState
    why: str
    made_at: Instant
    drawings: tuple[Drawing, ...]
    request: UUID | None


def read_enquiry(row: models.Enquiry) -> Enquiry:
    """Give the value of a free request, as far as its reader may see it."""
    drawings = row.drawings.filter(is_removed=False).order_by("id")
    turned = models.Request.objects.filter(enquiry_id=row.id).values_list("id", flat=True).first()
    return Enquiry(
        id=row.id,
        number=row.number,
        buyer=FirmId(row.buyer_id),
        brief=read_brief(row.brief),
        state=EnquiryState(row.state),
        why=row.why,
        made_at=row.made_at,
        drawings=tuple(read_drawing(each) for each in drawings),
        request=turned,
    )


def read_drawing(row: models.Drawing) -> Drawing:
    """Give the value of a drawing."""
    return Drawing(
        id=row.id,
        enquiry=row.enquiry_id,
        name=row.name,
        kind=kinds()[row.kind].name,
        size=row.size,
        sha256=row.sha256,
        attached_at=row.attached_at,
        steps=tuple(row.steps),
        readers=tuple(FirmId(each) for each in row.reader_ids),
    )


def brief_body(brief: Brief) -> dict[str, Any]:
    """Give a brief as canonical JSON values."""
    body: dict[str, Any] = plain(asdict(brief))
    return body


def read_brief(body: dict[str, Any]) -> Brief:
    """Give back the brief whose body was stored."""
    due = body["due"]
    return Brief(**{**body, "due": date.fromisoformat(due) if due else None})
