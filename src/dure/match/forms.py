"""What people type when they answer an offer or choose an alternative."""

from django import forms


class ChooseForm(forms.Form):
    """The alternative that the buyer wants."""

    alternative = forms.UUIDField()


class CounterForm(forms.Form):
    """Another price for the whole lot."""

    price_won = forms.IntegerField(min_value=1, max_value=10**12)
    note = forms.CharField(max_length=200, required=False)
