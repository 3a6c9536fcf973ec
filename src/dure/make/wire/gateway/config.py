"""
The gateway's one YAML file.

    server: https://coop.example        # where it was registered; only for the reader
    broker:
      host: coop.example                # on another computer always by TLS
      port: 1883
      user: F001
      password: "..."
      group: F001
      authority: |                      # whom to trust there; left out, whom everybody trusts
        -----BEGIN CERTIFICATE-----
        ...
    node: site                          # this gateway's name in the history
    folder: state                       # its queue and its key, beside this file
    disk: 2 GB                          # bound of the queue while the line is down
    machines: {PRESS-1: [프레스 1호기]}   # codes and names, for `discover`
    sources:
      - kind: opcua
        url: opc.tcp://192.168.0.5:4840
        read:
          - {node: "ns=2;i=3", machine: PRESS-1, metric: force}
      - kind: folder
        path: /home/line/csv
        machine: PRESS-1
        columns: {"하중(kN)": force}
        grade: machine                  # or hand, laboratory

Whatever is wrong is told with the file and the line.
"""

import re
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from dure.kernel.errors import Malformed
from dure.make.engine.grade import GRADES
from dure.make.engine.topic import EdgeKey, Topic, Verb, parse_topic
from dure.make.wire.gateway.session import Door
from dure.make.wire.gateway.sources import Source, machine_and_metric
from dure.make.wire.gateway.sources.folder import Folder
from dure.make.wire.gateway.sources.opcua import Item, OpcUa
from dure.stack.mqtt import is_loopback, trusting

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?", re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}
DISK = "1 GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A gateway's settings."""

    door: Door
    node: str
    folder: Path
    budget: int
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the file: knows its line, so that every refusal can name it."""

    file: str
    node: Any

    @property
    def line(self) -> int:
        """Give its line, from 1."""
        return int(self.node.start_mark.line) + 1

    def mapping(self, *known: str) -> dict[str, "Place"]:
        """Read it as a mapping that holds these keys only."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("a mapping of names to values")
        found: dict[str, Place] = {}
        for key, value in self.node.value:
            if known and key.value not in known:
                raise Malformed(
                    "make.config_unknown", file=self.file, line=key.start_mark.line + 1,
                    name=str(key.value), known=", ".join(known),
                )  # fmt: skip
            found[key.value] = Place(self.file, value)
        return found

    def sequence(self) -> list["Place"]:
        """Read it as a list; nothing at all is an empty one."""
        if isinstance(self.node, yaml.ScalarNode) and not self.node.value:
            return []
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("a list")
        return [Place(self.file, each) for each in self.node.value]

    def text(self) -> str:
        """Read it as a text."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            raise self.wrong("a text")
        return str(self.node.value)

    def number(self) -> float:
        """Read it as a number."""
        try:
            return float(self.text())
        except ValueError:
            raise self.wrong("a number") from None

    def one_of(self, known: Iterable[str]) -> str:
        """Read it as one of a few words."""
        words = [str(each) for each in known]
        if self.text() not in words:
            raise self.wrong(" / ".join(words))
        return self.text()

    def need(self, found: dict[str, "Place"], name: str) -> "Place":
        """Give what a mapping must hold."""
        if name not in found:
            raise Malformed("make.config_missing", file=self.file, line=self.line, name=name)
        return found[name]

    def wrong(self, wanted: str) -> Malformed:
        """Say that something else should stand here."""
        return Malformed("make.config_value", file=self.file, line=self.line, wanted=wanted)


def read_config(path: Path, *, now_ms: Callable[[], int]) -> Config:
    """Read a gateway's file; raises Malformed, naming the line, for what is not understood."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as away:
        raise Malformed("make.no_config", file=str(path)) from away
    except (yaml.MarkedYAMLError, UnicodeDecodeError) as odd:
        mark = getattr(odd, "problem_mark", None)
        raise Malformed(
            "make.config_yaml", file=path.name, line=mark.line + 1 if mark else 1,
            problem=str(getattr(odd, "problem", odd)),
        ) from odd  # fmt: skip
    if node is None:
        raise Malformed("make.config_missing", file=path.name, line=1, name="broker")
    top = Place(path.name, node)
    found = top.mapping("server", "broker", "node", "folder", "disk", "machines", "sources")
    door = _door(top.need(found, "broker"))
    name = found["node"].text() if "node" in found else "site"
    _check_word(found.get("node", top), door.group, name)
    return Config(
        door=door,
        node=name,
        folder=(path.parent / (found["folder"].text() if "folder" in found else "state")),
        budget=_size(found["disk"]) if "disk" in found else bytes_of(DISK),
        sources=tuple(
            _source(each, path.parent, door.group, now_ms)
            for each in (found["sources"].sequence() if "sources" in found else ())
        ),
    )


