"""From everything that is published, a rival who tries every price finds none."""

import re
from base64 import b64decode, urlsafe_b64decode
from hashlib import sha256

import pytest

from dure.journal import services as journal
from dure.journal.models import FactKey, Outbox
from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.commitment import disclose
from dure.kernel.fact import FactKind
from dure.kernel.merkle import inclusion_proof
from dure.prove.engine.bundle import with_disclosure, write_bundle
from dure.prove.engine.proof import Proof
from dure.prove.engine.shard import split
from dure.prove.engine.tiles import tile_nodes
from dure.prove.services.sequencer import Sequencer
from dure.prove.wire.client import witnesses
from dure.stack.ids import new_id
from dure.stack.tenancy import acting
from tests.cast import BUSAN_OWNER, WORKER
from tests.prove.log import log_key, watched

pytestmark = pytest.mark.django_db

QUOTED = FactKind("PartsQuoted", "quoting", ("price", "lot"))
PRICE, PATH = 734_512, "/payload/price"
TEXT = re.compile(rb"[A-Za-z0-9_+/-]{22,}=*")


@pytest.fixture
def published(tmp_path, at):
    """Everything that leaves the house: files, statements, and a bundle that hides the price."""
    with watched(tmp_path) as (shards, policy, _), witnesses(policy) as known:
        log = Sequencer.open(log_key, shards, known, lambda: at)
        with acting(BUSAN_OWNER):
            for price in (PRICE, PRICE, 100_000):
                journal.record(
                    QUOTED, aggregate_id=new_id(), aggregate_version=1, at=at,
                    payload={"price": price, "lot": "L-1"},
                )  # fmt: skip
        log.step()
        files = [path.read_bytes() for path in shards.path.rglob("*") if path.is_file()]
        return files, bundle(log, ["/kind", "/payload/lot"]), bundle(log, [PATH])


def bundle(log, paths):
    """A bundle of the first quoted price that shows these fields."""
    with acting(WORKER):
        row = Outbox.objects.filter(fact__kind="PartsQuoted").order_by("place").first()
        key = FactKey.objects.get(fact_id=row.fact_id)
    note, (_, index) = log.folder.published(), split(row.place)
    read = tile_nodes(5, log.folder.read)
    proof = Proof(index=index, hashes=tuple(inclusion_proof(index, 5, read)), checkpoint=note)
    shown = disclose(from_canonical(bytes(key.body)), bytes(key.key), paths)
    return write_bundle([with_disclosure(proof, bytes(row.entry), shown)])


def hashes_in(files):
    """Every 32 bytes of them that may be a hash, written or plain."""
    found = set()
    for data in files:
        found |= {data[at : at + 32] for at in range(0, len(data) - 31, 32)}
        for whole in TEXT.findall(data):
            text = whole.rstrip(b"=")
            text = text[:-1] if len(text) % 4 == 1 else text
            raw = urlsafe_b64decode(text + b"=" * (-len(text) % 4))  # it reads both alphabets
            found |= {raw[at : at + 32] for at in range(len(raw) - 31)}
    return found


def salts_in(files):
    """Every salt that a bundle shows."""
    return {salt.decode() for data in files for salt in re.findall(rb'"([\w-]{22})"\]', data)}


def hits(files, prices):
    """The prices whose digest, under any salt that is known or none, is among what is published."""
    published, salts = hashes_in(files), ["", *salts_in([_extra(file) for file in files])]
    found = []
    for price in prices:
        for salt in salts:
            for guess in ([salt, PATH, price], [PATH, price], price):
                digest = sha256(b"\x00" + canonical(guess)).digest()
                if digest in published or sha256(canonical(guess)).digest() in published:
                    found.append(price)
    return found


def _extra(data):
    line = re.search(rb"^extra (\S+)$", data, re.MULTILINE)
    return b64decode(line.group(1)) if line else b""


def rebuilt(disclosed):
    """What a holder of this bundle can compute: the digests of the fields that it shows."""
    extra = from_canonical(_extra(disclosed))
    return [
        sha256(b"\x00" + canonical([salt, path, value])).digest()
        for _, path, value, salt in extra["shown"]
    ]


def test_a_dictionary_of_prices_finds_nothing(published):
    files, others, _ = published
    near = [PRICE, 100_000, *range(PRICE - 500, PRICE + 500)]

    assert [] == hits([*files, others], near)


@pytest.mark.torture
def test_a_dictionary_of_all_six_digit_prices_finds_nothing(published):
    files, others, _ = published

    assert [] == hits([*files, others], range(1_000_000))


def test_the_dictionary_would_find_a_price_whose_salt_is_shown(published):
    """So that the tests above can fail."""
    files, _, shown = published

    digests = b"".join(rebuilt(shown))

    assert PRICE in hits([*files, shown, digests], range(PRICE - 3, PRICE + 3))


def test_the_same_price_twice_does_not_look_the_same(published):
    files, _, _ = published
    with acting(WORKER):
        rows = Outbox.objects.filter(fact__kind="PartsQuoted")
        commits = {from_canonical(bytes(row.entry))["commit"] for row in rows}

    assert 3 == len(commits)
    assert not any(str(PRICE).encode() in data for data in files)
