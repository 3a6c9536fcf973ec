"""Strict reading: what has two spellings can be altered unnoticed, so each value has one."""

import re
from base64 import b64decode, b64encode

from dure.kernel.errors import Malformed
from dure.kernel.merkle import HASH_SIZE

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
LARGEST = 2**63 - 1


def read_decimal(text: str) -> int:
    """Read a decimal without sign, spaces or leading zeros, up to 2^63 - 1; raises Malformed."""
    if not _DECIMAL.fullmatch(text) or int(text) > LARGEST:
        raise Malformed("prove.decimal", given=text[:24])
    return int(text)


def read_base64(text: str) -> bytes:
    """Read standard base64 (RFC 4648 section 4) in its canonical spelling; raises Malformed."""
    if not _BASE64.fullmatch(text):
        raise Malformed("prove.base64", given=text[:24])
    data = b64decode(text)
    if b64encode(data).decode() != text:  # the bits that padding leaves over must be zero
        raise Malformed("prove.base64", given=text[:24])
    return data


def write_base64(data: bytes) -> str:
    """Write standard base64 with padding."""
    return b64encode(data).decode()


def read_hash(text: str) -> bytes:
    """Read one SHA-256 hash in base64; raises Malformed."""
    data = read_base64(text)
    if len(data) != HASH_SIZE:
        raise Malformed("prove.hash_size", size=len(data))
    return data


def read_text(data: bytes) -> str:
    """Read UTF-8 text without control characters other than newline; raises Malformed."""
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        raise Malformed("prove.not_utf8") from bad
    if _CONTROL.search(text):
        raise Malformed("prove.control_character")
    return text
