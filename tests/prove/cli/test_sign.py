"""`dure sign` at a member's: what it says where the server is away or another one signs."""

import pytest

from dure.cli.sign import main
from dure.kernel.errors import Refused
from dure.prove.store.device import DeviceFolder


def sign(folder):
    return main(["http://127.0.0.1:9", "--state", str(folder), "--token", "t", "--once"])


def test_a_server_that_is_away_is_said(tmp_path, capsys):
    assert 2 == sign(tmp_path / "device")

    said = capsys.readouterr().err
    assert "조합 서버가 대답하지 않습니다" in said
    assert "The cooperative's server at http://127.0.0.1:9 does not answer" in said


def test_one_device_signs_in_one_process(tmp_path):
    with DeviceFolder(tmp_path / "device").held(), pytest.raises(Refused, match="device_runs"):
        sign(tmp_path / "device")
