from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dure.kernel import entry as entries
from dure.kernel.entry import Entry, check_signature, parse, public_key, sign, with_signature
from dure.kernel.errors import Malformed, Unproven

SEED = bytes(range(32))
UNSIGNED = Entry(
    kind="fact",
    issuer=public_key(SEED),
    commit=bytes(range(100, 132)),
    time=datetime(2026, 12, 3, 5, 6, 7, tzinfo=UTC),
    seq=0,
    prev=entries.FIRST,
    held="custodian",
)
LINE = (
    b'{"commit":"ZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-f4CBgoM","held":"custodian",'
    b'"issuer":"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg","kind":"fact",'
    b'"prev":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","seq":0,'
)


def test_it_works():
    line = sign(UNSIGNED, SEED).line()

    entry = parse(line)

    check_signature(entry)
    assert UNSIGNED == replace(entry, sig=b"")
    assert line.startswith(LINE)


def test_the_longest_entry_fits():
    longest = replace(
        UNSIGNED, seq=2**53 - 1, prev=bytes([1]) * 32, time=UNSIGNED.time.replace(microsecond=1)
    )

    assert len(sign(longest, SEED).line()) <= entries.LARGEST_ENTRY


def test_a_device_signs_the_bytes_it_is_given():
    made_by_the_device = sign(UNSIGNED, SEED).sig

    assert sign(UNSIGNED, SEED) == with_signature(UNSIGNED, made_by_the_device)


def test_a_signature_of_somebody_else_is_refused():
    with pytest.raises(Unproven, match="entry_signature"):
        with_signature(UNSIGNED, sign(UNSIGNED, bytes(32)).sig)


@pytest.mark.parametrize(
    "change",
    [
        {"commit": bytes(32)},
        {"held": "device"},
        {"seq": 1},
        {"prev": bytes([1]) * 32},
        {"kind": "key"},
        {"time": datetime(2026, 12, 3, 5, 6, 8, tzinfo=UTC)},
    ],
)
def test_the_signature_covers_every_field(change):
    with pytest.raises(Unproven):
        check_signature(replace(sign(UNSIGNED, SEED), **change))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"seq":0', b'"seq": 0'),
        (b'"seq":0', b'"seq":-1'),
        (b'"seq":0', b'"seq":1'),
        (b'"seq":0', b'"seq":false'),
        (b'"seq":0', b'"seq":0,"x":0'),
        (b'"v":1', b'"v":2'),
        (b'"v":1', b'"v":true'),
        (b'"kind":"fact"', b'"kind":"wish"'),
        (b'"held":"custodian"', b'"held":"nobody"'),
        (b"f4CBgoM", b"f4CBgoN"),
        (b"f4CBgoM", b"f4CBgoM="),
        (b"f4CBgoM", b"f4CB"),
        (b"f4CBgoM", b"f4CBg<M"),
        (b"f4CBgoM", b"f4CBg+M"),
        (b"f4CBgoM", b"f4CBgoMA"),
        (b"2026-12-03T05:06:07Z", b"2026-12-03T05:06:07"),
        (b"2026-12-03T05:06:07Z", b"2026-12-03T14:06:07+09:00"),
        (b"2026-12-03T05:06:07Z", b"yesterday"),
        (b'{"commit"', b'["commit"'),
    ],
)
def test_an_entry_has_one_spelling(old, new):
    line = sign(UNSIGNED, SEED).line()
    assert old in line

    with pytest.raises(Malformed):
        parse(line.replace(old, new))


def test_an_entry_that_is_too_long_is_not_even_read():
    with pytest.raises(Malformed, match="512"):
        parse(b" " * 513)
