"""
A seeded cooperative: 구로 두레 협동조합, its members, its buyer, its suppliers and its product.

    coop = found(seed=1)
    coop.members[0].name         '가람로스터스'
    coop.members[0].machines     (Machine(code='ROAST-1', ...), ...)

The same seed gives the same cooperative on every machine and Python: chance comes from
random.Random seeded with text, one stream per member, so that a change to one member
does not ripple through the others. What members do for a living stands in trades.toml;
the generator deals out names, buildings, speeds, rates, shares and people.

Business numbers pass the check digit, but their two middle digits are 00, which no
Korean tax office hands out: nobody real is ever named.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from dure.kernel.ids import BusinessNumber, business_number, check_digit

GURO_TAX_OFFICE = "113"
MEMBERS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works at a firm and may sign in."""

    name: str
    name_en: str
    role: str  # owner, bookkeeper, auditor, buyer, supplier, office
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a firm stands: a unit in a building, metres from the park's south-west gate."""

    name: str
    name_en: str
    building: str
    east_m: int
    north_m: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One machine; its code is also the device id under which it speaks Sparkplug."""

    code: str
    name: str
    name_en: str
    process: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a firm can do, how fast and for how much: its signed rate card."""

    process: str
    setup_minutes: int
    minutes_per_100: int
    setup_won: int
    unit_won: int
    lot_min: int
    lot_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A member, a buyer or a supplier."""

    business_number: BusinessNumber
    name: str
    name_en: str
    kind: str
    ksic: str
    shares: int
    site: Site
    people: tuple[Person, ...]
    machines: tuple[Machine, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    licences: tuple[str, ...] = ()
    shift: tuple[str, str] = ("08:30", "17:30")
    works_saturday: bool = False

    def person(self, role: str) -> Person:
        """Give the first person who holds role."""
        return next(person for person in self.people if person.role == role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A member needs some of a material for work that has nothing to do with the order."""

    firm: BusinessNumber
    material: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A material in packs of so many units: from so many packs on, every pack costs so much."""

    material: str
    pack: int
    breaks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A supplier's terms for one delivery: freight, days until it comes, its price list."""

    firm: BusinessNumber
    freight: int
    lead_days: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A material that members buy."""

    code: str
    name: str
    name_en: str
    unit: str
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One step of the product: its process, what must come before it, how much one set takes.

    scrap_basis_points: what is started on top because some of it fails. rest_minutes: cooling
    or drying before the next step. critical: the set depends on this step's quality, so that two
    firms make a part of it each. certificates: what its maker must hold.
    """

    code: str
    name: str
    name_en: str
    process: str
    product_class: str
    after: tuple[str, ...]
    per_set: str
    scrap_basis_points: int
    rest_minutes: int
    critical: bool
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """What one set takes of a material, and at which step."""

    material: str
    step: str
    per_set: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What the cooperative sells under its own brand."""

    code: str
    name: str
    name_en: str
    product_class: str
    steps: tuple[Step, ...]
    materials: tuple[Ingredient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooperative:
    """Everybody and everything that the order needs, and a few who have no part in it."""

    seed: int
    office: Firm
    members: tuple[Firm, ...]
    buyer: Firm
    suppliers: tuple[Firm, ...]
    materials: tuple[Material, ...]
    product: Product
    needs: tuple[Need, ...]
    offers: tuple[Offer, ...]


def found(seed: int) -> Cooperative:
    """Found the cooperative of a seed."""
    trades = _read()
    members = tuple(_members(seed))
    suppliers = tuple(
        _supplier(seed, place, each) for place, each in enumerate(trades["suppliers"])
    )
    return Cooperative(
        seed=seed,
        office=_office(seed),
        members=members,
        buyer=_buyer(seed),
        suppliers=suppliers,
        materials=tuple(_material(code, each) for code, each in trades["materials"].items()),
        product=_product(),
        needs=tuple(_needs(seed, members)),
        offers=tuple(_offers(suppliers)),
    )


def numbered(serial: int) -> BusinessNumber:
    """Give the business number of a serial that no tax office hands out."""
    nine = f"{GURO_TAX_OFFICE}00{serial:04d}"
    return business_number(f"{nine}{check_digit(nine)}")


def _members(seed: int) -> Iterator[Firm]:
    trades = [trade for trade in _read()["trades"] for _ in range(trade.get("members", 1))]
    assert len(trades) == MEMBERS, "trades.toml describes the members of one cooperative"
    stems = Random(f"{seed}/names").sample(_read()["names"]["stems"], k=MEMBERS)
    for place, (trade, stem) in enumerate(zip(trades, stems, strict=True)):
        yield _member(Random(f"{seed}/member/{place}"), place, trade, stem)


def _member(chance: Random, place: int, trade: dict[str, Any], stem: list[str]) -> Firm:
    return Firm(
        business_number=numbered(1000 + place),
        name=f"{stem[0]}{trade['ko']}",
        name_en=f"{stem[1]} {trade['en']}",
        kind="member",
        ksic=trade["ksic"],
        shares=chance.randrange(10, 61, 5),
        site=_site(chance),
        people=_people(chance, f"m{place + 1:02d}", _roles(trade)),
        machines=tuple(_machines(trade)),
        capabilities=tuple(_capability(chance, process) for process in trade["processes"]),
        licences=tuple(trade["licences"]),
        shift=chance.choice([("08:30", "17:30"), ("08:00", "17:00"), ("09:00", "18:00")]),
        works_saturday=chance.random() < 0.25,
    )


def _roles(trade: dict[str, Any]) -> tuple[str, ...]:
    return ("owner", "bookkeeper", *trade.get("elected", ()))


def _machines(trade: dict[str, Any]) -> Iterator[Machine]:
    for kind in trade["machines"]:
        for number in range(1, kind["count"] + 1):
            yield Machine(
                code=f"{kind['code']}-{number}",
                name=f"{kind['ko']} {number}호기",
                name_en=f"{kind['en']} {number}",
                process=kind["process"],
            )


def _capability(chance: Random, process: str) -> Capability:
    usual = _read()["processes"][process]
    return Capability(
        process=process,
        setup_minutes=5 * round(usual["setup_minutes"] * chance.uniform(0.8, 1.2) / 5),
        minutes_per_100=max(1, round(usual["minutes_per_100"] * chance.uniform(0.8, 1.25))),
        setup_won=500 * round(usual["setup_won"] * chance.uniform(0.85, 1.2) / 500),
        unit_won=max(1, round(usual["unit_won"] * chance.uniform(0.85, 1.2))),
        lot_min=usual["lot"][0],
        lot_max=usual["lot"][1],
    )


def _site(chance: Random) -> Site:
    building = chance.choice(_read()["buildings"])
    floor, door = chance.randrange(1, 13), chance.randrange(1, 20)
    unit = f"{floor}{door:02d}"
    return Site(
        name=f"{building['ko']} {unit}호",
        name_en=f"{building['en']} #{unit}",
        building=building["ko"],
        east_m=building["east_m"],
        north_m=building["north_m"],
    )


def _people(chance: Random, prefix: str, roles: tuple[str, ...]) -> tuple[Person, ...]:
    names = _read()["names"]
    people = []
    for role in roles:
        family, given = chance.choice(names["families"]), chance.choice(names["given"])
        people.append(
            Person(
                name=f"{family[0]}{given[0]}",
                name_en=f"{given[1]} {family[1]}",
                role=role,
                email=f"{role}@{prefix}.guro-dure.example",
            )
        )
    return tuple(people)


def _office(seed: int) -> Firm:
    chance = Random(f"{seed}/office")
    return Firm(
        business_number=numbered(1),
        name="구로 두레 협동조합",
        name_en="Guro Dure",
        kind="cooperative",
        ksic="94110",
        shares=0,
        site=_site(chance),
        people=_people(chance, "office", ("office",)),
    )


def _buyer(seed: int) -> Firm:
    chance = Random(f"{seed}/buyer")
    return Firm(
        business_number=numbered(9000),
        name="한빛 카페",
        name_en="Hanbit Café",
        kind="buyer",
        ksic="56221",
        shares=0,
        site=Site(
            name="서울 영등포구 문래동",
            name_en="Mullae-dong, Seoul",
            building="문래동",
            east_m=1_100,
            north_m=4_500,
        ),
        people=_people(chance, "hanbit", ("buyer",)),
    )


def _supplier(seed: int, place: int, each: dict[str, Any]) -> Firm:
    chance = Random(f"{seed}/supplier/{place}")
    return Firm(
        business_number=numbered(8000 + place),
        name=each["ko"],
        name_en=each["en"],
        kind="supplier",
        ksic=each["ksic"],
        shares=0,
        site=_site(chance),
        people=_people(chance, f"s{place + 1:02d}", ("supplier",)),
    )


def _material(code: str, each: dict[str, Any]) -> Material:
    return Material(
        code=code, name=each["ko"], name_en=each["en"], unit=each["unit"], price=each["price"]
    )


def _product() -> Product:
    product = _read()["product"]
    return Product(
        code=product["code"],
        name=product["ko"],
        name_en=product["en"],
        product_class=product["class"],
        steps=tuple(_step(each) for each in product["steps"]),
        materials=tuple(Ingredient(**each) for each in product["materials"]),
    )


def _step(each: dict[str, Any]) -> Step:
    return Step(
        code=each["code"],
        name=each["ko"],
        name_en=each["en"],
        process=each["process"],
        product_class=each["class"],
        after=tuple(each["after"]),
        per_set=each["per_set"],
        scrap_basis_points=each["scrap_basis_points"],
        rest_minutes=each["rest_minutes"],
        critical=each["critical"],
        certificates=tuple(each.get("certificates", ())),
    )


def _needs(seed: int, members: tuple[Firm, ...]) -> Iterator[Need]:
    trades = {trade["ko"]: trade for trade in _read()["trades"]}
    for place, member in enumerate(members):
        chance = Random(f"{seed}/needs/{place}")
        trade = next(trade for word, trade in trades.items() if member.name.endswith(word))
        for need in trade["needs"]:
            amount = 10 * round(need["monthly"] * chance.uniform(0.3, 0.7) / 10)
            yield Need(firm=member.business_number, material=need["material"], amount=amount)


def _offers(suppliers: tuple[Firm, ...]) -> Iterator[Offer]:
    for supplier, each in zip(suppliers, _read()["suppliers"], strict=True):
        yield Offer(
            firm=supplier.business_number,
            freight=each["freight"],
            lead_days=each["lead_days"],
            lines=tuple(_line(code, each["breaks"]) for code in each["sells"]),
        )


def _line(code: str, breaks: list[list[int]]) -> Line:
    """Give a price list in packs, out of units from which on and thousandths of the list price."""
    material = _read()["materials"][code]
    pack, price = material["pack"], material["price"] * material["pack"]
    return Line(
        material=code,
        pack=pack,
        breaks=tuple((max(1, -(-units // pack)), price * share // 1000) for units, share in breaks),
    )


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads((files("dure.twin") / "trades.toml").read_text(encoding="utf-8"))