def bytes_of(text: str) -> int:
    """Read a size such as 500 MB or 2 GB; 0 for what is none."""
    found = _SIZE.fullmatch(text.strip())
    return int(float(found[1]) * 1024 ** _POWERS[found[2].upper()]) if found else 0


def _size(place: Place) -> int:
    size = bytes_of(place.text())
    if not size:
        raise place.wrong("500 MB, 2 GB")
    return size


def _door(place: Place) -> Door:
    found = place.mapping("host", "port", "user", "password", "group", "tls", "authority")
    host = place.need(found, "host").text()
    return Door(
        host=host,
        port=int(found["port"].number()) if "port" in found else 1883,
        user=place.need(found, "user").text(),
        password=place.need(found, "password").text(),
        group=place.need(found, "group").text(),
        tls=_tls(found.get("tls"), host),
        authority=_authority(found["authority"]) if "authority" in found else "",
    )


def _tls(place: Place | None, host: str) -> bool:
    """Say whether to speak TLS: to another computer always, for the password goes there."""
    is_here = is_loopback(host)
    if place is None:
        return not is_here
    wanted = place.one_of(("true", "false")) == "true"
    if not wanted and not is_here:
        raise Malformed("make.config_plain", file=place.file, line=place.line, host=host)
    return wanted


def _authority(place: Place) -> str:
    try:
        trusting(place.text())
    except ssl.SSLError:
        raise place.wrong("-----BEGIN CERTIFICATE----- ...") from None
    return place.text()


def _source(place: Place, base: Path, group: str, now_ms: Callable[[], int]) -> Source:
    kinds = {"folder": _folder, "opcua": _opcua}
    kind = place.need(place.mapping(), "kind").one_of(kinds)
    if kind == "folder":
        return _folder(place, base, group, now_ms)
    return _opcua(place, group, now_ms)


def _folder(place: Place, base: Path, group: str, now_ms: Callable[[], int]) -> Folder:
    found = place.mapping(
        "kind", "path", "machine", "pattern", "machine_column", "time", "columns", "grade",
        "zone", "decimal", "every",
    )  # fmt: skip
    machine = place.need(found, "machine")
    return Folder(
        path=base / place.need(found, "path").text(),
        machine=_check_word(machine, group, machine.text()),
        pattern=found["pattern"].text() if "pattern" in found else "*",
        machine_column=found["machine_column"].text() if "machine_column" in found else "",
        time=_names(found["time"]) if "time" in found else (),
        columns=_columns(found["columns"], group) if "columns" in found else None,
        grade=found["grade"].one_of(GRADES) if "grade" in found else "machine",
        zone=_zone(found["zone"]) if "zone" in found else "Asia/Seoul",
        decimal=found["decimal"].one_of((",", ".")) if "decimal" in found else None,
        every=found["every"].number() if "every" in found else 2.0,
        now_ms=now_ms,
    )


def _opcua(place: Place, group: str, now_ms: Callable[[], int]) -> OpcUa:
    found = place.mapping("kind", "url", "every", "read", "user", "password")
    items = []
    for each in found["read"].sequence() if "read" in found else ():
        named = each.mapping("node", "machine", "metric")
        machine = each.need(named, "machine")
        items.append(
            Item(
                node=each.need(named, "node").text(),
                machine=_check_word(machine, group, machine.text()),
                metric=each.need(named, "metric").text(),
            )
        )
    return OpcUa(
        url=place.need(found, "url").text(),
        items=tuple(items),
        every=found["every"].number() if "every" in found else 1.0,
        user=found["user"].text() if "user" in found else "",
        password=found["password"].text() if "password" in found else "",
        now_ms=now_ms,
    )


def _columns(place: Place, group: str) -> dict[str, str]:
    columns = {}
    for name, metric in place.mapping().items():
        machine, _ = machine_and_metric(metric.text())
        if machine:
            _check_word(metric, group, machine)
        columns[name] = metric.text()
    return columns


def _names(place: Place) -> tuple[str, ...]:
    if isinstance(place.node, yaml.SequenceNode):
        return tuple(each.text() for each in place.sequence())
    return (place.text(),)


def _zone(place: Place) -> str:
    try:
        return ZoneInfo(place.text()).key
    except (KeyError, ValueError, OSError):
        raise place.wrong("Asia/Seoul, Europe/Berlin, UTC") from None


def _check_word(place: Place, group: str, name: str) -> str:
    """Raise Malformed for a name that no topic of the broker can carry: no space, / + #."""
    try:
        parse_topic(str(Topic(EdgeKey(group, name), Verb.DDATA, name)))
    except Malformed:
        raise Malformed("make.config_name", file=place.file, line=place.line, name=name) from None
    if re.search(r"[\s+#/]", name):
        raise Malformed("make.config_name", file=place.file, line=place.line, name=name)
    return name
