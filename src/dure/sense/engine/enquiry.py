"""
A free request (자유 요청): what a buyer wants that stands in no catalogue, and what is missing.

Requests that say too little are the ones that get no quotes anywhere, so each thing that a maker
needs to know has its worth in percent, and what is not said is asked for, the dearest first.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dure.kernel.errors import Malformed, Refused
from dure.kernel.reason import Reason
from dure.sense.engine.product import LARGEST_ORDER

LONGEST_TEXT = 4_000
ENOUGH_WORDS = 8  # fewer say hardly more than a name

WORTH = {
    "text": 20,
    "drawings": 20,
    "quantity": 15,
    "due": 10,
    "materials": 10,
    "finish": 5,
    "tolerance": 5,
    "destination": 10,
    "purpose": 5,
}


class EnquiryState(StrEnum):
    """Where a free request stands."""

    OPEN = "open"  # the office looks for who can make it
    TURNED = "turned"  # it is a request for a product now
    DECLINED = "declined"  # the co-op cannot make it, and said why
    WITHDRAWN = "withdrawn"  # the buyer does not want it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a buyer says of a thing that it wants made. None or "" is not said yet."""

    text: str
    quantity: int | None = None
    due: date | None = None
    materials: str = ""
    finish: str = ""
    tolerance: str = ""
    purpose: str = ""
    destination: str = ""


def check_brief(brief: Brief, *, today: date) -> None:
    """Ensure that what was said could be; raises Malformed or Refused with the first reason."""
    said = (brief.text, brief.materials, brief.finish, brief.tolerance, brief.purpose)
    if any("\x00" in each for each in (*said, brief.destination)):
        raise Malformed("sense.unwritable")
    if not brief.text.strip():
        raise Refused("sense.says_nothing")
    if len(brief.text) > LONGEST_TEXT:
        raise Refused("sense.too_long", most=LONGEST_TEXT, given=len(brief.text))
    if brief.quantity is not None and not 0 < brief.quantity <= LARGEST_ORDER:
        raise Refused("sense.quantity", quantity=brief.quantity)
    if brief.due is not None and brief.due <= today:
        raise Refused("sense.due_in_past", due=brief.due.isoformat(), today=today.isoformat())


def completeness(brief: Brief, *, drawings: int) -> int:
    """Give how complete a free request is, in percent."""
    return 100 - sum(WORTH[code] for code in _unsaid(brief, drawings))


def missing(brief: Brief, *, drawings: int) -> tuple[Reason, ...]:
    """Give what a maker would still ask, one reason each, what matters most first."""
    return tuple(Reason(f"sense.brief_{code}") for code in _unsaid(brief, drawings))


def _unsaid(brief: Brief, drawings: int) -> list[str]:
    said = {
        "text": len(brief.text.split()) >= ENOUGH_WORDS,
        "drawings": drawings > 0,
        "quantity": brief.quantity is not None,
        "due": brief.due is not None,
        "materials": bool(brief.materials.strip()),
        "finish": bool(brief.finish.strip()),
        "tolerance": bool(brief.tolerance.strip()),
        "purpose": bool(brief.purpose.strip()),
        "destination": bool(brief.destination.strip()),
    }
    return sorted((code for code in WORTH if not said[code]), key=lambda code: -WORTH[code])
