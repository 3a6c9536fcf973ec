"""
Ways to make it: which of the processes and materials that would do are taken, and why.

A step is done by its own process where any member can; else by the first of its alternatives
that somebody can do. Where several can, the one whose capable members' median price for the lot
is least, the step's own on a tie. A material is the cheapest of a line and those that may stand in
for it, at guide prices. What the earlier orders of a product showed of its scrap weighs in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median_low

from dure.kernel.money import Won
from dure.sense.engine.product import SHARE, Material, Product

KNOWN_PIECES = 300  # what the bill says of scrap weighs like so many pieces seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What inspections of a product's earlier orders found at a step."""

    pieces: int
    failed: int


def with_materials(product: Product) -> Product:
    """Take the cheapest of each line of the bill of materials and what may stand in for it."""
    firsts = [line for line in product.materials if not line.instead_of]
    taken = tuple(min(_lines(product, first), key=_cost) for first in firsts)
    return replace(product, materials=tuple(replace(line, instead_of="") for line in taken))


def with_processes(product: Product, prices: Mapping[tuple[str, str], list[Won]]) -> Product:
    """
    Take a process for each step that has alternatives; the others stay beside it as its own.

    prices: for (step, process), what each capable member would charge for the step's lot.
    """

    def rank(step: str, process: str) -> tuple[bool, int]:
        asked = prices.get((step, process), [])
        return not asked, median_low(asked) if asked else 0

    steps = []
    for step in product.steps:
        every = (step.process, *step.alternatives)
        best = min(every, key=lambda process: rank(step.code, process))
        others = tuple(process for process in every if process != best)
        steps.append(replace(step, process=best, alternatives=others))
    return replace(product, steps=tuple(steps))


def with_scrap(product: Product, seen: Mapping[str, Seen]) -> Product:
    """Let each step's scrap be what its bill says and its inspections found, weighed together."""
    steps = tuple(
        replace(step, scrap_basis_points=_scrap(step.scrap_basis_points, seen[step.code]))
        if step.code in seen
        else step
        for step in product.steps
    )
    return replace(product, steps=steps)


def _scrap(told: int, seen: Seen) -> int:
    # A made piece in 10,000 + told fails; inspections count failures among the made.
    made = KNOWN_PIECES + seen.pieces
    failing = KNOWN_PIECES * told / (SHARE + told) + seen.failed
    lost = failing / made
    return min(round(SHARE * lost / (1 - lost)), SHARE - 1) if lost < 1 else SHARE - 1


def _lines(product: Product, first: Material) -> list[Material]:
    return [
        line for line in product.materials if line is first or line.instead_of == first.material
    ]


def _cost(line: Material) -> Won:
    return Won(int(line.per_set * line.guide_won * SHARE))
