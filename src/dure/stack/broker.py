"""
The broker's configuration: one account per member firm, and the cooperative's account over them.

A member's machines speak MQTT and may publish births, data and deaths of their own Sparkplug
group only, and hear commands to it and the state of the cooperative's host. Nothing crosses
from one member to another: what a member publishes is exported to the cooperative alone. The
cooperative imports it verb by verb (an export of a whole group both ways is a cycle, which the
server refuses) and exports the commands back.

    topic   spBv1.0/F001/DDATA/edge/press.01
    subject spBv1//0.F001.DDATA.edge.press//01      (a dot in a topic is // in a subject)

The server keeps the messages of each account's MQTT sessions in the account itself, so the
cooperative has a user in each account too: a message of quality of service 1 is acknowledged
when it stands there, which may be before the cooperative's own stream has it.
"""

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dure.kernel.errors import Malformed

ROOT = "spBv1//0"
UP = ("NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA")
DOWN = ("NCMD", "DCMD")
COOPERATIVE = "COOP"
SYSTEM = "SYS"  # the account in which the server says what happens to connections
TLS_SECONDS = 10  # the usual two are short for a mobile line
MQTT_OWN = "$MQTT.sub.>"  # where the server delivers quality of service 1 to an MQTT client
_GROUP = re.compile(r"[\w-]{1,64}")  # letters of any language; no space: MQTT would hang up


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """
    A firm's door: its Sparkplug group, and a user and a password (or its bcrypt).

    While it waits, the firm has its account and nobody can enter: what its machines said would
    be acknowledged by a broker in which nothing holds it yet.
    """

    group: str
    user: str
    password: str = field(repr=False)
    waits: bool = False

    def __post_init__(self) -> None:
        if not _GROUP.fullmatch(self.group) or self.group in ("STATE", COOPERATIVE, SYSTEM):
            raise Malformed("stack.bad_group", group=self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker listens, where it keeps its streams and how it gives passwords."""

    store: str
    key: str = field(repr=False)
    """Passwords of gateways, and the cooperative's own, are derived from it."""
    host: str = "127.0.0.1"
    port: int = 4222
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    mqtt_tls: bool = False
    """Machines speak TLS to it."""
    tls_files: tuple[str, str] = ("", "")
    """Certificate and key, where the server reads them."""
    durable: bool = True
    """Flush each message to the disk before it is acknowledged."""

    def member(self, group: str) -> Member:
        """Give a firm's door, with the password that its gateway gets."""
        return Member(group=group, user=group, password=self.password(f"gateway {group}"))

    def password(self, name: str) -> str:
        """Derive the password of a user: nothing to store, the same after a restart."""
        return hmac.digest(self.key.encode(), name.encode(), "sha256").hex()

    def cooperative_user(self, group: str | None = None) -> tuple[str, str]:
        """Give user and password of the cooperative: in its own account, or in a member's."""
        user = "cooperative" if group is None else f"cooperative@{group}"
        return user, self.password(user)


def configuration(broker: Broker, members: Sequence[Member]) -> str:
    """
    Write the server's configuration.

    Raises Malformed when two members share a group or a user.
    """
    for names in ([member.group for member in members], [member.user for member in members]):
        twice = sorted({name for name in names if names.count(name) > 1}) if names else []
        if twice:
            raise Malformed("stack.member_twice", names=", ".join(twice))
    accounts = {COOPERATIVE: _cooperative(broker, members)}
    user, password = broker.cooperative_user(SYSTEM)
    accounts[SYSTEM] = {"users": [{"user": user, "password": password}]}
    accounts |= {account_of(member.group): _account(broker, member) for member in members}
    whole = {
        "server_name": "dure",
        "host": broker.host,
        "port": broker.port,
        "jetstream": {
            "store_dir": broker.store,
            # Left out, it is three quarters of what is free at the start: a small disk would
            # refuse the streams for good. What is full is told when it is full.
            "max_file_store": 1 << 50,
            "max_buffered_msgs": 1_000_000,  # a flood past 10,000 would be dropped silently
            "max_buffered_size": 1 << 30,
            "sync_interval": "always" if broker.durable else "2m",
        },
        "mqtt": _mqtt(broker),
        "accounts": accounts,
        "system_account": SYSTEM,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1)


def _mqtt(broker: Broker) -> dict[str, Any]:
    door: dict[str, Any] = {
        "host": broker.mqtt_host,
        "port": broker.mqtt_port,
        "max_ack_pending": 2_000,  # those of all subscriptions of a client must fit into 65,535
    }
    if broker.mqtt_tls:
        certificate, key = broker.tls_files
        door["tls"] = {"cert_file": certificate, "key_file": key, "timeout": TLS_SECONDS}
    return door


def account_of(group: str) -> str:
    """Give the name of a member's account."""
    return f"M-{group}"


def group_of_account(account: str) -> str | None:
    """Give the group of a member's account; None for another account."""
    return account.removeprefix("M-") if account.startswith("M-") else None


def _cooperative(broker: Broker, members: Sequence[Member]) -> dict[str, Any]:
    user, password = broker.cooperative_user()
    groups = [member.group for member in members]
    return {
        "jetstream": "enabled",
        "users": [{"user": user, "password": password}],
        "imports": [
            {"stream": {"account": account_of(group), "subject": f"{ROOT}.{group}.{verb}.>"}}
            for group in groups
            for verb in UP
        ],
        "exports": [
            *(
                {"stream": f"{ROOT}.{group}.{verb}.>", "accounts": [account_of(group)]}
                for group in groups
                for verb in DOWN
            ),
            {"stream": f"{ROOT}.STATE.>"},
        ],
    }


def _account(broker: Broker, member: Member) -> dict[str, Any]:
    user, password = broker.cooperative_user(member.group)
    ours = {"user": user, "password": password, "allowed_connection_types": ["STANDARD", "MQTT"]}
    gateway = {
        "user": member.user,
        "password": member.password,
        "allowed_connection_types": ["MQTT"],
        "permissions": _permissions(member.group),
    }
    return {
        "jetstream": "enabled",  # MQTT keeps its sessions there
        "users": [ours] if member.waits else [gateway, ours],
        "exports": [
            {"stream": f"{ROOT}.{member.group}.{verb}.>", "accounts": [COOPERATIVE]} for verb in UP
        ],
        "imports": [
            *(
                {"stream": {"account": COOPERATIVE, "subject": f"{ROOT}.{member.group}.{verb}.>"}}
                for verb in DOWN
            ),
            {"stream": {"account": COOPERATIVE, "subject": f"{ROOT}.STATE.>"}},
        ],
    }


def _permissions(group: str) -> dict[str, list[str]]:
    """Say what a member's machines may say and hear. In MQTT `STATE/#` includes `STATE`."""
    return {
        "publish": [f"{ROOT}.{group}.{verb}.>" for verb in UP],
        "subscribe": [
            *(f"{ROOT}.{group}.{verb}{rest}" for verb in DOWN for rest in ("", ".>")),
            *(f"{ROOT}.STATE", f"{ROOT}.STATE.>", MQTT_OWN),
        ],
    }


def read_members(file: Path) -> list[Member]:
    """Read the members' doors from a file; none where there is no file."""
    if not file.exists():
        return []
    return [Member(**door) for door in json.loads(file.read_text())]


def members_text(members: Sequence[Member]) -> str:
    """Write the members' doors for `read_members`, ordered by group."""
    doors = [
        {
            "group": member.group,
            "user": member.user,
            "password": member.password,
            "waits": member.waits,
        }
        for member in sorted(members, key=lambda member: member.group)
    ]
    return json.dumps(doors, ensure_ascii=False, indent=1)
