"""
The gateway at a member's own site: it reads machines and files, keeps everything while the line is down, signs it with a key of its own, and sends it to the cooperative.

    dure gateway join https://coop.example --token CODE     once: makes the key, asks for a door
    dure gateway discover opc.tcp://192.168.0.5:4840 --file gateway.yaml
    dure gateway run gateway.yaml
"""  # noqa: E501 - one sentence in the list of verbs

import json
import logging
import os
import signal
from pathlib import Path
from threading import Event
from time import time_ns
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dure.make.wire.gateway.finding import Machines
    from dure.make.wire.gateway.sources import Offer, Source

app = typer.Typer(no_args_is_help=True)
FILE = typer.Option(help="The gateway's one YAML file.")
TOKEN = typer.Option(
    envvar="DURE_TOKEN", help="The code on the page of a first machine, or the member's API token."
)


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
    machines = _machines(server, token)
    file.touch(mode=0o600)
    file.write_text(_skeleton(server, door, name, machines), encoding="utf-8")
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
    from dure.make.wire.gateway import finding

    source = _source_at(place)
    known = _machines(server, token) if server else finding.machines_in(file) if file else {}
    if machine:
        known = {machine: (), **known}
    given = finding.mapped(source.offers(), known)
    if machine:
        given[machine] = given.get(machine, []) + given.pop("", [])
    lines = _told(source, given, only=machine, read_already=_places(file, source))
    if given.get(""):
        print(_NOBODYS.format(n=len(given[""]), codes=", ".join(known) or "none is known"))
    if lines and file is not None:
        finding.append(file, lines)
        print(f"{len(lines)} lines are added to {file}. Next: dure gateway run {file}")


_NOBODYS = "{n} are given to no machine: say --machine CODE. The machines: {codes}."


def _told(
    source: "Source", given: "dict[str, list[Offer]]", *, only: str, read_already: frozenset[str]
) -> list[str]:
    """Print what was found; gives the lines of the file that read what is not read yet."""
    lines: list[str] = []
    for code, offers in given.items():
        is_wanted = bool(code) and only in ("", code)
        for offer in offers:
            note = "  (read already)" if offer.place in read_already else ""
            note = note or ("" if is_wanted or not code else f"  (not of {only})")
            print(f"{code or '?':12} {offer.place:40} {offer.name:40} {offer.sample}{note}")
        new = [offer for offer in offers if offer.place not in read_already]
        if is_wanted and new:
            lines += source.settings(new, code)
    return lines


def _places(file: Path | None, source: "Source") -> frozenset[str]:
    """Give what a file has this source read already."""
    from dure.make.wire.gateway.config import read_config

    if file is None:
        return frozenset()
    same = (each for each in read_config(file, now_ms=_now_ms).sources if each.name == source.name)
    return frozenset(place for each in same for place in each.places)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="The gateway's YAML file.")] = Path("gateway.yaml"),
) -> None:
    """Read the sources and send what they say, until told to stop."""
    from dure.make.wire.gateway.config import read_config
    from dure.make.wire.gateway.run import Gateway

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(_in_words)
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    config = read_config(file, now_ms=_now_ms)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Gateway(config=config, stop=stop, now_ms=_now_ms).run()


def _in_words(record: logging.LogRecord) -> bool:
    """Let the log say a problem in words, with what to do, as the command line does."""
    from dure.kernel.errors import DureError
    from dure.portal.words import say, what_next

    def worded(one: object) -> object:
        if not isinstance(one, DureError):
            return one
        return " ".join(filter(None, (say(one.reason, "en"), what_next(one.reason, "en"))))

    if isinstance(record.args, tuple):
        record.args = tuple(map(worded, record.args))
    return True


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


def _machines(server: str, token: str) -> "Machines":
    """Ask the cooperative which machines the member has, and how they are called."""
    return {
        each["device"]: [name for name in (each["name"], each["name_en"]) if name]
        for each in _ask(server, token, "get", "/machines")
    }


def _ask(server: str, token: str, verb: str, path: str, body: Any = None) -> Any:
    import httpx

    from dure.kernel.errors import Malformed, Refused, Unavailable

    if "://" not in server:
        raise Malformed("make.server_address", server=server)
    head = {"Authorization": f"Bearer {token}", "Idempotency-Key": os.urandom(16).hex()}
    url = f"{server.rstrip('/')}/api/v1{path}"
    try:
        answer = httpx.request(verb, url, json=body, headers=head, timeout=20)
    except httpx.HTTPError as away:
        raise Unavailable("make.server_silent", server=server, problem=str(away)) from away
    if answer.is_error:
        raise Refused("make.server_refuses", server=server, said=_words(answer.text))
    return answer.json()


def _words(answer: str) -> str:
    """Give what a refusal says to people (RFC 9457), or what came where it is none."""
    try:
        said = json.loads(answer)
        return " ".join(said[part] for part in ("detail", "next") if said.get(part))
    except (ValueError, TypeError, AttributeError):
        return answer[:300]


def _skeleton(server: str, door: dict[str, Any], name: str, machines: "Machines") -> str:
    named = "".join(
        f"  {json.dumps(code, ensure_ascii=False)}: {json.dumps(names, ensure_ascii=False)}\n"
        for code, names in machines.items()
    )
    return f"""# The gateway of {door["group"]}. Keep it to yourself: it holds a password.
server: {server}
broker:
  host: {door["host"]}
  port: {door["port"]}
  user: {door["user"]}
  password: "{door["password"]}"
  group: {door["group"]}
{_trust(door)}node: {name}
folder: state
disk: 1 GB
machines:
{named}sources:
"""


def _trust(door: dict[str, Any]) -> str:
    """Write how the broker is known: by TLS, and by the authority that vouches for it."""
    lines = ["  tls: true"] if door["tls"] else []
    if door["authority"]:
        lines += ["  authority: |", *(f"    {line}" for line in door["authority"].splitlines())]
    return "".join(f"{line}\n" for line in lines)
