"""Double-entry lines in integer won. What is posted together balances, or is not posted."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dure.kernel.errors import Malformed
from dure.kernel.money import Won

BANK, BUYERS, MEMBERS_OWE, VAT_PAID, ENTRUSTED = 103, 108, 120, 135, 153
SUPPLIERS, MEMBERS_DUE, VAT_RECEIVED, DEPOSITS = 251, 253, 255, 259
SALES, FEE, MATERIALS, WORK, INTEREST = 404, 412, 501, 533, 831


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the books."""

    code: int
    ko: str
    en: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """
    A line of the journal: debit is positive, credit is negative.

    party is the number of the firm that the line concerns, 0 for none; because names
    the part of the settlement that it comes from.
    """

    account: int
    party: int
    won: Won
    because: str

    @property
    def debit(self) -> Won:
        """Give the debit side."""
        return max(self.won, Won(0))

    @property
    def credit(self) -> Won:
        """Give the credit side."""
        return max(Won(-self.won), Won(0))


@cache
def accounts() -> Mapping[int, Account]:
    """Give all accounts by code."""
    table = tomllib.loads(files(__package__).joinpath("accounts.toml").read_text("utf-8"))
    return {int(code): Account(code=int(code), **account) for code, account in table.items()}


def debit(account: int, won: int, *, because: str, party: int = 0) -> Posting:
    """Make a debit line."""
    return Posting(account=account, party=party, won=Won(won), because=because)


def credit(account: int, won: int, *, because: str, party: int = 0) -> Posting:
    """Make a credit line."""
    return Posting(account=account, party=party, won=Won(-won), because=because)


def posted(lines: Iterable[Posting]) -> tuple[Posting, ...]:
    """Give the lines without empty ones; raises Malformed unless they balance on known accounts."""
    kept = tuple(line for line in lines if line.won)
    if sum(line.won for line in kept) or any(line.account not in accounts() for line in kept):
        raise Malformed("settle.unbalanced", won=sum(line.won for line in kept))
    return kept


def surplus(lines: Iterable[Posting]) -> Won:
    """Give income less expense of journal lines (negative: a loss)."""
    result = {"income", "expense"}
    book = accounts()
    return Won(-sum(line.won for line in lines if book[line.account].kind in result))
