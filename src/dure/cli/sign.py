"""
Sign for your own firm, on your own device: what the log then holds is your word, not the server's.

    dure sign https://coop.example --state device --token TOKEN

Makes a key here each month, announces it, and signs each record of your firm within seconds. The
key never leaves the folder. What stays unsigned for ten minutes the server signs in your place,
and every proof says so. `dure monitor --issued device/signed` then finds whoever else writes in
your name.

Exit status: 0 stopped as asked, 1 refused to sign, 2 the server did not answer (with --once).
"""

import argparse
import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from dure.kernel.errors import DureError, Unavailable

if TYPE_CHECKING:
    from dure.prove.store.device import DeviceFolder
    from dure.prove.wire.office import Office

REFUSED, AWAY = 1, 2


def main(argv: list[str] | None = None) -> int:
    """Sign until told to stop; gives the exit status."""
    asked = _arguments().parse_args(argv)
    import httpx

    from dure.prove.store.device import DeviceFolder
    from dure.prove.wire.office import Office

    stop = Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop.set())
    folder = DeviceFolder(asked.state)
    with folder.held(), httpx.Client(timeout=20) as http:
        office = Office(http, asked.url, asked.token)
        while True:
            status = _sign(office, folder)
            if asked.once or stop.wait(asked.every):
                return status if asked.once else 0


def _sign(office: "Office", folder: "DeviceFolder") -> int:
    """Sign what waits now; says what happened, and gives the status."""
    from dure.portal.words import say
    from dure.prove.services.signing import sign_what_waits

    try:
        if count := sign_what_waits(office, folder):
            print(f"{count}건에 서명했습니다 · signed {count}", flush=True)
    except DureError as trouble:
        print(f"{say(trouble.reason, 'ko')} · {say(trouble.reason, 'en')}", file=sys.stderr)
        return AWAY if isinstance(trouble, Unavailable) else REFUSED
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dure sign",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("url", help="the cooperative's address, as in a browser")
    parser.add_argument("--state", type=Path, required=True, help="folder of the device's key")
    given = os.environ.get("DURE_TOKEN")
    parser.add_argument(
        "--token", default=given, required=not given, help="the owner's API token; or DURE_TOKEN"
    )
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two looks")
    parser.add_argument("--once", action="store_true", help="sign what waits, and stop")
    return parser
