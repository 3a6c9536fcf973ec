"""What the office fills in to erase a record."""

from django import forms

from dure.journal.public import RIGHTS


class Erasing(forms.Form):
    """By what right a record is erased, and why."""

    fact = forms.UUIDField()
    right = forms.ChoiceField(choices=[(right, right) for right in RIGHTS])
    reason = forms.CharField(max_length=300)
