"""The rulebook of money: what law and bylaws ask, per legal form, as data with its article."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from dure.kernel.errors import Malformed, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    The rules for one legal form, and the bylaws' own figures.

    digest is the SHA-256 of the whole rulebook: a settlement keeps it, so that a later
    reader knows by which text it was made.
    """

    legal_form: str
    version: str
    digest: str
    trade: Mapping[str, Mapping[str, Any]]
    deductions: Mapping[str, Mapping[str, Any]]
    bylaws: Mapping[str, int]
    form: Mapping[str, Any]

    def article(self, rule: str) -> str:
        """Give the article that a rule rests on."""
        found = self.trade.get(rule) or self.form.get(rule) or self.deductions.get(rule)
        assert found, f"the rulebook has no {rule}"
        return str(found["article"])

    def check_deduction(self, kind: str) -> None:
        """
        Ensure that a share may be lowered for this reason.

        Raises Refused for a contribution, which is never set off (Framework Act
        on Cooperatives art. 22(4)), Malformed for what no rule allows.
        """
        rule = self.deductions.get(kind)
        if rule is None:
            raise Malformed("settle.unknown_deduction", kind=kind)
        if not rule["allowed"]:
            raise Refused("settle.never_set_off", kind=kind, article=rule["article"])


@cache
def rules(legal_form: str) -> Rules:
    """Give the rules of a legal form; raises Malformed for one that the rulebook does not know."""
    text = files(__package__).joinpath("rulebook.toml").read_bytes()
    book = tomllib.loads(text.decode())
    form = book.get(legal_form)
    if not isinstance(form, dict) or "reserve" not in form:
        raise Malformed("settle.unknown_legal_form", legal_form=legal_form)
    return Rules(
        legal_form=legal_form,
        version=book["version"],
        digest=sha256(text).hexdigest(),
        trade=book["trade"],
        deductions=book["deductions"],
        bylaws=book["bylaws"],
        form=form,
    )
