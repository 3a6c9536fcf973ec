"""The need: a product's bills, scaled to an order; and a step of it as lots at several makers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from dure.kernel.money import Won
from dure.sense.engine.product import SHARE, Material, Product, Step, in_order
from dure.sense.engine.product_classes import product_class

THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedStep:
    """
    One step of an order. quantity is what is started (in unit), good what must come out well.

    licences: kinds of permit that its maker must hold. alternatives: processes that would do as
    well; process is the one that was taken. material, envelope_mm, tolerance, certificates: what
    its maker must be able to do (see Step). lot, lots: of a step that several make, which of how
    many lots this is.
    """

    code: str
    name: str
    name_en: str
    process: str
    product_class: str
    licences: tuple[str, ...]
    after: tuple[str, ...]
    quantity: int
    good: int
    unit: str
    rest_minutes: int
    critical: bool
    alternatives: tuple[str, ...] = ()
    material: str = ""
    envelope_mm: tuple[int, ...] = ()
    tolerance: int = 0
    certificates: tuple[str, ...] = ()
    lot: int = 1
    lots: int = 1

    def handed_to(self, later: "NeedStep") -> int:
        """Give how many of the good pieces go to a later step: its share, where it is a lot."""
        return split(self.good, later.lots)[later.lot - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedMaterial:
    """A material of an order: how much, for which step, at which guide price a unit."""

    material: str
    name: str
    name_en: str
    unit: str
    amount: Decimal
    step: str
    guide_won: Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What an order takes: its steps, each after those it builds on, and its materials."""

    product: str
    sets: int
    steps: tuple[NeedStep, ...]
    materials: tuple[NeedMaterial, ...]

    def step(self, code: str) -> NeedStep:
        """Give one step by its code."""
        return next(step for step in self.steps if step.code == code)

    def in_lots(self, lots: Mapping[str, int]) -> "Need":
        """
        Give the need with some steps made in so many lots, each a step of its own from then on.

        What comes after such a step comes after all of its lots. Quantities, good pieces and
        materials are shared by lots as equal as can be, the larger first; nothing is lost.
        """
        cut = {code: lots.get(code, 1) for code in (step.code for step in self.steps)}
        if all(count == 1 for count in cut.values()):
            return self
        return replace(
            self,
            steps=tuple(part for step in self.steps for part in _in_lots(step, cut)),
            materials=tuple(
                part for each in self.materials for part in _for_lots(each, cut[each.step])
            ),
        )


LOT_MARK = "."


def lot_code(step: str, lot: int, lots: int) -> str:
    """Give the code of a lot of a step: press.1; the step's own where it is the whole."""
    return f"{step}{LOT_MARK}{lot}" if lots > 1 else step


def step_of(code: str) -> str:
    """Give the code of the step that a lot is of."""
    return code.split(LOT_MARK, maxsplit=1)[0]


def split(whole: int, lots: int) -> list[int]:
    """Split a number into parts as equal as can be, the larger first."""
    return [whole // lots + (number < whole % lots) for number in range(lots)]


def _in_lots(step: NeedStep, lots: Mapping[str, int]) -> Iterator[NeedStep]:
    count = lots[step.code]
    after = tuple(
        lot_code(before, lot + 1, lots[before])
        for before in step.after
        for lot in range(lots[before])
    )
    for lot, (quantity, good) in enumerate(
        zip(split(step.quantity, count), split(step.good, count), strict=True), start=1
    ):
        yield replace(
            step,
            code=lot_code(step.code, lot, count),
            name=_numbered(step.name, lot, count),
            name_en=_numbered(step.name_en, lot, count),
            after=after,
            quantity=quantity,
            good=good,
            lot=lot,
            lots=count,
        )


def _numbered(name: str, lot: int, lots: int) -> str:
    return f"{name[:72]} ({lot}/{lots})" if name and lots > 1 else name


def _for_lots(material: NeedMaterial, lots: int) -> Iterator[NeedMaterial]:
    thousandths = int(material.amount / THOUSANDTH)
    for lot, part in enumerate(split(thousandths, lots), start=1):
        code = lot_code(material.step, lot, lots)
        yield replace(material, step=code, amount=part * THOUSANDTH)


def scale(
    product: Product, *, quantity: int, spare: int, certificates: tuple[str, ...] = ()
) -> Need:
    """
    Scale a product's bills to an order of quantity sets and spare ones.

    Walks back from the last step. What a step starts is what must come out well and its
    scrap allowance, rounded up; what must come out well covers the most that any later
    step starts, in sets. certificates: what the buyer asks of every maker.
    """
    assert quantity > 0 <= spare, "the request was checked"
    sets = quantity + spare
    started: dict[str, Decimal] = {}
    scaled: list[NeedStep] = []
    for step in reversed(in_order(product.steps)):
        later = [started[each.code] for each in product.steps if step.code in each.after]
        good = max(later, default=Decimal(sets))
        lot = _up(step.per_set * good * (SHARE + step.scrap_basis_points) / SHARE)
        started[step.code] = lot / step.per_set
        scaled.append(_scaled_step(step, quantity=int(lot), good=int(_up(step.per_set * good))))
    materials = tuple(_scaled_material(each, started) for each in product.materials)
    steps = tuple(_with_certificates(step, certificates) for step in reversed(scaled))
    return Need(product=product.code, sets=sets, steps=steps, materials=materials)


def material_cost(materials: tuple[NeedMaterial, ...]) -> Won:
    """Give what the materials cost at their guide prices, each line rounded up."""
    return Won(sum(int(_up(each.amount * each.guide_won)) for each in materials))


def _scaled_step(step: Step, *, quantity: int, good: int) -> NeedStep:
    return NeedStep(
        code=step.code,
        name=step.name,
        name_en=step.name_en,
        process=step.process,
        product_class=step.product_class,
        licences=product_class(step.product_class).licences,
        after=step.after,
        quantity=quantity,
        good=good,
        unit=step.unit,
        rest_minutes=step.rest_minutes,
        critical=step.critical,
        alternatives=step.alternatives,
        material=step.material,
        envelope_mm=step.envelope_mm,
        tolerance=step.tolerance,
        certificates=step.certificates,
    )


def _with_certificates(step: NeedStep, asked: tuple[str, ...]) -> NeedStep:
    return replace(step, certificates=tuple(sorted({*step.certificates, *asked})))


def _scaled_material(material: Material, started: Mapping[str, Decimal]) -> NeedMaterial:
    amount = (material.per_set * started[material.step]).quantize(THOUSANDTH, ROUND_CEILING)
    return NeedMaterial(
        material=material.material,
        name=material.name,
        name_en=material.name_en,
        unit=material.unit,
        amount=amount,
        step=material.step,
        guide_won=material.guide_won,
    )


def _up(amount: Decimal) -> Decimal:
    return amount.to_integral_value(ROUND_CEILING)
