from datetime import UTC, datetime
from uuid import UUID

from dure.move.engine.chain import Hop, Made, chain
from tests.cast import BUSAN, GIMHAE, RIVAL, ULSAN

AT = datetime(2026, 11, 23, tzinfo=UTC)
AFTER = {"glaze": ["form"], "fire": ["glaze"], "pack": ["fire", "straw"]}


def lot(number):
    return UUID(int=number)


def made(number, step, firm):
    return Made(lot=lot(number), step=step, firm=firm, quantity=540, unit="ea")


def hop(number, of, sender, receiver):
    return Hop(
        number=number,
        lot=lot(of),
        sender=sender,
        receiver=receiver,
        sent=540,
        counted=540,
        sent_at=AT,
        received_at=AT,
    )


LOTS = [
    made(1, "form", BUSAN),
    made(2, "glaze", BUSAN),
    made(3, "fire", GIMHAE),
    made(4, "straw", ULSAN),
    made(5, "pack", ULSAN),
]
HOPS = [hop(1, 2, BUSAN, GIMHAE), hop(2, 3, GIMHAE, ULSAN)]


def test_a_lot_s_chain_goes_down_to_the_first_lots():
    links = chain(lot(5), lots=LOTS, hops=HOPS, after=AFTER)

    assert ["pack", "fire", "straw", "glaze", "form"] == [link.made.step for link in links]


def test_what_a_firm_made_itself_needs_no_shipment():
    pack = chain(lot(5), lots=LOTS, hops=HOPS, after=AFTER)[0]

    assert {lot(3), lot(4)} == set(pack.of)
    assert [2] == [hop.number for hop in pack.arrived]


def test_a_lot_that_was_never_sent_here_is_no_part_of_it():
    stray = made(6, "fire", RIVAL)

    links = chain(lot(5), lots=[*LOTS, stray], hops=HOPS, after=AFTER)

    assert lot(6) not in {link.made.lot for link in links}


def test_an_unknown_lot_has_no_chain():
    assert () == chain(lot(9), lots=LOTS, hops=HOPS, after=AFTER)
