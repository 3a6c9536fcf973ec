"""The contract on a chain in this process: it takes a log that grew, and refuses a fork."""

import sys
from pathlib import Path
from random import Random

import pytest
import rlp
from eth_account import Account
from eth_tester.exceptions import TransactionFailed
from vyper import compile_code
from vyper.compiler.settings import OptimizationLevel, Settings
from web3 import EthereumTesterProvider, Web3

import dure
from dure.cli.entry import run
from dure.kernel.canonical import canonical
from dure.kernel.errors import DureError, Malformed, Refused, Unproven
from dure.kernel.merkle import HASH_SIZE, consistency_proof, leaf_hash, node_hash, root_of
from dure.prove.engine.checkpoint import Checkpoint
from dure.prove.engine.note import sign_note
from dure.prove.wire.chain import Chain, compiled, deploy, verify
from dure.prove.wire.trie import keep_nodes, look_up
from tests.prove.log import LOG

DEEP = 12 * 1_024  # py-evm's own; whoever else recursed that deep would overrun the stack of C
sys.setrecursionlimit(1_000)

# Our dependencies' own dependencies speak of what they will drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
MOST_GAS = 65_000
SOURCE = Path(dure.__file__).parent / "prove/wire"


class Node(EthereumTesterProvider):
    """The chain of this process, which says no as nodes do."""

    def make_request(self, method, params):
        try:
            return super().make_request(method, params)
        except TransactionFailed as failed:
            error = {"code": 3, "message": str(failed)}
            return {"jsonrpc": "2.0", "id": 1, "error": error}


@pytest.fixture(scope="module", autouse=True)
def deep():
    sys.setrecursionlimit(DEEP)
    yield
    sys.setrecursionlimit(1_000)


@pytest.fixture(scope="module")
def web3():
    return Web3(Node())


@pytest.fixture(scope="module")
def account(web3):
    (key, *_) = web3.provider.ethereum_tester.backend.account_keys
    return Account.from_key(key.to_bytes())


