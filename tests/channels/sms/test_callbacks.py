"""What proves a callback that nobody signed."""

from dataclasses import replace
from urllib.parse import quote

import pytest

from channels.contract import WebhookRequest
from channels.sms.callbacks import callback_ips_problems, check_callback
from conversations.errors import SignatureInvalid
from tests.support.surroundings import NOW

SECRET = "密码&more"
CALLBACK = WebhookRequest(
    method="POST",
    url=f"https://desk.example/webhooks/account?secret={quote(SECRET)}",
    query={"secret": SECRET},
    peer="203.0.113.7",
    received_at=NOW,
)


@pytest.mark.parametrize("callers", ["", "203.0.113.7", "203.0.113.0/24", "2001:db8::/32, 203.0.113.7,", "0.0.0.0/0"])
def test_callers_that_are_named_come_in(callers: str) -> None:
    check_callback(CALLBACK, SECRET, callers)


@pytest.mark.parametrize("peer", ["203.0.114.7", "2001:db8::1", "", "unix:"])
def test_others_do_not_whatever_they_know(peer: str) -> None:
    with pytest.raises(SignatureInvalid, match="callback_ips"):
        check_callback(replace(CALLBACK, peer=peer), SECRET, "203.0.113.0/24")


def test_an_address_that_is_right_does_not_replace_the_secret() -> None:
    with pytest.raises(SignatureInvalid):
        check_callback(replace(CALLBACK, query={"secret": "another"}), SECRET, "203.0.113.7")


@pytest.mark.parametrize("written", ["aliyun.com", "203.0.113.7/24", "203.0.113.7;203.0.113.8", "203.0.113"])
def test_what_is_no_network_is_a_problem_of_the_settings(written: str) -> None:
    assert not any(callback_ips_problems(written).values())


@pytest.mark.parametrize("written", ["", "203.0.113.7", "203.0.113.0/24, 2001:db8::/32"])
def test_networks_are_none(written: str) -> None:
    assert all(callback_ips_problems(written).values())
