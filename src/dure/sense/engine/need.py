"""The need: a product's bills, scaled to an order."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    well; process is the one that was taken.
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


def scale(product: Product, *, quantity: int, spare: int) -> Need:
    """
    Scale a product's bills to an order of quantity sets and spare ones.

    Walks back from the last step. What a step starts is what must come out well and its
    scrap allowance, rounded up; what must come out well covers the most that any later
    step starts, in sets.
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
    return Need(product=product.code, sets=sets, steps=tuple(reversed(scaled)), materials=materials)


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
    )


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
