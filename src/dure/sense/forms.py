"""What a buyer types into the request form."""

from django import forms

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


class RequestForm(forms.Form):
    """A request. Only product, quantity and date must be given."""

    product = forms.ChoiceField()
    quantity = forms.IntegerField(min_value=1)
    due = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    spare_quantity = forms.IntegerField(min_value=0, required=False)
    destination = forms.CharField(max_length=160, required=False)
    freight_terms = forms.ChoiceField(required=False)
    inspection_standard = forms.ChoiceField(required=False)
    deposit_percent = forms.IntegerField(min_value=0, max_value=100, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        catalogue = [(each.code, f"{each.name} · {each.name_en}") for each in products()]
        self._offer("product", catalogue)
        self._offer("freight_terms", [("", "—"), *((k.value, v) for k, v in FREIGHT.items())])
        self._offer(
            "inspection_standard", [("", "—"), *((k.value, v) for k, v in INSPECTION.items())]
        )

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

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
