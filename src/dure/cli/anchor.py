"""
Anchors: have somebody outside the cooperative attest a checkpoint, and judge what they gave.

    dure anchor submit log/2026 receipt --tsa https://tsa.example --certificate t.pem --root r.pem
    dure anchor submit log/2026 receipt --rpc https://node.example --key key --contract 0x...
    dure anchor verify checkpoint receipt --certificate t.pem --root r.pem
    dure anchor verify checkpoint receipt --contract 0x...
"""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dure.prove.engine.note import Note
    from dure.prove.store.folder import LogFolder
    from dure.prove.wire.anchors import Anchor
    from dure.prove.wire.chain import Chain

app = typer.Typer(help=__doc__, no_args_is_help=True)
CERTIFICATE = typer.Option(help="The time-stamp authority's certificate, PEM.")
ROOT = typer.Option(help="The certificate that vouches for it, PEM.")
CONTRACT = typer.Option(help="The address of the log's contract.")
RPC = typer.Option(help="A node of the chain.")
KEY = typer.Option(help="A file with the private key that owns the contract, in hex.")


@app.command()
def submit(
    log: Annotated[Path, typer.Argument(help="A shard's folder: DURE_HOME/log/2026.")],
    receipt: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    tsa: Annotated[str, typer.Option(help="The time-stamp authority's address.")] = "",
    certificate: Annotated[Path | None, CERTIFICATE] = None,
    root: Annotated[Path | None, ROOT] = None,
    rpc: Annotated[str, RPC] = "",
    key: Annotated[Path | None, KEY] = None,
    contract: Annotated[str, CONTRACT] = "",
) -> None:
    """Have a log's published checkpoint attested; its receipt is judged before it is written."""
    from dure.kernel.errors import NotFound
    from dure.prove.store.folder import LogFolder

    folder = LogFolder(log)
    if (note := folder.published()) is None:
        raise NotFound("prove.nothing_proven_yet")
    with ExitStack() as opened:
        anchor: Anchor
        if rpc and key and contract:
            anchor = _chain(rpc, key, contract, folder)
        else:
            anchor = _authority(opened, tsa, certificate, root)
        given = anchor.submit(note)
        receipt.write_bytes(given)
        _tell(anchor, given, note)


@app.command()
def verify(
    checkpoint: Annotated[Path, typer.Argument(help="The checkpoint, as it was published.")],
    receipt: Annotated[Path, typer.Argument(help="What the anchor gave for it.")],
    certificate: Annotated[Path | None, CERTIFICATE] = None,
    root: Annotated[Path | None, ROOT] = None,
    contract: Annotated[str, CONTRACT] = "",
) -> None:
    """Judge a receipt, offline: when did this checkpoint exist, and by whose word?"""
    from dure.prove.engine.note import read_note

    note, given = read_note(checkpoint.read_bytes()), receipt.read_bytes()
    if contract:
        from dure.prove.wire.chain import verify as judge

        found = judge(given, note, contract)
        print(f"{found.at.isoformat()}  {found.by}")
        print("Compare the block's hash with any node of the chain.")
        return
    with ExitStack() as opened:
        _tell(_authority(opened, "", certificate, root), given, note)


@app.command()
def deploy(
    rpc: Annotated[str, RPC],
    key: Annotated[Path, KEY],
) -> None:
    """Deploy the contract for one shard of a log; gives its address."""
    from dure.prove.wire.chain import deploy as put

    web3, account = _node(rpc, key)
    print(put(web3, account))


def _authority(
    opened: ExitStack, url: str, certificate: Path | None, root: Path | None
) -> "Anchor":
    import httpx
    from cryptography.x509 import load_pem_x509_certificate

    from dure.prove.wire.timestamp import TimeStamps

    if certificate is None or root is None:
        raise typer.BadParameter("name --certificate and --root, or --contract")
    theirs, above = (load_pem_x509_certificate(file.read_bytes()) for file in (certificate, root))
    return TimeStamps(opened.enter_context(httpx.Client(timeout=30)), url, theirs, above)


def _chain(rpc: str, key: Path, contract: str, folder: "LogFolder") -> "Chain":
    from dure.kernel.merkle import consistency_proof
    from dure.prove.engine.tiles import tile_nodes
    from dure.prove.wire.chain import Chain

    def prove(old: int, size: int) -> list[bytes]:
        return consistency_proof(old, size, tile_nodes(size, folder.read))

    web3, account = _node(rpc, key)
    return Chain(web3=web3, account=account, contract=contract, prove=prove)


def _node(rpc: str, key: Path):  # type: ignore[no-untyped-def]  # the extra may not be there
    from eth_account import Account
    from web3 import HTTPProvider, Web3

    return Web3(HTTPProvider(rpc)), Account.from_key(key.read_text().strip())


def _tell(anchor: "Anchor", receipt: bytes, note: "Note") -> None:
    found = anchor.verify(receipt, note)
    print(f"{found.at.isoformat()}  {found.by}")
