"""
Anchors: a checkpoint on an EVM chain, in a contract that itself checks that the log only grew.

`anchor.vy` keeps one slot, keccak256(root, size), and moves it on only with the consistency proof
of RFC 9162: a forked log is refused by the chain, not merely recorded there. A contract is for one
shard; another year deploys another. Some 61,000 gas at a million entries.

A receipt holds the block's header and the way from its receipts' root to the event, so that it is
judged offline. Whether that block is the chain's is for whoever knows the chain to say: compare the
hash that `verify` gives with any node or explorer. Needs the extra `evm`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import rlp
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3Exception

from dure.kernel.canonical import canonical, from_canonical
from dure.kernel.errors import Malformed, Refused, Unavailable, Unproven
from dure.prove.engine.checkpoint import Checkpoint, read_checkpoint
from dure.prove.engine.note import Note
from dure.prove.engine.strict import read_base64, write_base64
from dure.prove.wire.anchors import Attested
from dure.prove.wire.trie import keep_nodes, look_up

ANCHORED = keccak(text="Anchored(uint64,bytes32)")
SECONDS = 300
_FIELDS = (  # of a header, in its order; later forks have more of them
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot",
    "logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData",
    "mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas",
    "parentBeaconBlockRoot", "requestsHash",
)  # fmt: skip
_RECEIPTS, _NUMBER, _TIME, _EXTRA, _BLOOM = 5, 8, 11, 12, 6

Prove = Callable[[int, int], Sequence[bytes]]  # a consistency proof, from a size to a larger one


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A contract on a chain, and the account that owns it."""

    web3: Web3
    account: LocalAccount
    contract: str
    prove: Prove

    def submit(self, checkpoint: Note) -> bytes:
        """Move the contract on to a checkpoint; see `Anchor`. Refused where the chain refuses."""
        new, old = read_checkpoint(checkpoint.text), self.last()
        proof = self.prove(old.size, new.size) if 0 < old.size < new.size else ()
        call = self._functions.anchor(old.size, old.root, new.size, new.root, list(proof))
        try:
            mined = _send(self.web3, self.account, call)
            receipt = _receipt(self.web3, mined)
        except ContractLogicError as refused:
            raise Refused("prove.anchor_refused", said=str(refused.message)) from refused
        except (Web3Exception, OSError) as away:
            raise Unavailable("prove.anchor_away", url=self.contract, problem=str(away)) from away
        verify(receipt, checkpoint, self.contract)
        return receipt

    def verify(self, receipt: bytes, checkpoint: Note) -> Attested:
        """Judge a receipt, offline; see `verify`."""
        return verify(receipt, checkpoint, self.contract)

    def last(self) -> Checkpoint:
        """Give size and root of what the contract holds; raises Unproven where its log lies."""
        head = bytes(self._functions.head().call())
        events = self._contract.events.Anchored.get_logs(from_block=0)
        said = [(event["args"]["size"], bytes(event["args"]["root"])) for event in events]
        size, root = said[-1] if said else (0, bytes(32))
        if head != (keccak(root + size.to_bytes(8, "big")) if said else bytes(32)):
            raise Unproven("prove.anchor", problem="the contract's events are not its state")
        return Checkpoint(origin="", size=size, root=root)

    @property
    def _contract(self) -> Any:
        return self.web3.eth.contract(address=Web3.to_checksum_address(self.contract), abi=_abi())

    @property
    def _functions(self) -> Any:
        return self._contract.functions


def deploy(web3: Web3, account: LocalAccount) -> str:
    """Deploy a contract that account owns; gives its address."""
    code = web3.eth.contract(abi=_abi(), bytecode=compiled()["bytecode"])
    return str(_send(web3, account, code.constructor())["contractAddress"])


def compiled() -> dict[str, Any]:
    """Give the contract as it was compiled: abi and bytecode."""
    made: dict[str, Any] = json.loads((files("dure.prove.wire") / "anchor.json").read_text())
    return made


