"""What people type into the pages of plans. Times are Korean."""

from datetime import datetime
from uuid import UUID

from django import forms

from dure.kernel.time import SEOUL, Instant

MOMENT = "%Y-%m-%dT%H:%M"
MOST_DAYS = 3650


def clock(instant: Instant) -> str:
    """Give what a field for day and hour shows at first, in Korean time."""
    return instant.astimezone(SEOUL).strftime(MOMENT)


class Moment(forms.DateTimeField):
    """A day and an hour in Korea."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format=MOMENT)

    def __init__(self, **more: object) -> None:
        super().__init__(input_formats=[MOMENT, "%Y-%m-%d %H:%M"], **more)  # type: ignore[arg-type]  # passed on


class Standstill(forms.Form):
    """Machines that stand still from one moment to another."""

    machines = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    starts = Moment()
    until = Moment()
    cause = forms.ChoiceField(choices=[("breakdown", ""), ("operator", ""), ("setter", "")])
    note = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: object, machines: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["machines"].choices = machines  # type: ignore[attr-defined]

    def chosen(self) -> list[UUID]:
        """Give the machines."""
        return [UUID(each) for each in self.cleaned_data["machines"]]


class Wait(forms.Form):
    """Before when a job order cannot begin."""

    until = Moment()
    cause = forms.ChoiceField(choices=[("material", ""), ("refusal", "")])
    note = forms.CharField(max_length=200, required=False)


class GiveBack(forms.Form):
    """Why one cannot do a job order at all, if one likes to say."""

    note = forms.CharField(max_length=200, required=False)


class Rush(forms.Form):
    """When an order is wanted."""

    until = Moment()
    note = forms.CharField(max_length=200, required=False)


class Move(forms.Form):
    """Where a job order is put."""

    job_order = forms.UUIDField()
    machine = forms.UUIDField()
    starts = Moment()


class Rules(forms.Form):
    """What was resolved about plans."""

    frozen_hours = forms.IntegerField(min_value=0, max_value=336)
    answer_hours = forms.IntegerField(min_value=1, max_value=336)
    hold_days = forms.IntegerField(min_value=1, max_value=60)


class FreeTime(forms.Form):
    """Free windows, one a line (2026-12-03 09:00 ~ 2026-12-03 18:00), and a price."""

    capability = forms.ChoiceField()
    windows = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}))
    setup_minutes = forms.IntegerField(min_value=0, max_value=10_000)
    minutes_per_100 = forms.IntegerField(min_value=1, max_value=100_000)
    setup_won = forms.IntegerField(min_value=0, max_value=10**9)
    unit_won = forms.IntegerField(min_value=0, max_value=10**9)

    def __init__(self, *args: object, abilities: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["capability"].choices = abilities  # type: ignore[attr-defined]

    def clean_windows(self) -> list[tuple[datetime, datetime]]:
        """Read a window from each line."""
        moment = Moment()
        windows = []
        for line in self.cleaned_data["windows"].splitlines():
            if line.strip():
                opens, _, closes = line.partition("~")
                windows.append((moment.clean(opens.strip()), moment.clean(closes.strip())))
        return windows


class WhatIf(forms.Form):
    """One change to a copy of the book; which fields it needs depends on its kind."""

    name = forms.CharField(max_length=80)
    kind = forms.ChoiceField(
        choices=[
            ("machine_absent", ""),
            ("machine_added", ""),
            ("shift_added", ""),
            ("order_added", ""),
        ]
    )
    machine = forms.ChoiceField(required=False)
    firm = forms.ChoiceField(required=False)
    order = forms.ChoiceField(required=False)
    percent = forms.IntegerField(min_value=1, max_value=1000, required=False)
    due = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    starts = Moment(required=False)
    until = Moment(required=False)

    FIELDS = {
        "machine_absent": ("machine", "starts", "until"),
        "machine_added": ("machine",),
        "shift_added": ("firm", "starts", "until"),
        "order_added": ("order", "percent", "due"),
    }

    use_required_attribute = False  # a browser would wait for fields that are not shown

    def __init__(
        self, *args: object, choices: dict[str, list[tuple[str, str]]], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        for name, known in choices.items():
            self.fields[name].choices = known  # type: ignore[attr-defined]
        kind = self.data.get("kind", "")
        for name in {name for names in self.FIELDS.values() for name in names}:
            self.fields[name].required = name in self.FIELDS.get(kind, (name,))

    def change(self) -> dict[str, object]:
        """Give the change as it is stored."""
        kind = self.cleaned_data["kind"]
        told = {name: self.cleaned_data[name] for name in self.FIELDS[kind]}
        return {"kind": kind} | {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in told.items()
        }
