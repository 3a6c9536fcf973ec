"""The gateway's one file: whatever is wrong is told with its line."""

import pytest

from dure.kernel.errors import Malformed
from dure.make.wire.gateway.config import bytes_of, read_config
from tests.make.gateway.site import now_ms

GOOD = """\
broker: {host: 127.0.0.1, port: 1883, user: F001, password: secret, group: F001}
node: site
disk: 2 GB
sources:
  - kind: opcua
    url: opc.tcp://127.0.0.1:4840
    read:
      - {node: "ns=2;i=3", machine: PRESS-1, metric: force}
  - kind: folder
    path: csv
    machine: PRESS-1
    columns: {"하중(kN)": force}
    grade: laboratory
"""


def read(tmp_path, text):
    file = tmp_path / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    return read_config(file, now_ms=now_ms)


def test_a_sound_file_is_read(tmp_path):
    config = read(tmp_path, GOOD)

    assert (2 << 30, "site", "F001") == (config.budget, config.node, config.door.group)
    assert ["opc ua opc.tcp://127.0.0.1:4840", f"folder {tmp_path / 'csv'}"] == [
        source.name for source in config.sources
    ]
    assert "laboratory" == config.sources[1].grade


@pytest.mark.parametrize(
    ("old", "new", "line", "code"),
    [
        ("node: site", "nod: site", 2, "make.config_unknown"),
        ("node: site", "node: my site", 2, "make.config_name"),
        ("2 GB", "much", 3, "make.config_value"),
        ("kind: folder", "kind: modbus", 9, "make.config_value"),
        ("grade: laboratory", "grade: rumour", 13, "make.config_value"),
        ("machine: PRESS-1, metric", "machine: 'PRESS 1', metric", 8, "make.config_name"),
        ("    url: opc.tcp://127.0.0.1:4840\n", "", 5, "make.config_missing"),
        ("user: F001, ", "", 1, "make.config_missing"),
        ("kind: opcua", "kind: [opcua", 6, "make.config_yaml"),
        ("port: 1883", "port: door", 1, "make.config_value"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, old, new, line, code):
    with pytest.raises(Malformed) as told:
        read(tmp_path, GOOD.replace(old, new, 1))

    reason = told.value.reason
    assert (code, line) == (reason.code, reason.parameters["line"])


@pytest.mark.parametrize("text", ["", "# nothing yet\n"])
def test_an_empty_file_is_told_too(tmp_path, text):
    with pytest.raises(Malformed):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "size"), [("500 MB", 500 << 20), ("2G", 2 << 30), ("1.5 GiB", 3 << 29), ("x", 0)]
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert size == bytes_of(text)
