"""A disk that fills while a house runs, and has room again later: told plainly, nothing lost."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Thread

import httpx
import pytest

from dure.kernel.ids import check_digit
from dure.twin.cooperative import Machine
from dure.twin.gateway import Gateway, access
from dure.twin.machines import Reading
from tests.cli.house import CLEAN, Up, dure, up, wait_until

AT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
PRESS = Machine(code="PRESS-1", name="프레스", name_en="Press", process="offset-printing")
MANY = 400  # needs, one after the other: sooner or later one of them takes another page


class Person:
    """Somebody at the API of a house."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=f"{address}/api/v1", timeout=60, headers=headers)

    def post(self, path: str, key: str, body: object) -> httpx.Response:
        return self.http.post(path, json=body, headers={"Idempotency-Key": key})

    def get(self, path: str, **asked: object) -> list[dict]:
        return self.http.get(path, params=asked).json()


class Balloon:
    """A file that takes all the room there is."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "balloon"

    def inflate(self) -> None:
        with self.file.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while file.write(bytes(size)):
                        pass
                except OSError:
                    continue

    def let_go(self) -> None:
        self.file.unlink()


def firm(serial: int, kind: str, role: str, **more: object) -> dict[str, object]:
    nine = f"11300{serial:04d}"
    people = [{"email": f"{role}@{serial}.example", "name": "김민준", "roles": [role]}]
    whole = {"name": f"업체 {serial}", "kind": kind, "people": people, **more}
    return {"business_number": nine + str(check_digit(nine)), **whole}


def need(number: int) -> dict[str, object]:
    whole = {"item": f"m{number:04d}", "name": f"자재 {number} " + "x" * 60, "unit": "kg"}
    return {**whole, "amount": "12.5", "by": "2026-12-24"}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", str(tmp_path)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


@pytest.fixture
def running(disk: Path) -> Iterator[Up]:
    with up(disk / "home", DURE_CLOCK="stored") as started:
        yield started


@pytest.fixture
def member(running: Up) -> Iterator[Person]:
    """A member with one press, in a cooperative that was just founded."""
    told = subprocess.run(
        [sys.executable, "-m", "dure.cli", "found", "--at", AT.isoformat()],
        env={**CLEAN, "DURE_HOME": str(running.home.path), "DURE_CLOCK": "stored"},
        input=json.dumps(firm(1, "cooperative", "office")).encode(),
        capture_output=True,
        check=True,
    )
    office = Person(running.house.address, json.loads(told.stdout)["token"])
    site = {"code": "1", "name": "1공장", "building": "1동", "east_m": 0, "north_m": 0}
    press = {"code": PRESS.code, "name": PRESS.name}
    body = firm(2, "member", "owner", sites=[site], equipment=[press])
    with office.http:
        joined = office.post("/firms", "join", body)
        assert joined.status_code == 201, joined.text
    owner = Person(running.house.address, joined.json()["token"])
    with owner.http:
        yield owner


def readings(first: int, last: int) -> list[Reading]:
    return [
        Reading(device=PRESS.code, at=AT + timedelta(seconds=n), values={"cycles": n})
        for n in range(first, last + 1)
    ]


def counted(member: Person) -> set[float]:
    """Give the counts that the house has of the press."""
    (machine,) = member.get("/machines")
    asked = {"metric": "cycles", "limit": 10_000}
    return {row["value"] for row in member.get(f"/machines/{machine['id']}/readings", **asked)}


def test_a_disk_that_fills_is_told_nothing_is_lost_and_it_goes_on_when_there_is_room(
    disk: Path, running: Up, member: Person
) -> None:
    balloon = Balloon(disk)
    told = access(member.http.get("/gateway").json())
    with Gateway(access=told, node="A", machines=[PRESS], at=AT) as gateway:
        gateway.publish(readings(1, 50))
        wait_until(lambda: counted(member) >= set(range(1, 51)))
        balloon.inflate()
        speaking = Thread(target=gateway.publish, args=[readings(51, 900)])
        speaking.start()
        accepted, refusal = [], None
        for number in count():
            answer = member.post("/material-needs", f"need-{number}", need(number))
            if answer.status_code != 201:
                refusal = answer
                break
            accepted.append(number)
            assert number < MANY, "the disk is not full"
        status = dure("status", "--home", running.home.path)

        balloon.let_go()
        wait_until(lambda: dure("status", "--home", running.home.path).returncode == 0)
        again = [member.post("/material-needs", f"need-{n}", need(n)) for n in (*accepted, number)]
        speaking.join(120)
        wait_until(lambda: counted(member) >= set(range(1, 901)))

    assert 503 == refusal.status_code
    assert "urn:dure:project.disk_full" == refusal.json()["type"]
    assert 1 == status.returncode
    assert f"The disk is full: {running.home.path}. Make room" in status.stdout
    assert {201} == {each.status_code for each in again}
    assert {f"m{n:04d}" for n in (*accepted, number)} == {
        each["item"] for each in member.get("/material-needs")
    }
    assert all(isinstance(line, dict) for line in running.log())
    audit = dure("audit", "--home", running.home.path)
    assert 0 == audit.returncode, audit.stdout + audit.stderr
