"""
A product: what goes into it and how it is made.

The bill of process is a graph of steps. A step's output is a part named after it;
its inputs are the outputs of the steps that it comes after, and the materials that
the bill of materials books on it. Exactly one step has no successor: it gives the set.

    roast ─┐
    bag   ─┴ fill ─┐
    form ─ glaze ─ fire ─┤
    straw ───────────────┼ assemble
    print ─ cut ─────────┘

Both bills hold every variant at once: a line that says `only = ("colour=white",)` is there for
that choice alone (see variants.py). A step may name other processes that could do it, a line
of the bill of materials the line that it can stand in for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from dure.kernel.errors import Malformed, Refused
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.kernel.quantity import UNITS
from dure.sense.engine.product_classes import product_class

SHARE = 10_000
LARGEST_ORDER = 10_000_000
COARSEST = 18  # IT18: the coarsest tolerance class of ISO 286


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One step. per_set: how much of its output, in the process's unit, one set takes.

    scrap_basis_points: what is made on top because some of it fails. rest_minutes: drying or
    cooling before the next step may begin. critical: the set depends on this step's quality.
    alternatives: other processes that could do it, counted in the same unit, the likeliest first.
    only: the choices ("colour=white") for which the step is done; always, where there are none.
    What its maker must be able to do, where it matters: material, what it works there (STS304);
    envelope_mm, the piece's three sides; tolerance, an IT grade (ISO 286); certificates.
    """

    code: str
    name: str
    name_en: str
    process: str
    unit: str
    product_class: str
    after: tuple[str, ...]
    per_set: Decimal
    scrap_basis_points: int
    rest_minutes: int
    critical: bool
    alternatives: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    material: str = ""
    envelope_mm: tuple[int, ...] = ()
    tolerance: int = 0
    certificates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        product_class(self.product_class)
        sane = self.per_set > 0 and 0 <= self.scrap_basis_points < SHARE and self.rest_minutes >= 0
        if not sane:
            raise Malformed("sense.impossible_step", step=self.code)
        sides = len(self.envelope_mm) in (0, 3) and all(side > 0 for side in self.envelope_mm)
        if not sides or not 0 <= self.tolerance <= COARSEST:
            raise Malformed("sense.impossible_piece", step=self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """
    A line of the bill of materials: what one set takes of it, at a step, at a guide price.

    instead_of: the material that this one may stand in for. only: see Step.
    """

    material: str
    name: str
    name_en: str
    unit: str
    per_set: Decimal
    step: str
    guide_won: Won
    instead_of: str = ""
    only: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise Malformed("kernel.unknown_unit", unit=self.unit)
        if self.per_set <= 0 or self.guide_won < 0:
            raise Malformed("sense.impossible_material", material=self.material)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way to have an option."""

    code: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What a buyer chooses: colour, size, print. The first choice is the usual one."""

    code: str
    name: str
    name_en: str = ""
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """
    A product of the catalogue with its two bills.

    lot_min, lot_max: sets that one order may ask for. proposed_by: the member whose idea it was.
    based_on: the code of the product that it is a variant of; that one's proposer keeps the credit.
    """

    id: UUID
    code: str
    name: str
    name_en: str
    product_class: str
    materials: tuple[Material, ...]
    steps: tuple[Step, ...]
    options: tuple[Option, ...] = ()
    lot_min: int = 1
    lot_max: int = LARGEST_ORDER
    about: str = ""
    about_en: str = ""
    proposed_by: FirmId | None = None
    based_on: str = ""

    def __post_init__(self) -> None:
        product_class(self.product_class)
        if not 0 < self.lot_min <= self.lot_max <= LARGEST_ORDER:
            raise Malformed("sense.impossible_lots", least=self.lot_min, most=self.lot_max)


def check_new_in(product: Product, base: Product) -> None:
    """Ensure that a variant differs from what it is based on; raises Refused where it does not."""
    differs = any(
        getattr(product, what) != getattr(base, what)
        for what in ("steps", "materials", "options", "product_class")
    )
    if not differs:
        raise Refused("sense.nothing_new", base=base.code)


def check_product(product: Product) -> None:
    """
    Ensure that a product can be made at all, as far as its bills say.

    Steps are named once, come only after steps that exist, form no cycle and end in
    one step; materials stand in for materials that are there. Raises Refused naming what
    does not hold. What holds for each variant is checked by variants.check_variants.
    """
    codes = [step.code for step in product.steps]
    if not codes:
        raise Refused("sense.no_steps")
    for code in codes:
        if codes.count(code) > 1:
            raise Refused("sense.step_twice", step=code)
    for step in product.steps:
        for before in step.after:
            if before not in codes:
                raise Refused("sense.unknown_step", step=step.code, before=before)
    _check_materials(product, codes)
    in_order(product.steps)
    ends = sorted(set(codes) - {before for step in product.steps for before in step.after})
    if len(ends) != 1:
        raise Refused("sense.one_end", ends=", ".join(ends))


def _check_materials(product: Product, codes: Sequence[str]) -> None:
    firsts = {line.material for line in product.materials if not line.instead_of}
    for line in product.materials:
        if line.step not in codes:
            raise Refused("sense.material_without_step", material=line.material)
        if line.instead_of and line.instead_of not in firsts:
            raise Refused(
                "sense.stands_in_for_nothing", material=line.material, other=line.instead_of
            )


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """
    Give the steps so that each comes after all it builds on; ties as they were written.

    Raises Refused naming a cycle, its steps in order.
    """
    left = {step.code: step for step in steps}
    done: dict[str, Step] = {}
    while left:
        ready = [step for step in left.values() if all(code in done for code in step.after)]
        if not ready:
            raise Refused("sense.cycle", steps=" → ".join(_cycle(left)))
        for step in ready:
            done[step.code] = left.pop(step.code)
    return tuple(done.values())


def _cycle(left: Mapping[str, Step]) -> list[str]:
    # Every step left waits for another one that is left: walking back must come round.
    walked: list[str] = [min(left)]
    while True:
        before = min(code for code in left[walked[-1]].after if code in left)
        if before in walked:
            return [before, *reversed(walked[walked.index(before) :])]
        walked.append(before)
