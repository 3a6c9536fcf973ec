"""
What the bank says, as a file: money is confirmed by this and nothing else.

CSV in UTF-8 with a header; one line is one booked movement. Amounts are whole won,
negative where money left our account; reference is the text of the transfer.

    date,account,amount,reference
    2026-12-22,110-123-456789,-5500000,S12-3
    2026-12-20,110-987-654321,9075000,I12
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from io import StringIO

from dure.kernel.errors import Malformed
from dure.kernel.money import Won

HEADER = ["date", "account", "amount", "reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement on our account. won is negative where money left it."""

    on: date
    account: str
    won: Won
    reference: str


def movements(text: str) -> tuple[Movement, ...]:
    """Read a bank file; raises Malformed with the number of the line that cannot be read."""
    lines = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    if not lines or [name.strip() for name in lines[0]] != HEADER:
        raise Malformed("settle.bank_header", expected=",".join(HEADER))
    return tuple(_movement(place, line) for place, line in enumerate(lines[1:], 2) if line)


def transfers(payments: Iterable[tuple[str, int, str]]) -> str:
    """Write the file of transfers to be made: account, amount, reference, by reference."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER[1:])
    by_reference = sorted(payments, key=lambda payment: payment[2])
    writer.writerows([list(payment) for payment in by_reference])
    return out.getvalue()


def _movement(place: int, line: list[str]) -> Movement:
    try:
        day, account, amount, reference = (part.strip() for part in line)
        won = Won(int(amount.replace(",", "")))
        return Movement(on=date.fromisoformat(day), account=account, won=won, reference=reference)
    except ValueError as bad:
        raise Malformed("settle.bank_line", line=place, problem=str(bad)) from bad
