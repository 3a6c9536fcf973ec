"""What buyers, members and the office type into the forms of needs."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language

from dure.kernel.errors import Malformed
from dure.kernel.ids import FirmId
from dure.kernel.money import Won
from dure.members.public import process_code, process_codes
from dure.sense.engine.enquiry import LONGEST_TEXT, Brief
from dure.sense.engine.product import Choice, Material, Option, Product, Step
from dure.sense.engine.product_classes import product_classes
from dure.sense.engine.request import FreightTerms, InspectionStandard, Terms
from dure.sense.engine.request import freight_terms as read_freight_terms
from dure.sense.engine.request import inspection_standard as read_inspection_standard
from dure.sense.public import products
from dure.stack.ids import new_id

FREIGHT = {
    FreightTerms.DELIVERED: "납품지 인도 · delivered",
    FreightTerms.COLLECT: "착불 · collect",
    FreightTerms.EX_WORKS: "공장 인도 · ex works",
}
INSPECTION = {
    InspectionStandard.ALL: "전수 검사 · every piece",
    InspectionStandard.SAMPLE: "샘플 검사(KS Q ISO 2859-1) · sampling",
    InspectionStandard.NONE: "무검사 · none",
}
STEPS_SHOWN, STEPS_MOST = 4, 40
DAY = forms.DateInput(attrs={"type": "date"})


class RequestForm(forms.Form):
    """A request. Only product, quantity and date must be given."""

    product = forms.ChoiceField()
    quantity = forms.IntegerField(min_value=1)
    due = forms.DateField(widget=DAY)
    spare_quantity = forms.IntegerField(min_value=0, required=False)
    destination = forms.CharField(max_length=160, required=False)
    freight_terms = forms.ChoiceField(required=False)
    inspection_standard = forms.ChoiceField(required=False)
    deposit_percent = forms.IntegerField(min_value=0, max_value=100, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        catalogue = [(each.code, f"{each.name} · {each.name_en}") for each in products()]
        offer(self, "product", catalogue)
        offer(self, "freight_terms", [("", "—"), *((k.value, v) for k, v in FREIGHT.items())])
        offered = [("", "—"), *((k.value, v) for k, v in INSPECTION.items())]
        offer(self, "inspection_standard", offered)

    def terms(self) -> Terms:
        """Give what was typed as terms; the form is valid."""
        said = self.cleaned_data
        freight, inspection = said["freight_terms"], said["inspection_standard"]
        return Terms(
            quantity=said["quantity"],
            due=said["due"],
            spare_quantity=said["spare_quantity"],
            freight_terms=read_freight_terms(freight) if freight else None,
            inspection_standard=read_inspection_standard(inspection) if inspection else None,
            deposit_percent=said["deposit_percent"],
            destination=said["destination"],
        )


class OrderForm(RequestForm):
    """A request from a product's own page: with options, and what it goes on from."""

    earlier = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, whole: Product, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["product"]
        self.options = whole.options
        for option in whole.options:
            self.fields[f"option_{option.code}"] = forms.ChoiceField(
                choices=[(each.code, named(each)) for each in option.choices]
            )

    def choices(self) -> tuple[str, ...]:
        """Give what was chosen of each option."""
        said = self.cleaned_data
        return tuple(f"{each.code}={said[f'option_{each.code}']}" for each in self.options)

    def option_fields(self) -> list[tuple[Option, forms.BoundField]]:
        """Give each option with its field."""
        return [(each, self[f"option_{each.code}"]) for each in self.options]


class EnquiryForm(forms.Form):
    """A free request. Only the text must be given; the rest raises the chance of a quote."""

    text = forms.CharField(
        max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5}), strip=True
    )
    quantity = forms.IntegerField(min_value=1, required=False)
    due = forms.DateField(widget=DAY, required=False)
    materials = forms.CharField(max_length=200, required=False)
    finish = forms.CharField(max_length=200, required=False)
    tolerance = forms.CharField(max_length=200, required=False)
    purpose = forms.CharField(max_length=200, required=False)
    destination = forms.CharField(max_length=160, required=False)

    def brief(self) -> Brief:
        """Give what was typed; fields that are not valid count as not said."""
        said = self.cleaned_data
        words = ("materials", "finish", "tolerance", "purpose", "destination")
        return Brief(
            text=said.get("text", ""),
            quantity=said.get("quantity"),
            due=said.get("due"),
            **{name: said.get(name, "") for name in words},
        )


class TurnForm(forms.Form):
    """The product of the catalogue that a free request is turned into."""

    product = forms.ChoiceField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        offer(self, "product", [(each.code, f"{named(each)} ({each.code})") for each in products()])


