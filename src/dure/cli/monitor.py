"""
Watch a log that others run, from a member's own computer.

    dure monitor https://dure.example/log --policy policy --state watch --mine KEY
    dure monitor https://dure.example/log --policy policy --state watch --issued entries --once

Follows the log entry by entry: does it only grow, do its tiles and signatures hold, does its
quorum stand, do the witnesses hold the same history, does the chain of our own keys go on
without a gap, and does anybody else write in our name? `--mine` names our public keys, `--issued` a
file of the entries that our own device signed, one a line, or a folder of such files. One line is
printed for each finding.

Exit status: 0 nothing found, 1 something found, 2 the log did not answer or a file cannot be read.
"""

import argparse
import signal
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from dure.kernel.errors import DureError

if TYPE_CHECKING:
    from dure.prove.engine.monitor import Ours, Step
    from dure.prove.engine.policy import Policy
    from dure.prove.store.monitor import MonitorFolder
    from dure.prove.wire.log import RemoteLog

FOUND, AWAY = 1, 2


def main(argv: list[str] | None = None) -> int:
    """Watch the log that the command line names; gives the exit status."""
    asked = _arguments().parse_args(argv)
    try:
        return _watch(asked)
    except OSError as unread:
        print(f"{unread.filename}: {unread.strerror}", file=sys.stderr)
    except DureError as refused:
        print(_said(refused.reason), file=sys.stderr)
    return AWAY


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dure monitor",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", help="the log's address, up to and without /checkpoint")
    parser.add_argument("--policy", type=Path, required=True, help="whom you believe: tlog-policy")
    parser.add_argument("--state", type=Path, required=True, help="folder of what was seen so far")
    parser.add_argument("--mine", nargs="*", default=[], metavar="KEY", help="our public keys")
    parser.add_argument("--issued", type=Path, help="the entries that we issued")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two looks")
    parser.add_argument("--once", action="store_true", help="look once, and stop")
    return parser


def _watch(asked: argparse.Namespace) -> int:
    import httpx

    from dure.prove.engine.policy import read_policy
    from dure.prove.store.monitor import MonitorFolder, read_ours
    from dure.prove.wire.log import RemoteLog

    policy, folder = read_policy(asked.policy.read_bytes()), MonitorFolder(asked.state)
    stop, status, told = Event(), 0, set[str]()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop.set())
    with httpx.Client(timeout=10) as http:
        log = RemoteLog(http, asked.url)
        while not stop.is_set():
            ours = read_ours(asked.mine, _issued(asked.issued))
            status = max(status, _look(log, policy, folder, ours, told))
            if asked.once:
                break
            stop.wait(asked.every)
    return status


def _issued(place: Path | None) -> bytes | None:
    if place is None:
        return None
    if not place.is_dir():
        return place.read_bytes()
    return b"".join(file.read_bytes() for file in sorted(place.glob("[!.]*")))


def _look(
    log: "RemoteLog", policy: "Policy", folder: "MonitorFolder", ours: "Ours", told: set[str]
) -> int:
    """Take one step, and compare with the witnesses; tell what is new."""
    from dure.prove.engine.monitor import compare, follow
    from dure.prove.wire.client import witnesses

    try:
        shown = log.checkpoint()
        if shown is None:
            return 0
        steps = [follow(folder.read(), shown, policy, log.read, ours)]
        with witnesses(policy) as known:
            for who, theirs in known.checkpoints(shown.text.partition("\n")[0]):
                steps.append(compare(steps[0].watch, who, theirs, policy, log.read))
    except DureError as away:
        _tell(_said(away.reason), told)
        return AWAY
    folder.write(steps[0].watch)
    return max([_told(step, folder, told) for step in steps])


def _told(step: "Step", folder: "MonitorFolder", told: set[str]) -> int:
    kept = f" [{folder.keep(step.evidence)}]" if step.evidence else ""
    for reason in step.found:
        _tell(f"{_said(reason)}{kept}", told)
    return FOUND if step.found else 0


def _tell(line: str, told: set[str]) -> None:
    """Say a line once, however often it is found."""
    if line not in told:
        told.add(line)
        print(line, flush=True)


def _said(reason: object) -> str:
    from dure.portal.words import say

    return f"{say(reason, 'ko')} · {say(reason, 'en')}"
