"""
Tampering: random changes of everything that is kept or handed out, and whether they are found.

Bit flips, cuts, repetitions, swaps, insertions and edits over bundles, proofs, checkpoints and
policies' notes as bytes; entries and hashes edited, deleted, inserted, repeated and reordered in
tiles; rows of facts and segments in theirs. Each change is found; in tiles and rows the first
wrong one is named. The suite samples; `make torture` does 100,000 of them and 1,000 clean logs.
"""

from dataclasses import replace
from functools import cache
from random import Random
from uuid import UUID

import pytest

from dure.kernel.canonical import canonical
from dure.kernel.commitment import commit
from dure.kernel.entry import entry_hash
from dure.kernel.errors import DureError
from dure.prove.engine.audit import FactRow, audit_fact, audit_row, audit_tree
from dure.prove.engine.bundle import check_bundle, read_bundle
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.growth import EMPTY, grow
from dure.prove.engine.note import read_note
from dure.prove.engine.policy import check_final
from dure.prove.engine.proof import check_proof, read_proof
from dure.prove.engine.tiles import ENTRIES, read_entries, read_hashes, tiles_of, write_entries
from dure.prove.engine.whole import check_log
from tests.prove.bundles import KEY, POLICY, RECORD, bundle, fact_entry, proof_of

SIZE = 700
LINES = [b'{"entry":%d}' % number for number in range(SIZE)]


def mutated(data, chance):
    """Change bytes in one of seven ways, until they differ."""
    changed = data
    while changed == data:
        at, to = sorted(chance.sample(range(len(data) + 1), 2))
        width = min(to - at, chance.randrange(1, 64))
        piece = data[at : at + width]
        match chance.choice(["flip", "cut", "end", "twice", "swap", "insert", "edit"]):
            case "flip":
                at = chance.randrange(len(data))
                changed = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
            case "cut":
                changed = data[:at] + data[at + width :]
            case "end":
                changed = data[:at]
            case "twice":
                changed = data[: at + width] + piece + data[at + width :]
            case "swap":
                changed = data[:at] + data[to : to + width] + piece + data[at + width :]
            case "insert":
                changed = data[:at] + chance.randbytes(width) + data[at:]
            case _:
                changed = data[:at] + chance.randbytes(width) + data[at + width :]
    return changed


def reordered(items, new, chance):
    """Edit, delete, insert, repeat or reorder one of several items, until they differ."""
    changed = items
    while changed == items:
        at = chance.randrange(len(items))
        other = chance.randrange(len(items))
        changed = list(items)
        match chance.choice(["edit", "delete", "insert", "twice", "move", "swap"]):
            case "edit":
                changed[at] = new
            case "delete":
                del changed[at]
            case "insert":
                changed.insert(at, new)
            case "twice":
                changed.insert(at, changed[at])
            case "move":
                changed.insert(other, changed.pop(at))
            case _:
                changed[at], changed[other] = changed[other], changed[at]
    return changed


def first_difference(old, new):
    return next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )


@cache
def whole_bundle():
    return bundle()


@cache
def one_proof():
    return bytes(proof_of([b"before", fact_entry(), b"after"], 1))


@cache
def log():
    edge, tiles = grow(EMPTY, LINES)
    return Checkpoint(origin="o", size=SIZE, root=edge.root()), tiles


def in_a_bundle(chance):
    """Parts may be left out: then less is proven, and nothing else."""
    parts = whole_bundle().split(b"c2sp.org/tlog-proof@v1\n")[1:]
    if chance.random() < 0.8:
        data = mutated(whole_bundle(), chance)
    else:
        data = b"".join(b"c2sp.org/tlog-proof@v1\n" + p for p in reordered(parts, b"x\n", chance))
    try:
        proven = check_bundle(read_bundle(data), POLICY)
    except DureError:
        return True
    honest = {item.index: item for item in _honest()}
    claims_no_more = all(
        item.index in honest
        and (item.values, item.entry) == (honest[item.index].values, honest[item.index].entry)
        and item.key in {None, honest[item.index].key}
        for item in proven
    )
    same = claims_no_more and _claims(proven) == _claims(_honest())
    return claims_no_more and (not same or _differs_in_signatures(data))


def _claims(proven):
    """Count facts and the keys that are proven of them."""
    return len(proven) + sum(item.key is not None for item in proven)


def _differs_in_signatures(data):
    shown, honest = read_bundle(data), read_bundle(whole_bundle())
    notes = [(a.proof.checkpoint, b.proof.checkpoint) for a, b in zip(shown, honest, strict=True)]
    return all(says_no_more(*pair) for pair in notes)


@cache
def _honest():
    return check_bundle(read_bundle(whole_bundle()), POLICY)


def in_a_proof(chance):
    honest, data = read_proof(one_proof()), mutated(one_proof(), chance)
    try:
        changed = read_proof(data)
        check_proof(changed, entry_hash(fact_entry()), POLICY)
    except DureError:
        return True
    return replace(changed, checkpoint=honest.checkpoint) == honest and says_no_more(
        changed.checkpoint, honest.checkpoint
    )


