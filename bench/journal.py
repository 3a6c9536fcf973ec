"""Facts: told one at a time in their own transactions, beside a row inserted alone."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bench import Figure, database, seconds
from dure.kernel.actor import THE_COOPERATIVE
from dure.kernel.fact import FactKind
from dure.stack.ids import new_id

FACTS = 300
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
COUNTED = FactKind("BenchCounted", "bench", tuple(f"field{n}" for n in range(12)))
PAYLOAD = dict.fromkeys(COUNTED.fields, 1234)


def figures() -> Iterator[Figure]:
    """Tell facts of twelve fields, each committed, salted, signed and durable."""
    with database() as (_, connection):
        from dure.journal.services import record
        from dure.stack.tenancy import acting

        def tell() -> None:
            with acting(THE_COOPERATIVE):
                record(COUNTED, aggregate_id=new_id(), aggregate_version=1, at=AT, payload=PAYLOAD)

        def insert() -> None:
            with acting(THE_COOPERATIVE), connection.cursor() as cursor:
                cursor.execute(
                    "insert into journal_reacted (id, fact_id, reaction) values (%s, %s, 'bench')",
                    [new_id(), new_id()],
                )

        tell()
        yield Figure(
            name="facts of twelve fields told, one a transaction",
            value=FACTS / seconds(lambda: [tell() for _ in range(FACTS)]),
            unit="1/s",
            reach=None,
            peer="a bare row inserted in a transaction of the same actor",
            peer_value=FACTS / seconds(lambda: [insert() for _ in range(FACTS)]),
        )
