"""What people type on the shop floor's pages."""

from django import forms

from dure.make.engine.keeping import LEAST_DAYS, MOST_DAYS

MOST = 10_000_000
DIGITS = {"inputmode": "numeric", "autocomplete": "off"}


class Count(forms.Form):
    """Pieces made since the last count."""

    good = forms.IntegerField(
        min_value=0, max_value=MOST, required=False, widget=forms.NumberInput(attrs=DIGITS)
    )
    scrap = forms.IntegerField(
        min_value=0, max_value=MOST, required=False, widget=forms.NumberInput(attrs=DIGITS)
    )

    def pieces(self) -> dict[str, int]:
        """Give both counts; an empty field is none."""
        return {name: self.cleaned_data.get(name) or 0 for name in ("good", "scrap")}


class Inspection(forms.Form):
    """How many pieces somebody looked at, and how many of them failed."""

    inspected = forms.IntegerField(
        min_value=1, max_value=MOST, widget=forms.NumberInput(attrs=DIGITS)
    )
    failed = forms.IntegerField(min_value=0, max_value=MOST, widget=forms.NumberInput(attrs=DIGITS))


class Watched(forms.Form):
    """A metric to be watched by a control chart."""

    metric = forms.CharField(max_length=128)
    unit = forms.CharField(max_length=16, required=False)


class Written(forms.Form):
    """What somebody wrote down at a machine: a number, or a text."""

    metric = forms.CharField(max_length=128)
    number = forms.DecimalField(required=False, max_digits=18, localize=False)
    text = forms.CharField(required=False, max_length=128)
    grade = forms.ChoiceField(
        required=False, choices=[("hand", "hand"), ("laboratory", "laboratory")]
    )

    def clean(self) -> dict[str, object]:
        """Ask for a number or a text."""
        said = super().clean() or {}
        if said.get("number") is None and not said.get("text") and not self.errors:
            self.add_error("number", "숫자를 적어 주세요. Enter a number.")
        return said

    def value(self) -> float | str:
        """Give the number, else the text."""
        number = self.cleaned_data.get("number")
        return str(self.cleaned_data["text"]) if number is None else float(number)


class Retained(forms.Form):
    """How many days readings are kept; empty is for ever."""

    days = forms.IntegerField(
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        required=False,
        widget=forms.NumberInput(attrs=DIGITS),
    )