def in_a_checkpoint(chance):
    honest = read_proof(one_proof()).checkpoint
    try:
        changed = read_note(mutated(bytes(honest), chance))
        check_final(changed, POLICY)
    except DureError:
        return True
    return says_no_more(changed, honest)


def says_no_more(changed, honest):
    """C2SP has signatures of unknown keys ignored: a line of one may come in, and that is all."""
    known = [*POLICY.logs, *POLICY.witnesses.values()]
    kept = tuple(line for line in changed.signatures if any(map(line.is_by, known)))
    return replace(changed, signatures=kept) == honest


def in_a_tile(chance):
    """The tile is named, or for an entry the tile of leaf hashes beside its bundle."""
    checkpoint, tiles = log()
    tile = chance.choice(list(tiles_of(SIZE)))
    if chance.random() < 0.5:
        data = mutated(tiles[tile], chance)
    elif tile.level == ENTRIES:
        lines = read_entries(tiles[tile], tile.width)
        data = write_entries(reordered(lines, b"forged", chance))
    else:
        hashes = read_hashes(tiles[tile], tile.width)
        data = b"".join(reordered(hashes, chance.randbytes(32), chance))
    try:
        check_log(checkpoint, {**tiles, tile: data}.__getitem__)
    except DureError as found:
        named = found.reason.parameters.get("path")
        return named in {tile.path, tile.path.replace("entries", "0")}
    return False


def in_the_entries(chance):
    """The first tile that differs is named, in which the first wrong entry stands."""
    checkpoint, tiles = log()
    lines = reordered(LINES, b"forged", chance)
    found = list(audit_tree(lines, [checkpoint], tiles.__getitem__))
    if len(lines) < SIZE:
        return bool(found)
    first = first_difference(LINES, lines[:SIZE])
    if first == SIZE:  # one more at the end is behind the checkpoint
        return found == []
    return f"/{first // 256:03d}" in str(found[0])


def in_a_fact(chance):
    body = {**RECORD, "id": "f"}
    row = FactRow(
        id=UUID(int=1), columns={"kind": body["kind"], "at": body["at"]}, body=canonical(body),
        commitment=commit(body, KEY), key=KEY,
    )  # fmt: skip
    changed = {
        "body": lambda: replace(row, body=mutated(row.body, chance)),
        "commitment": lambda: replace(row, commitment=mutated(row.commitment, chance)),
        "key": lambda: replace(row, key=chance.randbytes(32)),
        "column": lambda: replace(row, columns={**row.columns, "at": f"{chance.random()}"}),
    }[chance.choice(["body", "commitment", "key", "column"])]()
    return bool(list(audit_fact(changed, None)))


def in_a_row(chance):
    """Columns are edited, the facts that set them deleted, repeated, reordered; the row named."""
    told = [(n, {f"column {n}": n}) for n in range(1, 9)]
    columns, facts, version = {f"column {n}": n for n in range(1, 9)}, told, 8
    match chance.choice(["column", "version", "facts"]):
        case "column":
            columns[f"column {chance.randrange(1, 9)}"] = chance.randrange(9, 10**6)
        case "version":
            version = chance.choice([n for n in range(20) if n != 8])
        case _:
            facts = reordered(told, (3, {"column 3": "forged"}), chance)
    row = UUID(int=chance.getrandbits(100))
    found = list(
        audit_row(table="lot", row=row, version=version, columns=columns, defaults={}, told=facts)
    )
    return bool(found) and found[0].parameters["row"] == str(row)


WHERE = {
    "bundle": in_a_bundle, "proof": in_a_proof, "checkpoint": in_a_checkpoint, "tile": in_a_tile,
    "entries": in_the_entries, "fact": in_a_fact, "row": in_a_row,
}  # fmt: skip
SHARES = {
    "bundle": 10_000, "proof": 20_000, "checkpoint": 20_000, "tile": 10_000, "entries": 10_000,
    "fact": 15_000, "row": 15_000,
}  # fmt: skip


def missed(where, seed, count):
    """Give the seeds of the changes that were not found."""
    return [n for n in range(seed, seed + count) if not WHERE[where](Random(f"{where} {n}"))]


def false_alarms(seed, count):
    alarms = []
    for number in range(seed, seed + count):
        chance = Random(f"clean {number}")
        size = chance.randrange(1, 600)
        lines = [chance.randbytes(chance.randrange(300)) for _ in range(size)]
        edge, tiles = grow(EMPTY, lines)
        checkpoint = Checkpoint(origin="o", size=size, root=edge.root())
        check_log(checkpoint, tiles.__getitem__)
        alarms += audit_tree(lines, [checkpoint], tiles.__getitem__)
    return alarms


@pytest.mark.parametrize("where", WHERE)
def test_a_sample_of_changes_is_found(where):
    assert [] == missed(where, 10**6, 60)


def test_a_sample_of_clean_logs_gives_no_alarm():
    assert [] == false_alarms(10**6, 10)


@pytest.mark.torture
@pytest.mark.parametrize("where", WHERE)
def test_every_one_of_a_hundred_thousand_changes_is_found(where):
    assert 100_000 <= sum(SHARES.values())

    assert [] == missed(where, 0, SHARES[where])


@pytest.mark.torture
def test_a_thousand_clean_logs_give_no_alarm():
    assert [] == false_alarms(0, 1_000)
