"""
A product typed as rows: for who proposes one, and who varies another member's.

Rows are numbered from 1. A step comes after the row above it unless `after` says otherwise ("2, 5";
0 for one that begins), and is done for every choice unless `only` names some ("색상=청색"). A row
that began as a step of the product it is based on keeps what a form does not show: scrap, rest,
further alternatives, further materials. The API takes any bill at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from dure.kernel.errors import Malformed
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.members.public import (
    SIDES,
    certificate_codes,
    material_code,
    process_code,
    process_codes,
    sides_of,
    sides_text,
)
from dure.sense.engine.product import COARSEST, Choice, Material, Option, Product, Step
from dure.sense.engine.product_classes import product_classes
from dure.sense.forms.asking import language_of, offer
from dure.stack.ids import new_id

STEPS_SHOWN, STEPS_MOST = 4, 40
ASKED = ("critical", "works", "envelope", "tolerance", "certificates")
UNITS_OFFERED = ("kg", "ea", "m", "m2", "sheet", "l")


class ProductForm(forms.Form):
    """
    A product for the shop window: names, sizes of orders, options.

    Options are a line each: "색상 = 백색, 청색". Its steps come as rows (StepForm).
    """

    code = forms.RegexField(r"^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=40)
    name = forms.CharField(max_length=80)
    name_en = forms.CharField(max_length=80, required=False)
    about = forms.CharField(max_length=600, required=False, widget=forms.Textarea({"rows": 2}))
    product_class = forms.ChoiceField()
    lot_min = forms.IntegerField(min_value=1, initial=1)
    lot_max = forms.IntegerField(min_value=1, initial=1_000)
    options = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))
    based_on = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        classes = product_classes()
        offer(self, "product_class", [(code, language_of(each)) for code, each in classes.items()])

    def product(
        self, rows: "Sequence[StepForm]", *, proposed_by: FirmId | None, base: Product | None
    ) -> Product:
        """Give the product of this form and its rows; all are valid. Raises Malformed."""
        said = self.cleaned_data
        options = _with_codes_of(base, read_options(said["options"]))
        codes = _codes(rows, base)
        steps = [
            row.step(place, codes, said["product_class"], options, base)
            for place, row in enumerate(rows, start=1)
        ]
        return Product(
            id=new_id(),
            options=options,
            steps=tuple(steps),
            materials=tuple(
                line
                for row, code in zip(rows, codes, strict=True)
                for line in row.materials(code, base)
            ),
            proposed_by=proposed_by,
            based_on=base.code if base else "",
            code=said["code"],
            name=said["name"],
            name_en=said["name_en"],
            about=said["about"],
            product_class=said["product_class"],
            lot_min=said["lot_min"],
            lot_max=said["lot_max"],
        )


class StepForm(forms.Form):
    """One step of a product that is proposed, with at most one material typed into it."""

    name = forms.CharField(max_length=80)
    process = forms.ChoiceField()
    alternative = forms.ChoiceField(required=False)
    per_set = forms.DecimalField(min_value=Decimal("0.0001"), max_digits=12, initial=1)
    after = forms.CharField(max_length=40, required=False)
    only = forms.CharField(max_length=200, required=False)
    material = forms.CharField(max_length=80, required=False)
    material_unit = forms.ChoiceField(
        choices=[(unit, unit) for unit in UNITS_OFFERED], required=False
    )
    material_per_set = forms.DecimalField(min_value=0, max_digits=12, required=False)
    guide_won = forms.IntegerField(min_value=0, max_value=10**9, required=False)
    critical = forms.BooleanField(required=False)
    works = forms.CharField(max_length=40, required=False)
    envelope = forms.RegexField(SIDES, max_length=60, required=False)
    tolerance = forms.IntegerField(min_value=0, max_value=COARSEST, required=False)
    certificates = forms.CharField(max_length=200, required=False)
    origin = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        known = [(each.code, language_of(each)) for each in process_codes().values()]
        known.sort(key=lambda each: each[1])
        offer(self, "process", known)
        offer(self, "alternative", [("", "—"), *known])

    def step(
        self,
        place: int,
        codes: Sequence[str],
        kind: str,
        options: Sequence[Option],
        base: Product | None,
    ) -> Step:
        """Give the step at a place, counted from 1. Raises Malformed."""
        said = self.cleaned_data
        other, process = said["alternative"], process_code(said["process"])
        if other and process_code(other).unit != process.unit:
            raise Malformed("sense.alternative_unit", step=said["name"], process=other)
        was = _origin(base, said["origin"])
        if was is None or was.process != process.code:
            was = Step(
                code="",
                name="",
                name_en="",
                process=process.code,
                unit=process.unit,
                product_class=kind,
                after=(),
                per_set=said["per_set"],
                scrap_basis_points=0,
                rest_minutes=0,
                critical=False,
            )
        return replace(
            was,
            code=codes[place - 1],
            name=said["name"],
            name_en=was.name_en if was.name == said["name"] else "",
            per_set=said["per_set"],
            after=_after(said["after"], place, codes, said["name"]),
            only=_only(said["only"], options, said["name"]),
            alternatives=(other, *was.alternatives[1:]) if other else (),
            critical=said["critical"],
            material=material_code(said["works"]),
            envelope_mm=sides_of(said["envelope"]),
            tolerance=said["tolerance"] or 0,
            certificates=certificate_codes(said["certificates"].split(",")),
        )

    @property
    def asks(self) -> bool:
        """Say whether anything of what its maker must be able to do is said already."""
        return any(self[name].value() for name in ASKED)

    def materials(self, step: str, base: Product | None) -> list[Material]:
        """Give the step's lines of the bill of materials, what was not shown among them."""
        said = self.cleaned_data
        were = _lines(base, said["origin"])
        kept = [replace(line, step=step) for line in were[1:]]
        if not said["material"] or not said["material_per_set"]:
            return kept
        first = were[0] if were else None
        same = first is not None and first.name == said["material"]
        return [
            Material(
                material=first.material if first and same else f"{step}-material",
                name=said["material"],
                name_en=first.name_en if first and same else "",
                unit=said["material_unit"] or "ea",
                per_set=said["material_per_set"],
                step=step,
                guide_won=Won(said["guide_won"] or 0),
                instead_of=first.instead_of if first else "",
                only=first.only if first else (),
            ),
            *kept,
        ]


