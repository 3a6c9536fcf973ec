"""
Run a witness: a member's own office watches that the cooperative's log only grows.

    dure witness --new dure.example/witness/busan --key busan.key
    dure witness --key busan.key --state busan --policy policy --port 8871
    dure witness --key busan.key --approve statement
    dure witness --key busan.key --state busan --policy policy --poll https://dure.example/log

The first makes a key and prints its public half. Give that to the cooperative's office;
it goes into the policy that every verifier uses. The second answers at an address that the
log can reach; the last needs none, because it calls the log itself. The third shows a change
of the policy, or the end of a key, and consents to it. Keep the state folder: a witness that
lost its memory must take a new key.
"""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from dure.kernel.errors import DureError

if TYPE_CHECKING:
    from dure.prove.store.witness import WitnessFolder
    from dure.prove.wire.log import RemoteLog


def main(argv: list[str] | None = None) -> int:
    """Run a witness, or make a key for one; gives the exit status."""
    asked = _arguments().parse_args(argv)
    try:
        if asked.new:
            return _new_key(asked)
        if asked.approve:
            return _approve(asked)
        return _call(asked) if asked.poll else _serve(asked)
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
    parser.add_argument("--approve", type=Path, metavar="FILE", help="cosign a statement, and stop")
    parser.add_argument("--post-quantum", action="store_true", help="with --new: an ML-DSA-44 key")
    parser.add_argument(
        "--more-keys", type=Path, nargs="*", default=[], help="to sign with as well"
    )
    parser.add_argument("--policy", type=Path, help="policy file: its logs are watched")
    parser.add_argument("--state", type=Path, help="folder of what the witness remembers")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8871)
    parser.add_argument("--poll", metavar="URL", help="call the log at this address; do not listen")
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two calls")
    return parser


def _new_key(asked: argparse.Namespace) -> int:
    from dure.prove.engine.keys import SignatureType
    from dure.prove.store.keys import new_key_file, read_key_file

    kind = SignatureType.ML_DSA_44 if asked.post_quantum else SignatureType.COSIGNATURE
    new_key_file(asked.key, asked.new, kind)
    print(read_key_file(asked.key).verifier)
    return 0


def _approve(asked: argparse.Namespace) -> int:
    """Show a statement of the log's office and add our line to its file."""
    from dure.prove.engine.note import read_note
    from dure.prove.engine.roster import approval
    from dure.prove.store.keys import read_key_file

    note, key = read_note(asked.approve.read_bytes()), read_key_file(asked.key)
    asked.approve.write_text(str(approval(note, key, time=int(time.time()))))
    print(f"{note.text}Cosigned by {key.verifier.name}.")
    return 0


def _open(asked: argparse.Namespace) -> "WitnessFolder":
    from dure.prove.store.keys import read_key_file
    from dure.prove.store.witness import witness_folder

    if asked.state is None or asked.policy is None:
        _arguments().error("a witness needs --state and --policy")
    keys = [read_key_file(path) for path in (asked.key, *asked.more_keys)]
    return witness_folder(asked.state, keys, asked.policy)


def _serve(asked: argparse.Namespace) -> int:
    from dure.prove.wire.server import witness_server

    folder = _open(asked)
    server = witness_server(
        (asked.host, asked.port),
        answer=lambda request: folder.answer(request, int(time.time())),
        latest=folder.latest,
    )
    with server:
        _when_told(lambda: Thread(target=server.shutdown).start())
        print(f"{_name(folder)} listens at {asked.host}:{server.server_port}", flush=True)
        server.serve_forever(poll_interval=0.2)
    return 0


def _call(asked: argparse.Namespace) -> int:
    import httpx

    from dure.prove.wire.log import RemoteLog

    folder, stop = _open(asked), Event()
    _when_told(stop.set)
    print(f"{_name(folder)} calls {asked.poll}", flush=True)
    with httpx.Client(timeout=10) as http:
        _keep_calling(folder, RemoteLog(http, asked.poll), stop, asked.every)
    return 0


def _keep_calling(folder: "WitnessFolder", log: "RemoteLog", stop: Event, every: float) -> None:
    """Call until told to stop; say what goes wrong once, not at each call."""
    from dure.prove.wire.calling import call

    done, said = None, ""
    while not stop.is_set():
        trouble = ""
        try:
            called = call(
                log,
                known=folder.size,
                answer=lambda request: folder.answer(request, int(time.time())),
                done=done,
            )
            if called and called[1].cosigned:
                done = called[0]
            elif called:
                trouble = f"refused: {called[1].body.strip()}"
        except DureError as problem:
            trouble = str(problem)
        if trouble and trouble != said:
            print(f"{_name(folder)}: {trouble}", file=sys.stderr, flush=True)
        said = trouble
        stop.wait(every)


def _when_told(stop: Callable[[], object]) -> None:
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop())


def _name(folder: "WitnessFolder") -> str:
    return folder.keys[0].verifier.name
