"""What people type into the pages of joint purchasing."""

from django import forms

from dure.buy.models import Item


class ItemChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """Shows an item by its name and unit."""

    def label_from_instance(self, obj: Item) -> str:
        """Give what is shown in the list."""
        return f"{obj.name} ({obj.unit})"


class NeedForm(forms.Form):
    """What one needs of an item that is known, by when."""

    item = ItemChoice(queryset=Item.objects.none(), to_field_name="code")
    amount = forms.DecimalField(min_value=0, max_digits=15, decimal_places=3)
    by = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        self.fields["item"].queryset = Item.objects.order_by("name")  # type: ignore[attr-defined]
