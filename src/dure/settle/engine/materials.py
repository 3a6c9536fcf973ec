"""A purchase round in the books: what suppliers are owed, and who owes it in turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dure.kernel.money import Won, split_by_weight
from dure.settle.engine import books
from dure.settle.engine.books import Posting, credit, debit, posted
from dure.settle.engine.order import vat_on
from dure.settle.engine.rulebook import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A part of a round, without VAT: for one order's work at a member, or (order 0) its own."""

    member: int
    order: int
    won: Won


def uses(pays: Mapping[int, Won], weights: Mapping[tuple[int, int], int]) -> tuple[Use, ...]:
    """
    Split what each member pays of a round over the orders that it needs it for.

    weights is by (member, order), such as goods and freight of its lines at the common
    price; the parts of a member always add up to what it pays.
    """
    found = []
    for member, won in sorted(pays.items()):
        own = {order: weight for (who, order), weight in weights.items() if who == member}
        parts = split_by_weight(won, own if any(own.values()) else {0: 1})
        found += [Use(member=member, order=order, won=parts[order]) for order in sorted(parts)]
    return tuple(use for use in found if use.won)


def book_round(
    suppliers: Mapping[int, Won], parts: Sequence[Use], rules: Rules
) -> tuple[Posting, ...]:
    """
    Post an awarded round: suppliers get their prices and VAT, members' own needs are theirs to pay.

    The cooperative takes the suppliers' invoices and passes each member its part on, dated
    alike (joint purchase by a representative, 부가가치세법 시행령 art. 69): of VAT it keeps
    only that of the materials it entrusts to an order's makers. Raises Malformed unless
    parts and suppliers are the same sum.
    """
    vat = {supplier: vat_on(won, rules) for supplier, won in sorted(suppliers.items())}
    weights = {(use.member, use.order): int(use.won) for use in parts}
    vat_of = split_by_weight(Won(sum(vat.values())), weights) if any(weights.values()) else {}
    lines = [
        credit(books.SUPPLIERS, won + vat[supplier], party=supplier, because="round")
        for supplier, won in sorted(suppliers.items())
    ]
    for use in parts:
        tax = vat_of[use.member, use.order]
        because = f"order {use.order}" if use.order else "own need"
        if use.order:
            lines.append(debit(books.ENTRUSTED, use.won, party=use.member, because=because))
            lines.append(debit(books.VAT_PAID, tax, party=use.member, because=because))
        else:
            owed = use.won + tax
            lines.append(debit(books.MEMBERS_OWE, owed, party=use.member, because=because))
    return posted(lines)
