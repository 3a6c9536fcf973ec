"""A request (견적요청): its terms, what is impossible about it, and how complete it is."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from dure.kernel.errors import Refused
from dure.kernel.ids import FirmId
from dure.kernel.reason import Reason
from dure.kernel.time import Instant
from dure.sense.engine.price_band import PriceBand
from dure.sense.engine.product import LARGEST_ORDER
from dure.sense.engine.variants import Spoken

Term = TypeVar("Term", bound=StrEnum)


class FreightTerms(StrEnum):
    """Who pays and bears the way to the buyer."""

    DELIVERED = "delivered"  # 납품지 인도: in the price
    COLLECT = "collect"  # 착불: the buyer pays the carrier
    EX_WORKS = "ex_works"  # 공장 인도: the buyer fetches


class InspectionStandard(StrEnum):
    """How the buyer inspects what arrives."""

    ALL = "all"  # 전수 검사
    SAMPLE = "sample"  # KS Q ISO 2859-1, general level II, AQL 2.5 major
    NONE = "none"  # 무검사


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    What a buyer asks for. None: not said yet.

    certificates: what every maker must hold to the due date; most buyers ask for none.
    """

    quantity: int
    due: date
    spare_quantity: int | None = None
    freight_terms: FreightTerms | None = None
    inspection_standard: InspectionStandard | None = None
    deposit_percent: int | None = None
    destination: str = ""
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    What a buyer asked for, and the price band once it was worked out.

    choices: one of each option of the product; picked: the same in words. earlier: the request
    whose order this one goes on from, so that its process knowledge, passport and cluster are
    kept. enquiry: the free request that it came from.
    """

    id: UUID
    number: int
    buyer: FirmId
    product: str
    product_name: str
    product_name_en: str
    terms: Terms
    submitted_at: Instant
    band: PriceBand | None
    choices: tuple[str, ...] = ()
    picked: tuple[Spoken, ...] = ()
    earlier: UUID | None = None
    enquiry: UUID | None = None


# What each answer is worth, in percent of completeness: RFQs that say too little get no quotes.
WORTH = {
    "destination": 15,
    "freight_terms": 10,
    "inspection_standard": 10,
    "deposit_percent": 5,
    "spare_quantity": 10,
}


def check_terms(terms: Terms, *, today: date) -> None:
    """Ensure that an order of these terms could exist; raises Refused with the first reason."""
    if terms.quantity <= 0:
        raise Refused("sense.quantity", quantity=terms.quantity)
    spare = terms.spare_quantity or 0
    if spare < 0 or spare > terms.quantity:
        raise Refused("sense.spare_quantity", spare=spare, quantity=terms.quantity)
    if terms.quantity + spare > LARGEST_ORDER:
        raise Refused("sense.too_many", quantity=terms.quantity + spare, most=LARGEST_ORDER)
    if terms.due <= today:
        raise Refused("sense.due_in_past", due=terms.due.isoformat(), today=today.isoformat())
    if not 0 <= (terms.deposit_percent or 0) <= 100:
        raise Refused("sense.deposit", percent=terms.deposit_percent or 0)


def completed(terms: Terms, said: Terms) -> Terms:
    """
    Give the terms with what was missing filled in; what was said before stays as it was.

    Spare pieces that are asked for afterwards would be another order: none may be said, no more.
    Raises Refused where there are some, and where nothing that was missing is said.
    """
    if said.spare_quantity and terms.spare_quantity is None:
        raise Refused("sense.spare_afterwards")
    lacking = {reason.code.removeprefix("sense.missing_") for reason in missing(terms)}
    answers = {name: getattr(said, name) for name in lacking}
    found = replace(terms, **answers)
    if found == terms:
        raise Refused("sense.nothing_said")
    return found


def freight_terms(text: str) -> FreightTerms:
    """Read freight terms; raises Refused for terms that we do not know."""
    return _known(FreightTerms, text, "freight_terms")


def inspection_standard(text: str) -> InspectionStandard:
    """Read an inspection standard; raises Refused for one that we do not know."""
    return _known(InspectionStandard, text, "inspection_standard")


def completeness(terms: Terms) -> int:
    """Give how complete a request is, in percent."""
    return 100 - sum(WORTH[reason.code.removeprefix("sense.missing_")] for reason in missing(terms))


def missing(terms: Terms) -> tuple[Reason, ...]:
    """Give what the buyer has not said yet, one reason each, what matters most first."""
    said = {
        "destination": bool(terms.destination.strip()),
        "freight_terms": terms.freight_terms is not None,
        "inspection_standard": terms.inspection_standard is not None,
        "deposit_percent": terms.deposit_percent is not None,
        "spare_quantity": terms.spare_quantity is not None,
    }
    return tuple(Reason(f"sense.missing_{what}") for what in WORTH if not said[what])


def _known(terms: type[Term], text: str, what: str) -> Term:
    try:
        return terms(text)
    except ValueError:
        known = ", ".join(term.value for term in terms)
        raise Refused("sense.unknown_term", what=what, given=text, known=known) from None
