"""
Settlements and year closes as JSON: what is stored, and the files of `dure settle replay`.

    {"format": "dure-settlement/1",
     "rulebook": {"legal_form": "framework", "version": "2026-06-03", "digest": "…"},
     "holidays": ["2026-12-25"],
     "inputs": {"number": 12, "buyer": 30, "price": 8250000, "ordered": 500, "accepted": 500,
                "rejected": 0, "received_on": "2026-12-03", "deposit_paid": 907500,
                "steps": [{"number": 1, "name": "cup", "member": 7, "price": 2000000,
                           "quantity": 520, "received_on": "2026-12-01",
                           "deductions": [{"kind": "difference", "pieces": 12}]}],
                "materials": [{"round": 3, "member": 7, "won": 410000}],
                "fee_basis_points": 300},
     "result": {"invoice": {…}, "shares": […], "materials": …, "fee": …, "margin": …,
                "journal": [{"account": 108, "party": 30, "won": 9075000,
                             "because": "invoice"}, …]}}

    {"format": "dure-year/1", "rulebook": {…},
     "inputs": {"year": 2026, "surplus": …, "carried_over": …, "voluntary_reserve": …,
                "legal_reserve": …, "members": [{"member": 7, "paid_in": …, "use": …}]},
     "result": {"state": "proposed", …}}

Money is whole won, dates are Seoul's. Both are canonical JSON, so that what is
recomputed can be compared byte by byte; the rulebook's digest says by which text.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from dure.kernel.canonical import canonical, from_canonical, plain
from dure.kernel.errors import Malformed, Unproven
from dure.settle.engine.order import (
    Deduction,
    DeliveredOrder,
    Invoice,
    OrderMaterial,
    Settlement,
    Share,
    Step,
    settle,
)
from dure.settle.engine.rulebook import Rules, rules
from dure.settle.engine.year import MemberYear, Proposal, YearBooks, close_year

ORDER = "dure-settlement/1"
YEAR = "dure-year/1"
NEAR_DAYS = 400


def settlement_bytes(order: DeliveredOrder, by: Rules, holidays: Collection[date]) -> bytes:
    """Settle an order and give the bytes that are stored: inputs, rulebook and result."""
    near = sorted(day for day in holidays if abs((day - order.received_on).days) <= NEAR_DAYS)
    return canonical(
        plain(
            {
                "format": ORDER,
                "rulebook": _rulebook(by),
                "holidays": near,
                "inputs": asdict(order),
                "result": settlement_as_json(settle(order, by, near)),
            }
        )
    )


def year_bytes(books: YearBooks, by: Rules) -> bytes:
    """Close a year and give the bytes that are stored."""
    result = proposal_as_json(close_year(books, by))
    parts = {"rulebook": _rulebook(by), "inputs": asdict(books), "result": result}
    return canonical(plain({"format": YEAR, **parts}))


def replay(stored: bytes) -> Mapping[str, Any]:
    """
    Recompute a stored settlement or year close from its inputs, and give it as read.

    Raises Unproven where the rulebook is another text, or where any byte differs.
    """
    value = from_canonical(stored)
    try:
        by = rules(value["rulebook"]["legal_form"])
        if value["rulebook"] != _rulebook(by):
            raise Unproven("settle.other_rulebook", version=str(value["rulebook"].get("version")))
        again = _again(value, by)
    except (KeyError, TypeError, AttributeError) as bad:
        raise Malformed("settle.file_shape", problem=str(bad)) from bad
    if again != stored:
        raise Unproven("settle.differs")
    return dict(value)


def settlement_as_json(settlement: Settlement) -> dict[str, Any]:
    """Give the result of a settlement, its sums written out."""
    return {
        "invoice": _invoice(settlement.invoice),
        "shares": [_share(share) for share in settlement.shares],
        "materials": settlement.materials,
        "fee": settlement.fee,
        "margin": settlement.margin,
        "journal": [asdict(line) for line in settlement.journal],
    }


def proposal_as_json(proposal: Proposal) -> dict[str, Any]:
    """Give the result of a year close, its sums written out."""
    return {**asdict(proposal), "capital": proposal.capital, "patronage": proposal.patronage}


def order_from_json(value: Mapping[str, Any]) -> DeliveredOrder:
    """Read the inputs of a settlement."""
    return DeliveredOrder(
        **{
            **value,
            "received_on": date.fromisoformat(value["received_on"]),
            "steps": tuple(_step(step) for step in value["steps"]),
            "materials": tuple(OrderMaterial(**part) for part in value["materials"]),
        }
    )


def _again(value: Mapping[str, Any], by: Rules) -> bytes:
    if value["format"] == ORDER:
        holidays = [date.fromisoformat(day) for day in value["holidays"]]
        return settlement_bytes(order_from_json(value["inputs"]), by, holidays)
    if value["format"] == YEAR:
        members = tuple(MemberYear(**member) for member in value["inputs"]["members"])
        return year_bytes(YearBooks(**{**value["inputs"], "members": members}), by)
    raise Malformed("settle.file_shape", problem="unknown format")


def _rulebook(by: Rules) -> dict[str, str]:
    return {"legal_form": by.legal_form, "version": by.version, "digest": by.digest}


def _step(value: Mapping[str, Any]) -> Step:
    deductions = tuple(Deduction(**deduction) for deduction in value["deductions"])
    day = value["received_on"]
    received_on = date.fromisoformat(day) if day else None
    return Step(**{**value, "deductions": deductions, "received_on": received_on})


def _invoice(invoice: Invoice) -> dict[str, Any]:
    return {**asdict(invoice), "total": invoice.total, "balance": invoice.balance}


def _share(share: Share) -> dict[str, Any]:
    return {**asdict(share), "work": share.work, "pays": share.pays}