class WhyForm(forms.Form):
    """A reason that somebody is told."""

    why = forms.CharField(max_length=400, widget=forms.Textarea(attrs={"rows": 2}))


class ProductForm(forms.Form):
    """
    A product for the shop window: names, options, and its steps one after the other.

    Options are a line each: "색상 = 백색, 청색". Steps come as rows (StepForm); what is not a
    chain, and the bill of materials beyond one line a step, comes by the API.
    """

    code = forms.RegexField(r"^[A-Za-z0-9][A-Za-z0-9-]*$", max_length=40)
    name = forms.CharField(max_length=80)
    name_en = forms.CharField(max_length=80, required=False)
    about = forms.CharField(max_length=600, required=False, widget=forms.Textarea({"rows": 2}))
    product_class = forms.ChoiceField()
    lot_min = forms.IntegerField(min_value=1, initial=1)
    lot_max = forms.IntegerField(min_value=1, initial=1_000)
    options = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        classes = product_classes()
        offer(self, "product_class", [(code, language_of(each)) for code, each in classes.items()])

    def product(self, rows: "list[StepForm]", *, proposed_by: FirmId | None) -> Product:
        """Give the product of this form and its rows; all are valid. Raises Malformed."""
        said = self.cleaned_data
        kind = said["product_class"]
        steps = [row.step(place, kind) for place, row in enumerate(rows, start=1)]
        return Product(
            id=new_id(),
            code=said["code"],
            name=said["name"],
            name_en=said["name_en"],
            about=said["about"],
            product_class=kind,
            lot_min=said["lot_min"],
            lot_max=said["lot_max"],
            options=tuple(read_options(said["options"])),
            steps=tuple(steps),
            materials=tuple(
                line
                for place, row in enumerate(rows, start=1)
                for line in row.materials(f"step-{place}")
            ),
            proposed_by=proposed_by,
        )


class StepForm(forms.Form):
    """One step of a product that is proposed, after the one above it, with at most one material."""

    name = forms.CharField(max_length=80)
    process = forms.ChoiceField()
    alternative = forms.ChoiceField(required=False)
    per_set = forms.DecimalField(min_value=Decimal("0.0001"), max_digits=12, initial=1)
    material = forms.CharField(max_length=80, required=False)
    material_unit = forms.ChoiceField(
        choices=[(unit, unit) for unit in ("kg", "ea", "m", "m2", "sheet", "l")], required=False
    )
    material_per_set = forms.DecimalField(min_value=0, max_digits=12, required=False)
    guide_won = forms.IntegerField(min_value=0, max_value=10**9, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        known = [(each.code, language_of(each)) for each in process_codes().values()]
        known.sort(key=lambda each: each[1])
        offer(self, "process", known)
        offer(self, "alternative", [("", "—"), *known])

    def step(self, place: int, kind: str) -> Step:
        """Give the step at a place; it comes after the one before it. Raises Malformed."""
        said = self.cleaned_data
        other = said["alternative"]
        if other and process_code(other).unit != process_code(said["process"]).unit:
            raise Malformed("sense.alternative_unit", step=said["name"], process=other)
        return Step(
            code=f"step-{place}",
            name=said["name"],
            name_en="",
            process=said["process"],
            unit=process_code(said["process"]).unit,
            product_class=kind,
            after=(f"step-{place - 1}",) if place > 1 else (),
            per_set=said["per_set"],
            scrap_basis_points=0,
            rest_minutes=0,
            critical=False,
            alternatives=(other,) if other else (),
        )

    def materials(self, step: str) -> list[Material]:
        """Give the step's line of the bill of materials, where it has one."""
        said = self.cleaned_data
        if not said["material"] or not said["material_per_set"]:
            return []
        return [
            Material(
                material=f"{step}-material",
                name=said["material"],
                name_en="",
                unit=said["material_unit"] or "ea",
                per_set=said["material_per_set"],
                step=step,
                guide_won=Won(said["guide_won"] or 0),
            )
        ]


def step_rows(data: Any) -> list[StepForm]:
    """Give the rows that were sent and have a name."""
    count = min(_count(data.get("rows", "0")), STEPS_MOST)
    rows = [StepForm(data, prefix=f"s{place}") for place in range(count)]
    return [row for row in rows if data.get(f"{row.prefix}-name", "").strip()]


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


def offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Let a form's field offer these choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def named(names: Any) -> str:
    """Give the name of what has `name` and `name_en`, in this language."""
    is_english = (get_language() or "ko").startswith("en")
    return names.name_en if is_english and names.name_en else names.name


def language_of(names: Any) -> str:
    """Give the name of what has `ko` and `en`, in this language."""
    return names.en if (get_language() or "ko").startswith("en") else names.ko


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
