"""What people write on the pages of Move."""

from django import forms

from dure.move.engine.shipment import Bearer, Cause

CAUSES = {
    Cause.MISCOUNTED: ("보낸 쪽이 잘못 셌습니다", "The sender miscounted"),
    Cause.BROKEN: ("깨졌습니다", "Broken"),
    Cause.LOST: ("잃어버렸습니다", "Lost"),
}
BEARERS = {
    Bearer.SENDER: ("보낸 업체", "The sender"),
    Bearer.RECEIVER: ("받은 업체", "The receiver"),
    Bearer.COOPERATIVE: ("협동조합", "The cooperative"),
}


class Count(forms.Form):
    """How many pieces arrived."""

    counted = forms.IntegerField(
        min_value=0, widget=forms.NumberInput({"inputmode": "numeric", "autocomplete": "off"})
    )


class Send(forms.Form):
    """How many pieces of a lot leave now."""

    quantity = forms.IntegerField(
        min_value=1, widget=forms.NumberInput({"inputmode": "numeric", "autocomplete": "off"})
    )


class Resolve(forms.Form):
    """Why the counts differ, and who bears it."""

    cause = forms.ChoiceField(choices=[(cause.value, cause.value) for cause in Cause])
    bearer = forms.ChoiceField(choices=[(bearer.value, bearer.value) for bearer in Bearer])
    note = forms.CharField(max_length=400, required=False)


class Inspect(forms.Form):
    """What the buyer accepts and rejects."""

    accepted = forms.IntegerField(min_value=0)
    rejected = forms.IntegerField(min_value=0, initial=0)
    note = forms.CharField(max_length=400, required=False)
