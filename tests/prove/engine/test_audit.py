from dataclasses import replace
from uuid import UUID

import pytest

from dure.kernel.canonical import canonical
from dure.kernel.commitment import commit
from dure.kernel.entry import FIRST, Entry, entry_hash, public_key, sign
from dure.prove.engine.audit import Chains, FactRow, audit_fact, audit_row, audit_tree
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.tiles import Tile
from tests.cast import AT

ID = UUID(int=7)
KEY = bytes(32)
SEED = bytes(range(32))
BODY = {"id": str(ID), "kind": "LotShipped", "payload": {"sent": 520}}
ROW = FactRow(
    id=ID,
    columns={"id": str(ID), "kind": "LotShipped"},
    body=canonical(BODY),
    commitment=commit(BODY, KEY),
    key=KEY,
)


def entry(seq=0, prev=FIRST, commitment=ROW.commitment):
    unsigned = Entry(
        kind="fact", issuer=public_key(SEED), commit=commitment, time=AT, seq=seq, prev=prev,
        held="custodian",
    )  # fmt: skip
    return sign(unsigned, SEED).line()


def codes(findings):
    return [(one.code.removeprefix("prove.audit_"), one.parameters.get("what")) for one in findings]


def test_a_fact_that_is_what_was_committed_is_no_finding():
    assert [] == list(audit_fact(ROW, entry()))


@pytest.mark.parametrize("at", range(len(ROW.body)))
def test_one_changed_byte_of_a_fact_is_named(at):
    changed = bytearray(ROW.body)
    changed[at] ^= 1

    assert "fact" in codes(audit_fact(replace(ROW, body=bytes(changed)), entry()))[0]


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"commitment": bytes(32)}, ("fact", "commitment")),
        ({"key": bytes([1]) * 32}, ("fact", "body")),
        ({"key": None}, ("key_missing", None)),
        ({"columns": {"id": str(ID), "kind": "LotHeld"}}, ("fact", "kind")),
    ],
)
def test_any_changed_column_of_a_fact_is_named(change, finding):
    assert [finding] == codes(audit_fact(replace(ROW, **change), entry()))


def test_a_fact_whose_entry_commits_to_another_is_named():
    assert [("fact", "commitment")] == codes(audit_fact(ROW, entry(commitment=bytes(32))))


def tree(*sizes):
    lines = [b"entry %d" % number for number in range(sizes[-1])]
    edge, tiles, checkpoints = EMPTY, {}, []
    for size in sizes:
        edge, new = grow(edge, lines[edge.size : size])
        tiles |= new
        checkpoints.append(Checkpoint(origin="log", size=size, root=edge.root()))
    return lines, checkpoints, tiles


def test_a_sound_tree_gives_no_finding():
    lines, checkpoints, tiles = tree(3, 300, 5000)

    assert [] == list(audit_tree(lines, checkpoints, tiles.__getitem__))


def test_every_changed_tile_is_named():
    lines, checkpoints, tiles = tree(3, 300)

    for tile, data in tiles.items():
        changed = tiles | {tile: data[:-1] + bytes([data[-1] ^ 1])}
        (finding,) = audit_tree(lines, checkpoints, changed.__getitem__)
        assert ("prove.audit_tile", tile.path) == (finding.code, finding.parameters["path"])


def test_a_changed_entry_shows_in_its_tile_and_in_the_root():
    lines, checkpoints, tiles = tree(3, 300)
    lines[270] = b"another"

    findings = list(audit_tree(lines, checkpoints, tiles.__getitem__))

    paths = [one.parameters.get("path") for one in findings]
    assert "tile/entries/001.p/44" in paths
    assert "prove.audit_root" == findings[-1].code


def test_a_missing_entry_is_named():
    lines, checkpoints, tiles = tree(3, 300)

    (finding,) = audit_tree(lines[:299], checkpoints, tiles.__getitem__)

    assert ("prove.audit_entry_missing", 299) == (finding.code, finding.parameters["index"])


def test_tiles_of_every_level_are_compared():
    assert Tile(1, 0, 1) in tree(300)[2]


def test_a_chain_goes_on_or_is_named():
    first = entry()
    second = entry(seq=1, prev=entry_hash(first))
    chains = Chains()

    assert [] == [*chains.add(0, first), *chains.add(1, second)]
    assert ["chain"] == [code for code, _ in codes(chains.add(2, second))]
    assert ["entry"] == [code for code, _ in codes(chains.add(3, first[:-2] + b"!}"))]


def fold(told, *, version, columns, decimals=frozenset()):
    return codes(
        audit_row(
            table="lots", row=ID, version=version, columns=columns,
            defaults={"state": "", "good": None}, told=told, decimals=decimals,
        )
    )  # fmt: skip


TOLD = [(1, {"state": "open"}), (2, {"good": 500}), (3, {"state": "closed"})]


def test_a_row_is_what_its_facts_made_it():
    assert [] == fold(TOLD, version=3, columns={"state": "closed", "good": 500})


@pytest.mark.parametrize(
    ("version", "columns", "what"),
    [
        (3, {"state": "open", "good": 500}, "state"),
        (3, {"state": "closed", "good": 501}, "good"),
        (4, {"state": "closed", "good": 500}, "version"),
    ],
)
def test_a_row_that_is_something_else_is_named(version, columns, what):
    assert [("row", what)] == fold(TOLD, version=version, columns=columns)


def test_a_fact_taken_out_of_the_middle_is_named():
    told = [TOLD[0], TOLD[2]]

    assert [("row", "fact 2")] == fold(told, version=3, columns={"state": "closed"})


def test_a_column_that_no_fact_set_is_as_it_was_born():
    assert [("row", "good")] == fold(TOLD[:1], version=1, columns={"state": "open", "good": 1})


def test_decimals_are_compared_as_numbers():
    told = [(1, {"good": "12.5"})]

    assert [] == fold(told, version=1, columns={"good": "12.500"}, decimals=frozenset({"good"}))
    assert [("row", "good")] == fold(told, version=1, columns={"good": "12.500"})
