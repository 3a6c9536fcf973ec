"""What the broker says of connections that ended: only what it hung up on is a trouble."""

import pytest

from dure.kernel.reason import Reason
from dure.make.consumers.hangups import hung_up


def event(reason, account="M-F001"):
    return {"client": {"acc": account, "client_id": "F001-line-1"}, "reason": reason}


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Maximum Message Payload Exceeded", "make.too_large"),
        ("Protocol Violation", "make.not_mqtt"),
    ],
)
def test_a_member_is_told_which_gateway_was_hung_up_on_and_why(reason, code):
    assert ("F001", Reason(code, {"client": "F001-line-1"})) == hung_up(event(reason))


@pytest.mark.parametrize(
    "said",
    [event("Client Closed"), event("Protocol Violation", "COOP"), event("Slow Consumer"), {}],
)
def test_other_ends_are_no_trouble_of_a_member(said):
    assert hung_up(said) is None
