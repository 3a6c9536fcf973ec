"""What people hand to the pages of money."""

from django import forms

from dure.kernel.errors import Malformed


class BankFile(forms.Form):
    """The bank's file of booked movements."""

    movements = forms.FileField(widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}))

    def text(self) -> str:
        """Give the file as text; raises Malformed where there is none or it is not UTF-8."""
        if not self.is_valid():
            raise Malformed("settle.no_file")
        try:
            return str(self.cleaned_data["movements"].read().decode("utf-8-sig"))
        except UnicodeDecodeError as bad:
            raise Malformed("settle.no_file") from bad
