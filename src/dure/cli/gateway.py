"""
The gateway at a member's own site: it reads machines and files, keeps everything while the line is down, signs it with a key of its own, and sends it to the cooperative.

    dure gateway join https://coop.example --file gateway.yaml     once: makes the key, asks for a door
    dure gateway discover opc.tcp://192.168.0.5:4840 --file gateway.yaml
    dure gateway run gateway.yaml
"""  # noqa: E501 - one sentence in the list of verbs

import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from time import time_ns
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import normalize

import typer

if TYPE_CHECKING:
    from dure.make.wire.gateway.sources import Offer, Source

app = typer.Typer(no_args_is_help=True)
FILE = typer.Option(help="The gateway's one YAML file.")
TOKEN = typer.Option(envvar="DURE_TOKEN", help="The member's API token.")


def _now_ms() -> int:
    return time_ns() // 1_000_000


@app.command()
def join(
    server: Annotated[str, typer.Argument(help="The cooperative's address, as in a browser.")],
    token: Annotated[str, TOKEN],
    file: Annotated[Path, FILE] = Path("gateway.yaml"),
    name: Annotated[str, typer.Option(help="What the office calls this gateway.")] = "site",
) -> None:
    """Make this machine's own key, register it, and write the YAML file."""
    from dure.kernel.errors import Refused
    from dure.make.engine.batch import proof_of_key, public_bytes
    from dure.make.wire.gateway.run import own_key

    if file.exists():
        raise Refused("make.config_there", file=str(file))
    door = _ask(server, token, "get", "/gateway")
    key = own_key(file.parent / "state")
    body = {
        "public_key": public_bytes(key).hex(),
        "proof": proof_of_key(door["group"], key).hex(),
        "name": name,
    }
    _ask(server, token, "post", "/gateway/keys", body)
    file.touch(mode=0o600)
    file.write_text(_skeleton(server, door, name), encoding="utf-8")
    print(f"{file} is written. Its key is registered; it never leaves {file.parent / 'state'}.")
    print("Next: dure gateway discover ADDRESS-OR-FOLDER --file", file)


@app.command()
def discover(
    place: Annotated[str, typer.Argument(help="An OPC UA address (opc.tcp://...) or a folder.")],
    file: Annotated[Path | None, FILE] = None,
    machine: Annotated[str, typer.Option(help="The machine's code; else by its name.")] = "",
    server: Annotated[str, typer.Option(help="Ask here which machines there are.")] = "",
    token: Annotated[str, TOKEN] = "",
) -> None:
    """List what a source offers, map it to the member's machines, and write it into the file."""
    source = _source_at(place)
    offers = source.offers()
    codes = [machine] if machine else _machines(server, token)
    lines: list[str] = []
    for code, mine in _mapped(offers, codes).items():
        for offer in mine:
            print(f"{code or '?':12} {offer.place:40} {offer.name:40} {offer.sample}")
        if code:
            lines += source.settings(mine, code)
    if not lines:
        print("No machine is named: say --machine CODE, or --server and --token.")
    elif file is not None:
        _append(file, lines)
        print(f"{len(lines)} lines are added to {file}.")


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="The gateway's YAML file.")] = Path("gateway.yaml"),
) -> None:
    """Read the sources and send what they say, until told to stop."""
    from dure.make.wire.gateway.config import read_config
    from dure.make.wire.gateway.run import Gateway

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    config = read_config(file, now_ms=_now_ms)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Gateway(config=config, stop=stop, now_ms=_now_ms).run()


@app.command()
def status(
    file: Annotated[Path, typer.Argument(help="The gateway's YAML file.")] = Path("gateway.yaml"),
) -> None:
    """Say what waits in the queue, how full it is, and what found no room."""
    from dure.make.wire.gateway.config import read_config
    from dure.make.wire.gateway.queue import Queue

    config = read_config(file, now_ms=_now_ms)
    with Queue(config.folder, budget=config.budget) as queue:
        used = queue.used()
        print(f"{queue.waiting()} batches wait; {used:,} of {config.budget:,} bytes are used.")
        for gap in queue.gaps():
            print(f"{gap.device}: {gap.count} readings found no room and are missing.")


def _source_at(place: str) -> "Source":
    from dure.make.wire.gateway.sources.folder import Folder
    from dure.make.wire.gateway.sources.opcua import OpcUa

    if place.startswith("opc.tcp://"):
        return OpcUa(url=place, now_ms=_now_ms)
    return Folder(path=Path(place).absolute(), machine="?", now_ms=_now_ms)


def _mapped(offers: "Sequence[Offer]", codes: Sequence[str]) -> "dict[str, list[Offer]]":
    """Give each offer to the machine whose code its name holds, or to the only machine."""
    mapped: dict[str, list[Offer]] = {}
    for offer in offers:
        plain = _plain(f"{offer.name} {offer.place}")
        found = [code for code in codes if _plain(code) in plain] or list(codes)
        mapped.setdefault(found[0] if len(found) == 1 else "", []).append(offer)
    return mapped


def _plain(text: str) -> str:
    """Leave letters and digits; some systems write Hangul letter by letter (NFD)."""
    whole = normalize("NFC", text).casefold()
    return "".join(each for each in whole if each.isalnum())


def _machines(server: str, token: str) -> list[str]:
    if not server:
        return []
    return [each["device"] for each in _ask(server, token, "get", "/machines")]


def _ask(server: str, token: str, verb: str, path: str, body: Any = None) -> Any:
    import httpx

    from dure.kernel.errors import Refused, Unavailable

    head = {"Authorization": f"Bearer {token}", "Idempotency-Key": os.urandom(16).hex()}
    url = f"{server.rstrip('/')}/api/v1{path}"
    try:
        answer = httpx.request(verb, url, json=body, headers=head, timeout=20)
    except httpx.HTTPError as away:
        raise Unavailable("make.server_silent", server=server, problem=str(away)) from away
    if answer.is_error:
        raise Refused("make.server_refuses", server=server, said=answer.text[:300])
    return answer.json()


def _skeleton(server: str, door: dict[str, Any], name: str) -> str:
    return f"""# The gateway of {door["group"]}. Keep it to yourself: it holds a password.
server: {server}
broker:
  host: {door["host"]}
  port: {door["port"]}
  user: {door["user"]}
  password: "{door["password"]}"
  group: {door["group"]}
node: {name}
folder: state
disk: 1 GB
sources:
"""


def _append(file: Path, lines: Sequence[str]) -> None:
    """Add lines to the list of sources, which stands last in the file."""
    text = file.read_text(encoding="utf-8").rstrip("\n")
    if "\nsources:" not in text:
        text += "\nsources:"
    file.write_text("\n".join([text.replace("sources: []", "sources:"), *lines]) + "\n", "utf-8")
