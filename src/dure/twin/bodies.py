"""The synthetic cooperative as JSON bodies for Dure's doors: POST /firms and its neighbours."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from dure.twin.cooperative import Capability, Cooperative, Firm, Material, Need, Offer, Step

WEEKDAYS = [0, 1, 2, 3, 4]
SATURDAY = 5
LUNCH = ("12:00", "13:00")
SITE = "A"
LARGEST_ORDER = 20_000  # sets
BANK_ACCOUNT = "110-000-000000"
LICENCE_ENDS = "2028-12-31"


def booked(payments: Iterable[dict[str, Any]], day: date | None = None) -> str:
    """Give the bank's file of payments that it booked, on a day or each when it was due."""
    lines = [
        f"{day or each['due_on']},{BANK_ACCOUNT},{each['won']},{each['reference']}"
        for each in payments
    ]
    return "\n".join(["date,account,amount,reference", *lines, ""])


def firm(each: Firm) -> dict[str, Any]:
    """Give the body of POST /firms."""
    return {
        "business_number": each.business_number,
        "name": each.name,
        "name_en": each.name_en,
        "kind": each.kind,
        "ksic": each.ksic,
        "shares": each.shares,
        "sites": [_site(each)],
        "equipment": [
            {"code": m.code, "site": SITE, "name": m.name, "name_en": m.name_en}
            for m in each.machines
        ],
        "capabilities": [_capability(each, can) for can in each.capabilities],
        "rate_card": [
            {"process": can.process, "setup_won": can.setup_won, "unit_won": can.unit_won}
            for can in each.capabilities
        ],
        "licences": [_licence(each, place) for place in range(len(each.licences))],
        "calendar": {"shifts": _shifts(each)},
        "people": [
            {"email": person.email, "name": person.name, "roles": [person.role]}
            for person in each.people
        ],
    }


def product(coop: Cooperative) -> dict[str, Any]:
    """Give the body of POST /products."""
    listed = coop.product
    materials = {material.code: material for material in coop.materials}
    return {
        "code": listed.code,
        "name": listed.name,
        "name_en": listed.name_en,
        "product_class": listed.product_class,
        "lot_max": LARGEST_ORDER,
        "bill_of_materials": [
            {
                "material": each.material,
                "name": materials[each.material].name,
                "name_en": materials[each.material].name_en,
                "unit": materials[each.material].unit,
                "per_set": each.per_set,
                "step": each.step,
                "guide_won": materials[each.material].price,
            }
            for each in listed.materials
        ],
        "bill_of_process": [_step(step) for step in listed.steps],
    }


def offer(coop: Cooperative, each: Offer) -> dict[str, Any]:
    """Give the body of POST /supplier-offers."""
    materials = {material.code: material for material in coop.materials}
    return {
        "freight": each.freight,
        "lead_days": each.lead_days,
        "lines": [
            {
                **_item(materials[line.material]),
                "pack": str(line.pack),
                "breaks": [{"packs": packs, "price": price} for packs, price in line.breaks],
            }
            for line in each.lines
        ],
    }


def need(coop: Cooperative, each: Need, by: date) -> dict[str, Any]:
    """Give the body of POST /material-needs."""
    material = next(material for material in coop.materials if material.code == each.material)
    return {**_item(material), "amount": str(each.amount), "by": by.isoformat()}


def _item(material: Material) -> dict[str, Any]:
    return {
        "item": material.code,
        "name": material.name,
        "name_en": material.name_en,
        "unit": material.unit,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "code": step.code,
        "name": step.name,
        "name_en": step.name_en,
        "process": step.process,
        "product_class": step.product_class,
        "after": list(step.after),
        "per_set": step.per_set,
        "scrap_basis_points": step.scrap_basis_points,
        "rest_minutes": step.rest_minutes,
        "critical": step.critical,
        "certificates": list(step.certificates),
    }


def _site(each: Firm) -> dict[str, Any]:
    site = each.site
    return {
        "code": SITE,
        "name": site.name,
        "building": site.building,
        "east_m": site.east_m,
        "north_m": site.north_m,
    }


def _capability(each: Firm, can: Capability) -> dict[str, Any]:
    return {
        "process": can.process,
        "site": SITE,
        "lot_min": can.lot_min,
        "lot_max": can.lot_max,
        "setup_minutes": can.setup_minutes,
        "minutes_per_100": can.minutes_per_100,
        "equipment": [m.code for m in each.machines if m.process == can.process],
    }


def _licence(each: Firm, place: int) -> dict[str, Any]:
    number = f"{each.business_number[-5:]}-{place + 1:03d}"
    return {"kind": each.licences[place], "number": number, "valid_until": LICENCE_ENDS}


def _shifts(each: Firm) -> list[dict[str, Any]]:
    start, end = each.shift
    halves = [(start, LUNCH[0]), (LUNCH[1], end)]
    week = [{"weekdays": WEEKDAYS, "start": begin, "end": finish} for begin, finish in halves]
    if each.works_saturday:
        week.append({"weekdays": [SATURDAY], "start": start, "end": LUNCH[0]})
    return week
