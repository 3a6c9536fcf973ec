import json
from pathlib import Path
from unicodedata import normalize

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.canonical import LARGEST, canonical, from_canonical
from dure.kernel.errors import Malformed

text = st.text(st.characters(exclude_categories=["Cs"])).map(
    lambda letters: normalize("NFC", letters)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | text,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_/xyz09"), inner),
)


@given(values)
def test_the_bytes_are_those_of_rfc_8785(value):
    assert rfc8785.dumps(value) == canonical(value)


@given(values)
def test_canonical_bytes_read_back_to_the_value(value):
    assert value == from_canonical(canonical(value))


@pytest.mark.parametrize("value", [1.5, 2**53, "\u1100\u1161", {"키": 1}])
def test_what_the_profile_leaves_out_is_malformed(value):
    with pytest.raises(Malformed):
        canonical(value)


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b"[1.0]", b"{"])
def test_bytes_in_another_form_are_malformed(data):
    with pytest.raises(Malformed):
        from_canonical(data)


CASES = Path(__file__).parents[3] / "shared/data/ledger/jcs"


@pytest.mark.parametrize("name", ["arrays", "structures", "french"])
def test_the_published_cases_of_rfc_8785(name):
    """The profile leaves out a float in one input and accented keys; what is left is equal."""
    if not CASES.exists():
        pytest.skip("the published vectors are not on this machine")
    given = json.loads((CASES / f"input/{name}.json").read_text())
    expected = (CASES / f"output/{name}.json").read_bytes()
    assert expected == bytes.fromhex((CASES / f"outhex/{name}.txt").read_text())

    match name:
        case "arrays":
            assert expected == canonical(given)
        case "structures":
            assert given == from_canonical(expected)
        case _:
            with pytest.raises(Malformed, match="key is not ASCII"):
                from_canonical(expected)
