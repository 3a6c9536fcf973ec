"""One spelling for what is written in many: materials, certificates, a piece's sides."""

import re
from collections.abc import Iterable, Sequence
from unicodedata import normalize

from dure.kernel.errors import Malformed

_BETWEEN = re.compile(r"[\s\-_./]+")
SIDES = r"^\s*[0-9]{1,6}(?:\s*[xX×*,]\s*[0-9]{1,6}){2}\s*(?:mm)?\s*$"
_EDITION = re.compile(r":.*$")


def material_code(text: str) -> str:
    """
    Give a material as it is compared: STS304 for "sts 304", "STS-304" and the Japanese "SUS304".

    Stainless steels have the same numbers in KS D 3698 and JIS G 4305.
    """
    code = _code(text)
    return f"STS{code[3:]}" if code.startswith("SUS") else code


def certificate_code(text: str) -> str:
    """Give a certificate as it is compared: ISO9001 for "ISO 9001:2015", whatever its edition."""
    return _code(_EDITION.sub("", text))


def certificate_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Give certificates as they are compared, each once, in order; nothing for empty ones."""
    return tuple(sorted({certificate_code(each) for each in texts} - {""}))


def sides_of(text: str) -> tuple[int, ...]:
    """
    Read three sides in millimetres, "300 x 200 x 40", the longest first; none from nothing.

    Raises Malformed.
    """
    if not text.strip():
        return ()
    sides = tuple(sorted(map(int, re.findall(r"[0-9]+", text)), reverse=True))
    if not re.match(SIDES, text) or 0 in sides:
        raise Malformed("members.sides_unclear", sides=text)
    return sides


def sides_text(sides: Sequence[int]) -> str:
    """Write three sides as `sides_of` reads them."""
    return " x ".join(map(str, sides))


def _code(text: str) -> str:
    return _BETWEEN.sub("", normalize("NFKC", text)).upper()
