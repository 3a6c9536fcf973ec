"""
Run a witness: a member's own office watches that the cooperative's log only grows.

    dure witness --new dure.example/witness/busan --key busan.key
    dure witness --key busan.key --state busan --policy policy --port 8871

The first makes a key and prints its public half. Give that to the cooperative's office;
it goes into the policy that every verifier uses. Keep the state folder: a witness that
lost its memory must take a new key.
"""

import argparse
import signal
import sys
import time
from pathlib import Path
from threading import Thread

from dure.kernel.errors import DureError


def main(argv: list[str] | None = None) -> int:
    """Run a witness, or make a key for one; gives the exit status."""
    asked = _arguments().parse_args(argv)
    try:
        return _new_key(asked) if asked.new else _serve(asked)
    except DureError as refused:
        print(f"dure witness: {refused}", file=sys.stderr)
        return 1


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dure witness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--key", type=Path, required=True, help="file of the witness's private key")
    parser.add_argument("--new", metavar="NAME", help="make a key of this name, and stop")
    parser.add_argument("--post-quantum", action="store_true", help="with --new: an ML-DSA-44 key")
    parser.add_argument(
        "--more-keys", type=Path, nargs="*", default=[], help="to sign with as well"
    )
    parser.add_argument("--policy", type=Path, help="policy file: its logs are watched")
    parser.add_argument("--state", type=Path, help="folder of what the witness remembers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8871)
    return parser


def _new_key(asked: argparse.Namespace) -> int:
    from dure.prove.engine.keys import SignatureType
    from dure.prove.store.keys import new_key_file, read_key_file

    kind = SignatureType.ML_DSA_44 if asked.post_quantum else SignatureType.COSIGNATURE
    new_key_file(asked.key, asked.new, kind)
    print(read_key_file(asked.key).verifier)
    return 0


def _serve(asked: argparse.Namespace) -> int:
    from dure.prove.store.keys import read_key_file
    from dure.prove.store.witness import witness_folder
    from dure.prove.wire.server import witness_server

    if asked.state is None or asked.policy is None:
        _arguments().error("a witness needs --state and --policy")
    keys = [read_key_file(path) for path in (asked.key, *asked.more_keys)]
    folder = witness_folder(asked.state, keys, asked.policy)
    server = witness_server(
        (asked.host, asked.port),
        answer=lambda request: folder.answer(request, int(time.time())),
        latest=folder.latest,
    )
    with server:
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, lambda *_: Thread(target=server.shutdown).start())
        print(f"{keys[0].verifier.name} listens at {asked.host}:{server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.2)
    return 0