def verify(receipt: bytes, checkpoint: Note, contract: str) -> Attested:
    """
    Give when, and in which block, a contract took a checkpoint; opens no connection.

    Raises Malformed for what is no receipt, Unproven for one that does not show it.
    """
    header, index, nodes = _read(receipt)
    new = read_checkpoint(checkpoint.text)
    try:
        fields = rlp.decode(header)
        told = look_up(fields[_RECEIPTS], rlp.encode(index), {keccak(node): node for node in nodes})
        status, _, _, logs = rlp.decode(told[1:] if told[0] < 0x80 else told)
        number, seconds = (int.from_bytes(fields[at], "big") for at in (_NUMBER, _TIME))
    except (rlp.exceptions.RLPException, IndexError, ValueError, TypeError) as bad:
        raise Unproven("prove.anchor", problem="is no proof of a transaction's receipt") from bad
    data = new.size.to_bytes(32, "big") + new.root
    if status != b"\x01" or [bytes.fromhex(contract[2:]), [ANCHORED], data] not in logs:
        raise Unproven("prove.anchor", problem="shows no event of this contract and checkpoint")
    by = f"block {number}, 0x{keccak(header).hex()}"
    return Attested(at=datetime.fromtimestamp(seconds, UTC), by=by)


def _read(receipt: bytes) -> tuple[bytes, int, list[bytes]]:
    match from_canonical(receipt):
        case {"header": str(header), "index": int(index), "nodes": [*nodes]}:
            return read_base64(header), index, [read_base64(str(node)) for node in nodes]
    raise Malformed("prove.anchor", problem="is no receipt")


def _send(web3: Web3, account: LocalAccount, call: Any) -> Any:
    """Sign a call here, send it, and wait until it is in a block."""
    sender = account.address
    wish = {"from": sender, "nonce": web3.eth.get_transaction_count(sender)}
    signed = account.sign_transaction(call.build_transaction(wish))
    sent = web3.eth.send_raw_transaction(signed.raw_transaction)
    mined = web3.eth.wait_for_transaction_receipt(sent, timeout=SECONDS)
    if not mined["status"]:
        raise Refused("prove.anchor_refused", said="reverted")
    return mined


def _receipt(web3: Web3, mined: Any) -> bytes:
    """Give the block's header, and the way from its receipts' root to ours."""
    block: Any = web3.eth.get_block(mined["blockHash"])
    every = [web3.eth.get_transaction_receipt(one) for one in block["transactions"]]
    root, known = keep_nodes({rlp.encode(at): _encoded(one) for at, one in enumerate(every)})
    if root != bytes(block["receiptsRoot"]):
        raise Unproven("prove.anchor", problem="the node gives other receipts than its block has")
    index, used = mined["transactionIndex"], dict[bytes, bytes]()
    look_up(root, rlp.encode(index), known, used)
    return canonical(
        {
            "header": write_base64(_header(block)),
            "index": index,
            "nodes": [write_base64(node) for node in used.values()],
        }
    )


def _header(block: Mapping[str, Any]) -> bytes:
    """Encode a block's header as its hash was made; raises Unproven where it is another's."""
    fields = [_plain(block[name]) for name in _FIELDS if name in block]
    fields[_BLOOM] = bytes(fields[_BLOOM]).rjust(256, b"\0")  # nodes of tests leave zeros out,
    for extra in (fields[_EXTRA], b""):  # and fill what is empty with them
        fields[_EXTRA] = extra
        encoded = rlp.encode(fields)
        if keccak(encoded) == bytes(block["hash"]):
            return bytes(encoded)
    raise Unproven("prove.anchor", problem="the node's header does not give its block's hash")


def _encoded(receipt: Any) -> bytes:
    """Encode a transaction's receipt (EIP-658, EIP-2718)."""
    logs = [
        [bytes.fromhex(log["address"][2:]), [bytes(t) for t in log["topics"]], bytes(log["data"])]
        for log in receipt["logs"]
    ]
    body = rlp.encode([receipt["status"], receipt["cumulativeGasUsed"], _bloom(logs), logs])
    kind = _kind(receipt)
    return bytes([kind]) + body if kind else bytes(body)


def _kind(receipt: Any) -> int:
    kind = receipt.get("type", 0)
    return int(kind, 16) if isinstance(kind, str) else int(kind)


def _bloom(logs: Sequence[Any]) -> bytes:
    bits = 0
    for address, topics, _ in logs:
        for item in (address, *topics):
            digest = keccak(item)
            for at in (0, 2, 4):
                bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits.to_bytes(256, "big")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("0x"))
    return value if isinstance(value, int) else bytes(value)


def _abi() -> Any:
    return compiled()["abi"]
