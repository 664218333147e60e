"""The control API: what the lab's page, the tests and the benchmarks stand on."""

import json
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner

from lab.__main__ import main
from lab.app import run_lab
from lab.books import Said
from lab.config import LabConfig, make_config, read_config
from tests.lab.product import Lab, lab_config
from tests.support.ports import free_port


async def test_the_set_up_shows_who_there_is_and_no_secret(lab: Lab) -> None:
    async with lab.http.get("/lab/api/setup") as response:
        text = await response.text()
    setup = json.loads(text)
    assert [customer["name"] for customer in setup["customers"]][:2] == ["李雷", "韩梅梅"]
    assert [account["kind"] for account in setup["accounts"]] == [account.kind for account in lab.world.config.accounts]
    assert "secret" not in text


async def test_a_new_customer_can_write(lab: Lab) -> None:
    async with lab.http.post("/lab/api/customers", json={"name": "Bob"}) as response:
        assert response.status == 200
    await lab.say("plain", customer="Bob", text="hello")
    assert [entry.customer for entry in lab.world.books if isinstance(entry, Said)] == ["Bob"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"account": "nowhere", "customer": "李雷", "text": "x"}, 400),
        ({"account": "plain", "customer": "nobody", "text": "x"}, 400),
        ({"account": "plain", "customer": "李雷", "image": "***"}, 400),
        ({"account": "plain", "customer": "李雷", "place": [1]}, 400),
        ({"account": "chat", "customer": "李雷", "text": "x"}, 400),
        ({"account": "plain", "customer": "李雷", "event": "subscribe"}, 409),
        ({"account": "sms", "customer": "李雷"}, 409),
    ],
)
async def test_what_cannot_be_is_refused_and_not_written_down(lab: Lab, asked: dict[str, object], status: int) -> None:
    async with lab.http.post("/lab/api/say", json=asked) as response:
        assert response.status == status
    assert len(lab.world.books) == 0


@pytest.mark.parametrize("switches", [{"answers": "rude"}, {"charm": 1}, {"thrice": "no"}])
async def test_an_unknown_switch_is_refused(lab: Lab, switches: dict[str, object]) -> None:
    async with lab.http.post("/lab/api/misbehave", json={"wechat": switches}) as response:
        assert response.status == 400


async def test_a_foreign_page_cannot_make_customers_speak(lab: Lab) -> None:
    """A page can send text/plain anywhere; application/json needs a leave that the lab never gives."""
    body = json.dumps({"account": "plain", "customer": "李雷", "text": "x"})
    async with lab.http.post("/lab/api/say", data=body, headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 400


async def test_the_stream_tells_the_past_and_then_what_happens(lab: Lab) -> None:
    await lab.say("plain", text="一")
    async with lab.http.get("/lab/api/stream") as stream:
        await lab.say("plain", text="二")
        events = [await _event(stream) for _ in range(4)]
    assert [number for number, _entry in events] == [1, 2, 3, 4]
    assert [entry["entry"] for _number, entry in events] == ["said", "answered", "said", "answered"]


async def test_the_stream_goes_on_where_it_was_broken_off(lab: Lab) -> None:
    await lab.say("plain", text="一")
    async with lab.http.get("/lab/api/stream", headers={"Last-Event-ID": "1"}) as stream:
        assert (await _event(stream))[0] == 2


async def _event(stream: aiohttp.ClientResponse) -> tuple[int, dict[str, object]]:
    number, data, _blank = [(await stream.content.readline()).decode() for _ in range(3)]
    return int(number.removeprefix("id: ")), json.loads(data.removeprefix("data: "))


async def test_a_crowd_is_counted(lab: Lab) -> None:
    lab.product.answers = [*[(200, b"success")] * 20, (503, b"")]
    asked = {"accounts": ["plain", "safe"], "messages": 30, "customers": 7}
    async with lab.http.post("/lab/api/crowd", json=asked) as response:
        tally = await response.json()
    assert (tally["said"], tally["taken"], tally["not_taken"]) == (30, 20, 10)


async def test_the_page_and_its_parts_are_served_and_nothing_foreign_may_load(lab: Lab) -> None:
    async with lab.http.get("/") as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def lonely_config(folder: Path) -> LabConfig:
    """A lab with nobody to talk to, in a hurry."""
    raw = {
        "accounts": [{"id": "w", "kind": "wechat", "settings": {"app_id": "wx1", "token": "t", "mode": "plain"}}],
        "port": free_port(),
        "inbox_port": free_port(),
        "gateway_url": "http://127.0.0.1:1",
        "timings": {"wechat_deadline": 0.01},
    }
    return make_config(raw, beside=folder)


async def test_windows_and_followers_survive_a_restart(tmp_path: Path) -> None:
    config = lonely_config(tmp_path)
    said = {"account": "w", "customer": "李雷", "event": "unsubscribe"}
    for expected in (200, 409):
        async with (
            run_lab(config),
            aiohttp.ClientSession(f"http://127.0.0.1:{config.port}") as http,
            http.post("/lab/api/say", json=said) as response,
        ):
            assert response.status == expected


async def test_a_page_that_leaves_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = lonely_config(tmp_path)
    async with run_lab(config) as world, aiohttp.ClientSession(f"http://127.0.0.1:{config.port}") as http:
        async with http.get("/lab/api/stream"):
            pass
        for number in range(10):
            async with http.post("/lab/api/customers", json={"name": str(number)}) as response:
                assert response.status == 200
        assert len(world.books) == 10
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_mistyped_key_of_the_configuration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="gatway_url"):
        make_config({"accounts": [], "gatway_url": "http://x"}, beside=tmp_path)


def test_the_data_folder_is_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lab.json"
    file.write_text('{"accounts": [], "data_folder": "data"}')
    assert read_config(file).data_folder == tmp_path / "data"


def test_secrets_are_not_in_repr(tmp_path: Path) -> None:
    config = lab_config(tmp_path, "http://127.0.0.1:1", inbox_port=1, mail_port=1)
    assert "sms-secret" not in repr(config)


def test_the_command_explains_itself() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert "--config" in result.output