def step_rows(data: Any) -> list[StepForm]:
    """Give the rows that were sent and have a name."""
    count = min(_count(data.get("rows", "0")), STEPS_MOST)
    rows = [StepForm(data, prefix=f"s{place}") for place in range(count)]
    return [row for row in rows if data.get(f"{row.prefix}-name", "").strip()]


def rows_of(base: Product) -> list[StepForm]:
    """Give rows that say how a product is made, for who varies it."""
    numbers = {step.code: place for place, step in enumerate(base.steps, start=1)}
    return [
        StepForm(prefix=f"s{place - 1}", initial=_told(step, place, numbers, base))
        for place, step in enumerate(base.steps, start=1)
    ]


def rows_of_processes(codes: Sequence[str]) -> list[StepForm]:
    """Give a row for each process that there is of these, one after the other."""
    known = [process_codes()[code] for code in codes if code in process_codes()]
    return [
        StepForm(prefix=f"s{place}", initial={"name": language_of(each), "process": each.code})
        for place, each in enumerate(known[:STEPS_MOST])
    ]


def options_text(options: Sequence[Option]) -> str:
    """Write options as read_options reads them."""
    lines = (f"{each.name} = {', '.join(one.name for one in each.choices)}" for each in options)
    return "\n".join(lines)


def read_options(text: str) -> list[Option]:
    """Read options, a line each: `name = choice, choice`; raises Malformed for other lines."""
    found = []
    for place, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        name, equals, rest = line.partition("=")
        names = [each.strip() for each in rest.split(",") if each.strip()]
        if not equals or not name.strip() or len(names) < 2:
            raise Malformed("sense.option_line", line=line)
        choices = tuple(Choice(code=f"c{at}", name=each) for at, each in enumerate(names, start=1))
        found.append(Option(code=f"o{place}", name=name.strip(), choices=choices))
    return found


