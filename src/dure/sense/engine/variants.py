"""
Variants: one bill for all of them, from which a choice of each option takes its own.

    options     colour: white (usual), blue        gift: no (usual), box
    steps       form → glaze → fire → dip (only colour=blue) → box (only gift=box)
    chosen      colour=blue, gift=no               form → glaze → fire → dip

A line is done for a choice where, for each option that its `only` names, the chosen one is among
those named. What came after a step that is left out comes after what that step came after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, product

from dure.kernel.errors import Refused
from dure.sense.engine.product import Option, Product, Step, check_product

VARIANTS_CHECKED = 512  # more are made as they are asked for, and refused then where they cannot be

Choices = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A choice in words: "colour: blue"."""

    name: str
    name_en: str


def spoken(options: Sequence[Option]) -> Mapping[str, Spoken]:
    """Give every choice in words, by "option=choice"."""
    return {
        f"{option.code}={choice.code}": Spoken(
            name=f"{option.name}: {choice.name}",
            name_en=f"{option.name_en or option.name}: {choice.name_en or choice.name}",
        )
        for option in options
        for choice in option.choices
    }


def chosen(options: Sequence[Option], said: Sequence[str]) -> Choices:
    """
    Give one choice for each option, the usual one where nothing is said, as "option=choice".

    Raises Refused for an option or choice that is not there, and for two choices of one option.
    """
    picked: dict[str, str] = {}
    known = {option.code: option for option in options}
    for each in said:
        code, _, choice = each.partition("=")
        if code not in known:
            raise Refused("sense.no_such_option", option=code, known=", ".join(known) or "-")
        codes = [one.code for one in known[code].choices]
        if choice not in codes:
            offered = ", ".join(codes)
            raise Refused("sense.no_such_choice", option=code, choice=choice, known=offered)
        if picked.setdefault(code, choice) != choice:
            raise Refused("sense.chosen_twice", option=code)
    return tuple(f"{code}={picked.get(code, each.choices[0].code)}" for code, each in known.items())


def configured(whole: Product, choices: Choices) -> Product:
    """Give the product as it is made for a choice of each option: bills without `only`."""
    picked = dict(each.split("=", 1) for each in choices)
    steps = {step.code: step for step in whole.steps}
    kept = [step for step in whole.steps if _is_in(step.only, picked)]
    names = {step.code for step in kept}
    return replace(
        whole,
        steps=tuple(replace(step, only=(), after=_before(step, names, steps)) for step in kept),
        materials=tuple(
            replace(line, only=())
            for line in whole.materials
            if line.step in names and _is_in(line.only, picked)
        ),
    )


def check_variants(whole: Product) -> None:
    """
    Ensure that options are named once, lines name choices that exist, and each variant can be made.

    Raises Refused naming the variant and what does not hold.
    """
    codes = [option.code for option in whole.options]
    for option in whole.options:
        names = [choice.code for choice in option.choices]
        if codes.count(option.code) > 1 or not names or len(set(names)) < len(names):
            raise Refused("sense.option_unclear", option=option.code)
    only = [line.only for line in whole.steps] + [line.only for line in whole.materials]
    for each in chain.from_iterable(only):
        chosen(whole.options, [each])
    every = product(*(_all(option) for option in whole.options))
    for variant in islice(every, VARIANTS_CHECKED):
        check_product(configured(whole, variant))


def _all(option: Option) -> list[str]:
    return [f"{option.code}={choice.code}" for choice in option.choices]


def _is_in(only: Sequence[str], picked: Mapping[str, str]) -> bool:
    wanted: dict[str, set[str]] = {}
    for each in only:
        code, _, choice = each.partition("=")
        wanted.setdefault(code, set()).add(choice)
    return all(picked.get(code) in choices for code, choices in wanted.items())


def _before(step: Step, names: set[str], steps: Mapping[str, Step]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    ahead = list(step.after)
    while ahead:
        code = ahead.pop(0)
        if code in names:
            found[code] = None
        else:
            ahead = [*steps[code].after, *ahead]
    return tuple(found)
