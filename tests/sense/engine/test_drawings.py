from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dure.kernel.errors import Refused
from dure.sense.engine.drawings import (
    HEAD,
    LARGEST_BYTES,
    LONGEST_NAME,
    MOST_DRAWINGS,
    check_drawing,
    safe_name,
)

STL = bytes(80) + (2).to_bytes(4, "little") + bytes(100)
IGES = b"A part".ljust(72) + b"S      1\n" + b" " * 100
FILES = {
    "plan.pdf": b"%PDF-1.7\n...",
    "part.STP": b"ISO-10303-21;\nHEADER;",
    "flat.dxf": b"  0\nSECTION\n  2\nHEADER\n",
    "flat-binary.dxf": b"AutoCAD Binary DXF\r\n\x1a\x00",
    "flat.dwg": b"AC1032\x00\x00",
    "part.igs": IGES,
    "print.stl": STL,
    "print-text.stl": b"solid part\n facet normal 0 0 1",
    "print.3mf": b"PK\x03\x04\x14\x00",
    "photo.png": b"\x89PNG\r\n\x1a\n\x00",
    "photo.jpeg": b"\xff\xd8\xff\xe0\x00",
    "scan.tif": b"II*\x00\x08\x00",
}


@pytest.mark.parametrize("name", FILES)
def test_drawings_are_known_by_their_first_bytes(name):
    head = FILES[name]

    kind = check_drawing(name, head, len(head))

    assert name.rpartition(".")[2].lower() in kind.endings


@pytest.mark.parametrize(
    ("name", "head", "code"),
    [
        ("empty.pdf", b"", "sense.drawing_empty"),
        ("page.html", b"<html><script>", "sense.drawing_unknown"),
        ("run.exe", b"MZ\x90\x00", "sense.drawing_unknown"),
        ("drawing.pdf", b"MZ\x90\x00", "sense.drawing_unknown"),
        ("picture.svg", b"<svg onload=x>", "sense.drawing_unknown"),
        ("drawing.exe", b"%PDF-1.7", "sense.drawing_named_wrong"),
        ("drawing", b"%PDF-1.7", "sense.drawing_named_wrong"),
        ("part.step", b"%PDF-1.7", "sense.drawing_named_wrong"),
        ("mesh.stl", STL[:-1], "sense.drawing_unknown"),
    ],
)
def test_what_is_no_drawing_is_refused(name, head, code):
    with pytest.raises(Refused, match=code):
        check_drawing(name, head, len(head))


def test_too_large_and_too_many_are_refused():
    pdf = FILES["plan.pdf"]

    with pytest.raises(Refused, match=r"sense\.drawing_too_large"):
        check_drawing("plan.pdf", pdf, LARGEST_BYTES + 1)
    with pytest.raises(Refused, match=r"sense\.too_many_drawings"):
        check_drawing("plan.pdf", pdf, len(pdf), already=MOST_DRAWINGS)


@given(head=st.binary(max_size=2 * HEAD), name=st.text(max_size=30), size=st.integers(0, 10**9))
def test_whatever_comes_is_taken_or_refused(head, name, size):
    with suppress(Refused):
        assert check_drawing(name, head, size).name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\도면\\받침 v2.dwg", "받침 v2.dwg"),
        ('a"b\r\nX: y.pdf', "a_b_X_ y.pdf"),
        ("...", "drawing"),
        ("x" * 300 + ".step", "x" * (LONGEST_NAME - 5) + ".step"),
        ("invoice\u202efdp.pdf", "invoice_fdp.pdf"),
    ],
)
def test_names_are_made_safe_and_keep_their_ending(given_name, kept):
    assert kept == safe_name(given_name)