def tree(leaves):
    """Give what reads the complete nodes of a tree over leaf hashes."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append(
            [node_hash(below[at], below[at + 1]) for at in range(0, len(below) // 2 * 2, 2)]
        )
    return lambda level, index: levels[level][index]


LEAVES = [leaf_hash(b"%d" % number) for number in range(300)]
READ = tree(LEAVES)
FORKED = tree([*LEAVES[:20], leaf_hash(b"forged"), *LEAVES[21:]])


def note(size, read=READ):
    text = Checkpoint(origin=LOG.verifier.name, size=size, root=root_of(size, read)).text()
    return sign_note(text, LOG)


def chain_of(web3, account, contract, read=READ):
    def prove(old, size):
        return consistency_proof(old, size, read)

    return Chain(web3=web3, account=account, contract=contract, prove=prove)


@pytest.fixture
def chain(web3, account):
    return chain_of(web3, account, deploy(web3, account))


def test_it_takes_a_log_that_grows(chain, web3):
    for size in (7, 8, 64, 299):
        attested = chain.verify(chain.submit(note(size)), note(size))

    block = web3.eth.get_block("latest")
    assert f"block {block['number']}, 0x{bytes(block['hash']).hex()}" == attested.by
    assert block["timestamp"] == attested.at.timestamp()
    assert 299 == chain.last().size


@pytest.mark.parametrize(("first", "then"), [(64, 299), (21, 22), (64, 64), (64, 63)])
def test_it_refuses_a_fork_a_rollback_and_a_repetition(chain, web3, account, first, then):
    chain.submit(note(first))
    other = FORKED if then > first else READ
    forked = chain_of(web3, account, chain.contract, other)

    with pytest.raises(Refused, match="anchor_refused"):
        forked.submit(note(then, other))
    assert first == chain.last().size


def test_it_agrees_with_our_own_check_on_every_pair_of_sizes(chain, web3, account):
    """And on a proof that is another one: longer, shorter, swapped, with a flipped bit."""
    chance = Random(5)
    contract = chain._functions
    size = 0
    while size < 260:
        old, size = size, size + chance.randrange(1, 40)
        proof = consistency_proof(old, size, READ) if old else []
        roots = root_of(old, READ) if old else bytes(32), root_of(size, READ)
        for wrong in mutations(proof, chance) if old else []:
            with pytest.raises(Exception, match="append-only"):
                contract.anchor(old, roots[0], size, roots[1], wrong).call(
                    {"from": account.address}
                )
        chain.submit(note(size))


def mutations(proof, chance):
    yield [*proof, bytes(HASH_SIZE)]
    if proof:
        yield proof[:-1]
        at = chance.randrange(len(proof))
        yield [*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]]


def test_only_its_owner_moves_it(chain, web3):
    stranger = web3.provider.ethereum_tester.backend.account_keys[1]
    other = chain_of(web3, Account.from_key(stranger.to_bytes()), chain.contract)

    with pytest.raises(Refused, match="not the owner"):
        other.submit(note(7))


class Sparse:
    """Complete nodes of a tree with a million leaves, of which only those on a path are asked."""

    def __init__(self):
        self.known = {}

    def __call__(self, level, index):
        if (level, index) not in self.known:
            self.known[level, index] = (
                leaf_hash(b"%d" % index)
                if level == 0
                else node_hash(self(level - 1, 2 * index), self(level - 1, 2 * index + 1))
            )
        return self.known[level, index]


@pytest.fixture(scope="module")
def million():
    return Sparse()


@pytest.mark.parametrize(("old", "new"), [(999_999, 10**6), (917_503, 10**6), (990_001, 10**6)])
def test_a_million_entries_cost_less_gas_than_the_limit(chain, web3, account, million, old, new):
    large = chain_of(web3, account, chain.contract, million)
    large.submit(note(old, million))

    large.submit(note(new, million))

    (sent,) = web3.eth.get_block("latest")["transactions"]
    used = web3.eth.get_transaction_receipt(sent)["gasUsed"]
    assert 20_000 < used <= MOST_GAS


def test_a_receipt_is_of_one_checkpoint_and_one_contract(chain, web3, account):
    receipt = chain.submit(note(64))
    another = deploy(web3, account)

    with pytest.raises(Unproven, match="no event"):
        verify(receipt, note(63), chain.contract)
    with pytest.raises(Unproven, match="no event"):
        verify(receipt, note(64), another)


def test_the_command_judges_a_receipt_offline(chain, tmp_path, capsys):
    (tmp_path / "receipt").write_bytes(chain.submit(note(64)))
    for size in (63, 64):
        (tmp_path / str(size)).write_bytes(bytes(note(size)))
    words = ["anchor", "verify", str(tmp_path / "64"), str(tmp_path / "receipt")]

    assert 0 == run([*words, "--contract", chain.contract])

    assert "Compare the block's hash with any node of the chain." in capsys.readouterr().out
    words[2] = str(tmp_path / "63")
    assert 1 == run([*words, "--contract", chain.contract])
    assert "shows no event of this contract and checkpoint" in capsys.readouterr().err


def test_no_changed_bit_of_a_receipt_attests_anything_else(chain):
    receipt = chain.submit(note(64))
    honest = chain.verify(receipt, note(64))
    chance = Random(3)

    for _ in range(300):
        at = chance.randrange(len(receipt))
        changed = receipt[:at] + bytes([receipt[at] ^ 1 << chance.randrange(8)]) + receipt[at + 1 :]
        try:
            found = chain.verify(changed, note(64))
        except DureError:
            continue
        assert found.by.rpartition(" ")[2] != honest.by.rpartition(" ")[2]  # another block's hash


@pytest.mark.parametrize(
    "receipt", [b"", b"{}", canonical({"header": "AAAA", "index": 0, "nodes": []})]
)
def test_what_is_no_receipt_is_said(chain, receipt):
    with pytest.raises((Malformed, Unproven)):
        chain.verify(receipt, note(64))


def test_the_contract_is_what_its_source_compiles_to():
    source = (SOURCE / "anchor.vy").read_text()
    made = compile_code(
        source,
        output_formats=["abi", "bytecode"],
        settings=Settings(optimize=OptimizationLevel.GAS, evm_version="paris"),
    )

    kept = compiled()
    assert (made["abi"], made["bytecode"]) == (kept["abi"], kept["bytecode"])


@pytest.mark.parametrize("count", [1, 2, 15, 17, 130, 300])
def test_a_trie_proves_each_of_its_values(count):
    values = {rlp.encode(at): b"value %d" % at * (1 + at % 9) for at in range(count)}
    root, nodes = keep_nodes(values)

    for key, value in values.items():
        used = {}
        assert value == look_up(root, key, nodes, used)
        assert value == look_up(root, key, used)
    with pytest.raises(Unproven):
        look_up(root, rlp.encode(count), nodes)


def test_a_trie_has_the_root_that_others_compute():
    """From the Ethereum tests, trietest.json, "dogs"."""
    values = {b"doe": b"reindeer", b"dog": b"puppy", b"dogglesworth": b"cat"}

    root, _ = keep_nodes(values)

    assert "8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3" == root.hex()
