from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.commitment import Field, check_disclosure, commit, disclose, fields
from dure.kernel.errors import Malformed, Unproven

KEY = bytes(range(32))
RECORD = {
    "kind": "LotShipped",
    "at": "2026-12-03T05:00:00Z",
    "parties": ["가", "나"],
    "sets": {},
    "payload": {"counted": 520, "lot": "L-1", "note/s~": None},
}

scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text("ab가/~")
names = st.text("abc/~0", min_size=1, max_size=4)
records = st.dictionaries(
    names,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=6,
)


def test_it_works():
    disclosure = disclose(RECORD, KEY, ["/payload/counted", "/kind"])

    check_disclosure(disclosure, commit(RECORD, KEY))
    assert {"/kind": "LotShipped", "/payload/counted": 520} == disclosure.values()


@given(record=records, data=st.data())
def test_any_fields_can_be_shown_and_nothing_else_with_them(record, data):
    paths = [field.path for field in fields(record, KEY)]
    chosen = data.draw(st.sets(st.sampled_from(paths), min_size=1))

    disclosure = disclose(record, KEY, chosen)

    check_disclosure(disclosure, commit(record, KEY))
    assert chosen <= set(disclosure.values()) <= set(paths)


@given(record=records, other=records)
def test_two_records_have_one_commitment_only_if_they_are_equal(record, other):
    same = [(f.path, f.value) for f in fields(record, KEY)] == [
        (f.path, f.value) for f in fields(other, KEY)
    ]

    assert same == (commit(record, KEY) == commit(other, KEY))


def test_a_commitment_depends_on_the_key():
    assert commit(RECORD, KEY) != commit(RECORD, bytes(32))


def test_the_frozen_vector_stays():
    """A change here breaks every bundle in the world."""
    assert "69a219ecdb316d68536c448ff64d6922" == commit(RECORD, KEY).hex()[:32]


def test_showing_a_branch_shows_all_below_it():
    disclosure = disclose(RECORD, KEY, ["/payload"])

    assert {"/payload/counted", "/payload/lot", "/payload/note~1s~0"} == set(disclosure.values())


def test_the_number_of_fields_is_hidden_up_to_a_power_of_two():
    shorter = {name: value for name, value in RECORD.items() if name != "at"}

    assert disclose(RECORD, KEY, ["/kind"]).size == disclose(shorter, KEY, ["/kind"]).size == 8


def test_a_field_that_is_not_there_cannot_be_shown():
    with pytest.raises(Malformed, match="no_such_field"):
        disclose(RECORD, KEY, ["/price"])


def altered():
    disclosure = disclose(RECORD, KEY, ["/kind", "/payload"])
    (first, field), *rest = disclosure.shown.items()
    others = dict(rest)
    yield "value", replace(disclosure, shown={first: replace(field, value="x"), **others})
    yield "path", replace(disclosure, shown={first: replace(field, path="/at"), **others})
    yield "salt", replace(disclosure, shown={first: replace(field, salt="A" * 22), **others})
    yield "place", replace(disclosure, shown={0: field, **others})
    yield "nothing shown", replace(disclosure, shown={})
    yield "a field left out", replace(disclosure, shown=others)
    yield "a hash too many", replace(disclosure, hashes=(*disclosure.hashes, bytes(32)))
    yield "a hash too few", replace(disclosure, hashes=disclosure.hashes[:-1])
    yield "a short hash", replace(disclosure, hashes=(b"", *disclosure.hashes[1:]))
    yield "a bigger size", replace(disclosure, size=16)
    yield "an odd size", replace(disclosure, size=7)
    yield "no size", replace(disclosure, size=0)
    yield "a place outside", replace(disclosure, shown={99: field, **others})
    yield (
        "one path twice",
        replace(disclosure, shown={first: field, **dict.fromkeys(others, field)}),
    )


@pytest.mark.parametrize(("what", "disclosure"), list(altered()))
def test_an_altered_disclosure_proves_nothing(what, disclosure):
    with pytest.raises(Unproven):
        check_disclosure(disclosure, commit(RECORD, KEY))


def test_a_six_digit_price_cannot_be_guessed_from_its_neighbours():
    """A dictionary needs the salt, which is as long as a key."""
    record = {"lot": "L-1", "price": 123_456}
    (hidden,) = disclose(record, KEY, ["/lot"]).hashes

    guesses = {Field("/price", price, "").digest() for price in range(100_000, 200_000)}

    assert hidden not in guesses
