"""What an owner types to revise what the firm offers."""

from collections.abc import Iterable
from typing import Any

from django import forms

from dure.members.engine.ballot import LEAST_DAYS, MOST_DAYS, parameters
from dure.members.engine.firm import COARSEST, Capability, Equipment, Rate
from dure.members.engine.process_codes import ProcessCode
from dure.members.engine.spelling import SIDES, sides_of, sides_text

MOST_WON = 10**12


class CapabilityForm(forms.Form):
    """One process on some of the firm's machines, and its line of the rate card."""

    process = forms.ChoiceField()
    machines = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    lot_min = forms.IntegerField(min_value=1, max_value=10**9)
    lot_max = forms.IntegerField(min_value=1, max_value=10**9)
    setup_minutes = forms.IntegerField(min_value=0, max_value=100_000)
    minutes_per_100 = forms.IntegerField(min_value=1, max_value=1_000_000)
    setup_won = forms.IntegerField(min_value=0, max_value=MOST_WON)
    unit_won = forms.IntegerField(min_value=0, max_value=MOST_WON)
    materials = forms.CharField(max_length=400, required=False)
    envelope = forms.RegexField(SIDES, max_length=60, required=False)
    tolerance = forms.IntegerField(min_value=0, max_value=COARSEST, required=False)

    def __init__(
        self,
        *args: Any,
        machines: Iterable[Equipment],
        processes: Iterable[ProcessCode],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = [(each.code, each.name) for each in machines]
        self.fields["machines"].choices = choices  # type: ignore[attr-defined]
        named: Any = [(each.code, each.ko) for each in processes]
        self.fields["process"].choices = named  # type: ignore[attr-defined]

    def said(self) -> dict[str, Any]:
        """Give what was typed by the names that the API has for it; the site apart."""
        said = dict(self.cleaned_data)
        named = [each.strip() for each in said.pop("materials").split(",") if each.strip()]
        told = {"equipment": said.pop("machines"), "materials": named}
        told["envelope_mm"] = list(sides_of(said.pop("envelope")))
        told["tolerance"] = said.pop("tolerance") or 0
        return said | told


def told(
    capability: Capability, rate: Rate | None, machines: Iterable[Equipment]
) -> dict[str, Any]:
    """Give what the form shows of a capability as it stands."""
    return {
        **{
            name: getattr(capability, name)
            for name in ("process", "lot_min", "lot_max", "setup_minutes", "minutes_per_100")
        },
        "machines": [each.code for each in machines if each.id in capability.equipment],
        "materials": ", ".join(capability.materials),
        "envelope": sides_text(capability.envelope_mm),
        "tolerance": capability.tolerance or None,
        "setup_won": rate.setup_won if rate else None,
        "unit_won": rate.unit_won if rate else None,
    }


class LicenceForm(forms.Form):
    """A permit and its last day."""

    kind = forms.CharField(max_length=40)
    number = forms.CharField(max_length=40)
    valid_until = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class DayOffForm(forms.Form):
    """A day on which the firm does not work."""

    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class BallotForm(forms.Form):
    """A figure, its new value in percent, why, and for how many days the vote is open."""

    parameter = forms.ChoiceField(choices=[(name, name) for name in parameters()])
    percent = forms.DecimalField(min_value=0, max_value=100, max_digits=5, decimal_places=2)
    why = forms.CharField(max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    days = forms.IntegerField(min_value=LEAST_DAYS, max_value=MOST_DAYS, initial=LEAST_DAYS)
