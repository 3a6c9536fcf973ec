"""Lists to choose from are drawn by joining text, and it is what Django's templates would give."""

from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from dure.portal.forms import Drawn

TEXT = st.text(st.sampled_from("a가<>&\"' \n"), max_size=6)
VALUES = TEXT | st.integers(-9_999, 9_999) | st.booleans() | st.none()
LABELS = TEXT | st.integers() | TEXT.map(mark_safe)
OPTIONS = st.lists(st.tuples(VALUES, LABELS), max_size=4)
CHOICES = st.lists(st.tuples(VALUES, LABELS) | st.tuples(TEXT.filter(bool), OPTIONS), max_size=5)
ATTRIBUTES = st.dictionaries(TEXT.filter(bool), VALUES, max_size=3)


@given(CHOICES, ATTRIBUTES, st.lists(VALUES, max_size=2), st.booleans())
def test_a_list_to_choose_from_is_written_as_djangos_templates_write_it(
    choices, attributes, chosen, is_multiple
):
    widget = (forms.SelectMultiple if is_multiple else forms.Select)(attributes, choices)

    drawn = [widget.render("a<b", chosen, renderer=by()) for by in (DjangoTemplates, Drawn)]

    assert drawn[0] == drawn[1]


def test_what_somebody_named_an_option_is_text_and_never_markup():
    class Chosen(forms.Form):
        maker = forms.ChoiceField(choices=[('"><b>', "<script>alert(1)</script>")])

    drawn = str(Chosen()["maker"])

    assert "<script>" not in drawn
    assert '<option value="&quot;&gt;&lt;b&gt;">&lt;script&gt;' in drawn
