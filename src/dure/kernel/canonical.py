r"""
Canonical JSON: one value, one sequence of bytes, for hashing and signing.

The profile is RFC 8785 (JCS) without floats: keys are ASCII, integers lie within
±(2^53 - 1), text is NFC, decimals are strings, instants are RFC 3339 in UTC with
a Z. Under this profile sorted stdlib JSON equals JCS byte for byte.

    canonical({"b": 1, "a": "두레"})  ==  b'{"a":"\xeb\x91\x90\xeb\xa0\x88","b":1}'
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from unicodedata import is_normalized
from uuid import UUID

from dure.kernel.errors import Malformed

LARGEST = 2**53 - 1

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical(value: Json) -> bytes:
    """
    Give the one byte sequence that stands for value.

    Raises Malformed for what the profile leaves out: floats, integers past
    2^53 - 1, keys that are not ASCII text, text that is not NFC.
    """
    if not _is_in_profile(value):
        _explain(value, "")
    return _ENCODER.encode(value).encode()


def from_canonical(data: bytes) -> Any:
    """Read canonical bytes back; raises Malformed unless they are canonical."""
    try:
        value = json.loads(data)
    except ValueError as bad:
        raise Malformed("kernel.not_json", problem=str(bad)) from bad
    if canonical(value) != data:
        raise Malformed("kernel.not_canonical", problem="bytes differ from the canonical form")
    return value


def plain(value: object) -> Any:
    """Turn what rows and values hold (ids, instants, decimals) into canonical JSON values."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | str():
            return value
        case datetime():
            return rfc3339(value)
        case date():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case Sequence() | set() | frozenset():
            return [plain(item) for item in value]
        case _:
            raise Malformed("kernel.not_canonical", problem=f"{type(value).__name__} has no form")


def rfc3339(instant: datetime) -> str:
    """Write an instant as RFC 3339 in UTC, to the microsecond only where there is one."""
    assert instant.tzinfo is not None, "an instant has a time zone"
    return instant.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


_SURROGATE = re.compile("[\ud800-\udfff]")
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def _is_in_profile(value: Any) -> bool:
    """Say so of what is plainly in the profile; of anything else `_explain` has the last word."""
    kind = type(value)
    if kind is str:
        return _is_text(value)
    if kind is int:
        return -LARGEST <= value <= LARGEST
    if kind is dict:
        keys = all(type(key) is str and key.isascii() for key in value)
        return keys and all(map(_is_in_profile, value.values()))
    if kind is list or kind is tuple:
        return all(map(_is_in_profile, value))
    return value is None or kind is bool


def _is_text(text: str) -> bool:
    return text.isascii() or (is_normalized("NFC", text) and not _SURROGATE.search(text))


def _explain(value: object, path: str) -> None:
    """Raise Malformed, naming the place, for what the profile leaves out."""
    match value:
        case None | bool():
            return
        case int():
            if abs(value) > LARGEST:
                raise Malformed("kernel.not_canonical", problem=f"{path}: past 2^53 - 1")
        case str():
            if not _is_text(value):
                raise Malformed("kernel.not_canonical", problem=f"{path}: text is not NFC Unicode")
        case Mapping():
            for key, item in value.items():
                if not isinstance(key, str) or not key.isascii():
                    raise Malformed("kernel.not_canonical", problem=f"{path}: key is not ASCII")
                _explain(item, f"{path}/{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                _explain(item, f"{path}/{index}")
        case _:
            raise Malformed("kernel.not_canonical", problem=f"{path}: {type(value).__name__}")
