"""
Rounds and decisions as JSON: the files of `dure buy solve`, and what is stored with an award.

A round, in thousandths of each item's unit, whole packs, won without VAT, and days from today:

    {"format": "dure-round/1",
     "needs": [{"member": 3, "item": 1, "amount": 12500, "by_day": 7}],
     "offers": [{"item": 1, "supplier": 2, "pack": 1000, "most_packs": null,
                 "breaks": [{"packs": 1, "price": 9000}, {"packs": 100, "price": 8500}]}],
     "suppliers": [{"number": 2, "freight": 30000, "lead_days": 3}],
     "most_suppliers": null}

`most_packs` and `most_suppliers` may be left out. A decision holds the arranged round, what the
solver suggested, and the award that follows from both:

    {"format": "dure-award/1", "round": {…},
     "joint": {"packs": [{"item": 1, "supplier": 2, "packs": 13}],
               "prices": [{"item": 1, "by_day": 7, "micro": 9000000}],
               "claimed_bound": 147000, "solver": "HiGHS 1.15.1"},
     "alone": [{"member": 3, "packs": […], …}],
     "award": {"purchases": […], "freights": […], "total": 147000, "claimed_bound": …,
               "certified_bound": …, "gap_ppm": …, "certified_gap_ppm": …,
               "lines": […], "shares": […]}}

A price is a millionth of a won for a thousandth of the item there by that day; prices of zero
are left out. The certified bound follows from them with integers (`bound`). Decisions are
written as canonical JSON, so that a recomputed one can be compared byte by byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dure.buy.engine.award import Award, Suggestion
from dure.buy.engine.bound import ShadowPrice
from dure.buy.engine.problem import Need, Offer, PriceBreak, Problem, Supplier, arranged
from dure.buy.engine.sheet import Share
from dure.buy.engine.solve import Decision, replayed
from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.errors import Malformed, Unproven
from dure.kernel.money import Won

ROUND = "dure-round/1"
AWARD = "dure-award/1"


def problem_from_json(value: Any) -> Problem:
    """Read a round; raises Malformed where the shape is not as documented above."""
    try:
        _of_format(value, ROUND)
        return arranged(
            Problem(
                needs=tuple(Need(**_whole(need)) for need in value["needs"]),
                offers=tuple(_offer(offer) for offer in value["offers"]),
                suppliers=tuple(Supplier(**_whole(item)) for item in value["suppliers"]),
                most_suppliers=value.get("most_suppliers"),
            )
        )
    except (KeyError, TypeError, AttributeError) as bad:
        raise Malformed("buy.file_shape", problem=str(bad)) from bad


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """Give a round as it is written in files."""
    return {
        "format": ROUND,
        "needs": [asdict(need) for need in problem.needs],
        "offers": [{**asdict(o), "breaks": [asdict(b) for b in o.breaks]} for o in problem.offers],
        "suppliers": [asdict(supplier) for supplier in problem.suppliers],
        "most_suppliers": problem.most_suppliers,
    }


def decision_as_json(decision: Decision) -> dict[str, Any]:
    """Give a decision as it is stored."""
    return {
        "format": AWARD,
        "round": problem_as_json(decision.problem),
        "joint": _suggestion_as_json(decision.joint),
        "alone": [
            {"member": member, **_suggestion_as_json(suggestion)}
            for member, suggestion in sorted(decision.alone.items())
        ],
        "award": award_as_json(decision.award),
    }


def award_as_json(award: Award) -> dict[str, Any]:
    """Give the award alone: purchases, freight, bounds, lines and shares."""
    return {
        "purchases": [asdict(purchase) for purchase in award.purchases],
        "freights": [
            {"supplier": supplier, "freight": won}
            for supplier, won in sorted(award.freights.items())
        ],
        "total": award.total,
        "claimed_bound": award.claimed_bound,
        "certified_bound": award.certified_bound,
        "gap_ppm": award.gap_ppm,
        "certified_gap_ppm": award.certified_gap_ppm,
        "lines": [asdict(line) for line in award.sheet.lines],
        "shares": [_share_as_json(share) for share in award.sheet.shares],
    }


def decision_bytes(decision: Decision) -> bytes:
    """Give the one sequence of bytes that stands for a decision."""
    return canonical(decision_as_json(decision))


def replay(stored: bytes) -> Award:
    """
    Recompute a stored decision without a solver, and give its award.

    Raises Unproven unless the recomputed decision is the stored one, byte by byte.
    """
    value = from_canonical(stored)
    problem, joint, alone = _stored_parts(value)
    award = replayed(problem, joint, alone)
    again = Decision(problem=problem, joint=joint, alone=alone, award=award)
    if decision_bytes(again) != stored:
        raise Unproven("buy.award_differs")
    return award


def _stored_parts(value: Any) -> tuple[Problem, Suggestion, dict[int, Suggestion]]:
    try:
        _of_format(value, AWARD)
        problem = problem_from_json(value["round"])
        alone = {part["member"]: _suggestion(part) for part in value["alone"]}
        return problem, _suggestion(value["joint"]), alone
    except (KeyError, TypeError) as bad:
        raise Malformed("buy.file_shape", problem=str(bad)) from bad


def _of_format(value: Mapping[str, Any], expected: str) -> None:
    if value["format"] != expected:
        raise Malformed("buy.file_shape", problem=f"format is not {expected}")


def _whole(value: Mapping[str, Any]) -> dict[str, Any]:
    for name, number in value.items():
        if type(number) is not int:
            raise Malformed("buy.file_shape", problem=f"{name} is not a whole number")
    return dict(value)


def _offer(value: Mapping[str, Any]) -> Offer:
    rest = {name: item for name, item in value.items() if name not in {"breaks", "most_packs"}}
    return Offer(
        **_whole(rest),
        most_packs=value.get("most_packs"),
        breaks=tuple(PriceBreak(**_whole(step)) for step in value["breaks"]),
    )


def _suggestion(value: Mapping[str, Any]) -> Suggestion:
    return Suggestion(
        packs={(line["item"], line["supplier"]): line["packs"] for line in value["packs"]},
        prices=tuple(ShadowPrice(**price) for price in value["prices"]),
        claimed_bound=value["claimed_bound"],
        solver=value["solver"],
    )


def _suggestion_as_json(suggestion: Suggestion) -> dict[str, Any]:
    return {
        "packs": [
            {"item": item, "supplier": supplier, "packs": packs}
            for (item, supplier), packs in sorted(suggestion.packs.items())
        ],
        "prices": [asdict(price) for price in suggestion.prices if price.micro],
        "claimed_bound": suggestion.claimed_bound,
        "solver": suggestion.solver,
    }


def _share_as_json(share: Share) -> dict[str, Any]:
    alone: Sequence[tuple[str, Won | int]] = ()
    if share.alone is not None:
        alone = (("alone", share.alone.cost), ("alone_bound", share.alone.bound))
    return {
        "member": share.member,
        "goods": share.goods,
        "freight": share.freight,
        "levelled": share.levelled,
        "pays": share.pays,
        "proved": share.is_proved,
        **dict(alone),
    }
