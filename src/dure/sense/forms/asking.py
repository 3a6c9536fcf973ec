"""What buyers and the office type into the forms of requests."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import get_language

from dure.members.public import certificate_codes
from dure.sense.engine.enquiry import LONGEST_TEXT, Brief
from dure.sense.engine.product import Option, Product
from dure.sense.engine.request import FreightTerms, InspectionStandard, Terms
from dure.sense.engine.request import freight_terms as read_freight_terms
from dure.sense.engine.request import inspection_standard as read_inspection_standard
from dure.sense.public import products

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
    certificates = forms.CharField(max_length=200, required=False)

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
            certificates=certificate_codes(said["certificates"].split(",")),
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


class CompletionForm(RequestForm):
    """What a request lacks, and nothing else; that no spares are needed is a tick."""

    no_spares = forms.BooleanField(required=False)

    def __init__(self, lacking: set[str], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        wanted = lacking - {"spare_quantity"}
        if "spare_quantity" in lacking:
            wanted.add("no_spares")
        self.fields = {name: field for name, field in self.fields.items() if name in wanted}

    def terms(self) -> Terms:
        """Give what was typed, of whose quantity and day nothing is meant; the form is valid."""
        blank = dict.fromkeys(RequestForm.base_fields)
        spare = 0 if self.cleaned_data.pop("no_spares", False) else None
        self.cleaned_data = {
            **blank,
            "quantity": 1,
            "due": date.max,
            "destination": "",
            "certificates": "",
            **self.cleaned_data,
            "spare_quantity": spare,
        }
        return super().terms()


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
