"""What was found at a site, given to the member's machines and written into the gateway's file."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from unicodedata import normalize

import yaml

from dure.make.wire.gateway.sources import Offer

Machines = Mapping[str, Sequence[str]]
"""Machines by code, each with its names."""


def mapped(offers: Iterable[Offer], machines: Machines) -> dict[str, list[Offer]]:
    """
    Give each offer to the machine whose code or name it holds, or to the only machine.

    The longest code or name decides, so that 가마 12호 is not taken for 가마 1. What is nobody's,
    or could be of two, stands under "".
    """
    given: dict[str, list[Offer]] = {}
    for offer in offers:
        given.setdefault(_machine_of(offer, machines), []).append(offer)
    return given


def _machine_of(offer: Offer, machines: Machines) -> str:
    plain = _plain(f"{offer.name} {offer.place}")
    held = {
        code: max((len(word) for word in map(_plain, (code, *names)) if word in plain), default=0)
        for code, names in machines.items()
    }
    most = max(held.values(), default=0)
    found = [code for code, length in held.items() if length == most]
    return found[0] if len(found) == 1 else ""


def machines_in(file: Path) -> dict[str, list[str]]:
    """Give the machines that a gateway's file names; none where there is no such file."""
    found = _read(file).get("machines")
    if not isinstance(found, dict):
        return {}
    return {str(code): [str(each) for each in names or ()] for code, names in found.items()}


def _read(file: Path) -> dict[str, object]:
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}  # what is wrong with it, `read_config` says with its line
    return read if isinstance(read, dict) else {}


def append(file: Path, lines: Sequence[str]) -> None:
    """Add lines to the list of sources, which stands last in the file."""
    text = file.read_text(encoding="utf-8").rstrip("\n")
    if "\nsources:" not in text:
        text += "\nsources:"
    file.write_text("\n".join([text.replace("sources: []", "sources:"), *lines]) + "\n", "utf-8")


def _plain(text: str) -> str:
    """Leave letters and digits; some systems write Hangul letter by letter (NFD)."""
    whole = normalize("NFC", text).casefold()
    return "".join(each for each in whole if each.isalnum())
