import pytest

from dure.stack.nats import running_nats


@pytest.fixture
def broker(tmp_path, monkeypatch):
    with running_nats(tmp_path / "home", ["F001", "F002"]) as running:
        monkeypatch.setenv("DURE_NATS_PORT", str(running.broker.port))
        monkeypatch.setenv("DURE_MQTT_PORT", str(running.broker.mqtt_port))
        yield running


@pytest.fixture
def home(broker):
    return broker.home