def _with_codes_of(base: Product | None, options: Sequence[Option]) -> tuple[Option, ...]:
    """Let options and choices keep the codes that they have in the product varied."""
    known = {option.name: option for option in base.options} if base else {}
    found = []
    for option in options:
        was = known.get(option.name)
        names = {choice.name: choice for choice in was.choices} if was else {}
        choices = tuple(
            names.get(each.name) or _unlike(each, names.values()) for each in option.choices
        )
        found.append(replace(was or option, choices=choices))
    return tuple(found)


def _unlike(choice: Choice, known: Any) -> Choice:
    taken = {each.code for each in known}
    return replace(choice, code=f"{choice.code}-new") if choice.code in taken else choice


def _codes(rows: Sequence[StepForm], base: Product | None) -> list[str]:
    kept = [row.cleaned_data["origin"] for row in rows]
    known = [code if _origin(base, code) and kept.count(code) == 1 else "" for code in kept]
    return [
        code or (f"step-{place}" if f"step-{place}" not in known else f"step-{place}-new")
        for place, code in enumerate(known, start=1)
    ]


def _after(text: str, place: int, codes: Sequence[str], step: str) -> tuple[str, ...]:
    if not text.strip():
        return (codes[place - 2],) if place > 1 else ()
    numbers = [_count(each.strip()) if each.strip().isdigit() else -1 for each in text.split(",")]
    if numbers == [0]:
        return ()
    if not all(0 < number <= len(codes) and number != place for number in numbers):
        raise Malformed("sense.after_unclear", step=step, after=text)
    return tuple(codes[number - 1] for number in numbers)


def _only(text: str, options: Sequence[Option], step: str) -> tuple[str, ...]:
    found = []
    for each in filter(None, (part.strip() for part in text.split(","))):
        name, _, wanted = (part.strip() for part in each.partition("="))
        codes = [
            f"{option.code}={choice.code}"
            for option in options
            for choice in option.choices
            if name == option.name and wanted == choice.name
        ]
        if not codes:
            raise Malformed("sense.only_unclear", step=step, only=each)
        found += codes
    return tuple(found)


def _told(step: Step, place: int, numbers: dict[str, int], base: Product) -> dict[str, object]:
    before = [numbers[code] for code in step.after]
    is_next = before == [place - 1] or (place == 1 and not before)
    line = next(iter(_lines(base, step.code)), None)
    material = (
        {
            "material": line.name,
            "material_unit": line.unit,
            "material_per_set": line.per_set.normalize(),
            "guide_won": int(line.guide_won),
        }
        if line
        else {}
    )
    return {
        "name": step.name,
        "process": step.process,
        "alternative": next(iter(step.alternatives), ""),
        "per_set": step.per_set.normalize(),
        "after": "" if is_next else ", ".join(map(str, before)) or "0",
        "only": ", ".join(_named(step.only, base.options)),
        "origin": step.code,
        "critical": step.critical,
        "works": step.material,
        "envelope": sides_text(step.envelope_mm),
        "tolerance": step.tolerance or "",
        "certificates": ", ".join(step.certificates),
        **material,
    }


def _named(only: Sequence[str], options: Sequence[Option]) -> Iterator[str]:
    for option in options:
        for choice in option.choices:
            if f"{option.code}={choice.code}" in only:
                yield f"{option.name}={choice.name}"


def _origin(base: Product | None, code: str) -> Step | None:
    return next((step for step in base.steps if step.code == code), None) if base else None


def _lines(base: Product | None, step: str) -> list[Material]:
    return [line for line in base.materials if line.step == step] if base else []


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
