"""WeCom as the product meets it: sealed callbacks without content, a stream of news, and refusals by its own codes."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from lab.api import SAMPLE
from lab.books import Answered, Heard, Outcome, Refused, Reported
from lab.wechat.xml import read
from lab.wecom.people import external_userid
from tests.lab.product import AES_KEY, WECOM, Lab, Webhook
from tests.support.node import run_node

KF, CORP = WECOM["open_kfid"], WECOM["corp_id"]
CURSOR_BYTES = 64


async def get(lab: Lab, path: str, **query: str) -> dict[str, Any]:
    async with lab.http.get(f"/wecom/cgi-bin/{path}", params=query) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def token(lab: Lab, **changes: str) -> dict[str, Any]:
    return await get(lab, "gettoken", **{"corpid": CORP, "corpsecret": WECOM["secret"], **changes})


async def post(lab: Lab, path: str, message: object, access_token: str = "") -> dict[str, Any]:
    access = access_token or (await token(lab))["access_token"]
    body = message if isinstance(message, bytes) else None
    json = None if body is not None else message
    url = f"/wecom/cgi-bin/kf/{path}?access_token={access}"
    async with lab.http.post(url, data=body, json=json) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


def userid(lab: Lab, name: str = "李雷") -> str:
    return external_userid(CORP, lab.world.people.named(name))


def text(lab: Lab, msgid: str = "m1", content: str = "您好") -> dict[str, object]:
    return {"touser": userid(lab), "open_kfid": KF, "msgid": msgid, "msgtype": "text", "text": {"content": content}}


async def send(lab: Lab, message: object) -> int:
    return int((await post(lab, "send_msg", message))["errcode"])


async def sync(lab: Lab, **wish: object) -> dict[str, Any]:
    return await post(lab, "sync_msg", {"cursor": "", "open_kfid": KF, "limit": 1000, **wish})


async def command(lab: Lab, name: str, **more: object) -> Any:
    asked = {"account": "kf", "customer": "李雷", "command": name, **more}
    async with lab.http.post("/lab/api/command", json=asked) as response:
        assert response.status == 200, await response.text()
        told = await response.json()
    await lab.world.errands.settle()
    return told


def heard(lab: Lab) -> list[str]:
    return [entry.text for entry in lab.world.books if isinstance(entry, Heard)]


# --- what it tells


async def opened(webhook: Webhook) -> dict[str, str]:
    """The callback as WeCom's own library reads it, its signature checked."""
    encrypted = read(webhook.body)["Encrypt"]
    query = webhook.query
    script = """
    const {decrypt, getSignature} = require("@wecom/crypto");
    say([decrypt(given[0], given[1]), getSignature(...given[2])]);
    """
    signed = (WECOM["token"], query["timestamp"], query["nonce"], encrypted)
    inside, signature = await run_node(script, AES_KEY, encrypted, signed)
    assert (signature, inside["id"]) == (query["msg_signature"], CORP)
    return read(inside["message"].encode())


async def test_a_callback_is_sealed_and_carries_no_content(lab: Lab) -> None:
    await lab.say("kf", text="我的快递三天没动了")
    (webhook,) = lab.product.requests
    assert webhook.account == "kf"
    news = await opened(webhook)
    assert (news["Event"], news["OpenKfId"], news["ToUserName"]) == ("kf_msg_or_event", KF, CORP)
    assert (await sync(lab, token=news["Token"]))["errcode"] == 0
    assert "快递" not in webhook.body.decode() + str(news)


async def test_the_stream_tells_what_the_customer_wrote(lab: Lab) -> None:
    said = await lab.say("kf", text="在吗")
    page = await sync(lab)
    (entry,) = page["msg_list"]
    assert entry == {
        "msgid": said["said"]["key"],  # type: ignore[index]
        "open_kfid": KF,
        "external_userid": userid(lab),
        "send_time": int(lab.clock().timestamp()),
        "origin": 3,
        "msgtype": "text",
        "text": {"content": "在吗"},
    }
    assert page["has_more"] == 0
    assert (await sync(lab, cursor=page["next_cursor"]))["msg_list"] == []


@pytest.mark.parametrize(
    ("saying", "kind", "content"),
    [
        ({"choice": "101", "text": "满意"}, "text", {"content": "满意", "menu_id": "101"}),
        (
            {"place": [31.2, 121.5], "text": "外滩"},
            "location",
            {"latitude": 31.2, "longitude": 121.5, "name": "外滩", "address": ""},
        ),
    ],
)
async def test_other_things_customers_say(
    lab: Lab, saying: dict[str, object], kind: str, content: dict[str, object]
) -> None:
    await lab.say("kf", **saying)
    (entry,) = (await sync(lab))["msg_list"]
    assert (entry["msgtype"], entry[kind]) == (kind, content)


async def test_a_picture_can_be_fetched(lab: Lab) -> None:
    await lab.say("kf", image="sample")
    (entry,) = (await sync(lab))["msg_list"]
    access, media_id = (await token(lab))["access_token"], entry["image"]["media_id"]
    url = f"/wecom/cgi-bin/media/get?access_token={access}&media_id={media_id}"
    async with lab.http.get(url) as response:
        assert await response.read() == SAMPLE.read_bytes()
        assert response.headers["Content-Disposition"] == f'attachment; filename="{media_id}.jpeg"'
    assert (await get(lab, "media/get", access_token=access, media_id="gone"))["errcode"] == 40007


async def test_a_stream_goes_on_after_a_restart(lab: Lab) -> None:
    await lab.say("kf", text="在吗")
    kept = (lab.world.config.data_folder / "wecom-kf.jsonl").read_text()
    assert "在吗" in kept


async def test_pages_may_be_small_and_empty_although_there_is_more(lab: Lab) -> None:
    for word in ("一", "二", "三"):
        await lab.say("kf", text=word)
    await command(lab, "pages", size=2, empty=2)
    cursor, seen = "", []
    for _ in range(4):
        page = await sync(lab, cursor=cursor)
        seen.append((len(page["msg_list"]), page["has_more"]))
        assert page["next_cursor"] != cursor
        assert len(page["next_cursor"]) <= CURSOR_BYTES
        cursor = page["next_cursor"]
    assert seen == [(0, 1), (0, 1), (2, 1), (1, 0)]


async def test_history_is_three_days(lab: Lab) -> None:
    await lab.say("kf", text="旧")
    lab.clock.move(timedelta(days=3, seconds=1))
    await lab.say("kf", text="新")
    assert [entry["text"]["content"] for entry in (await sync(lab))["msg_list"]] == ["新"]


@pytest.mark.parametrize("cursor", ["x", "0" * 20, "zzzzzzzz000000000000", 7])
async def test_a_cursor_of_nobody_is_refused(lab: Lab, cursor: object) -> None:
    assert (await sync(lab, cursor=cursor))["errcode"] == 40058


async def test_a_callbacks_token_is_good_for_ten_minutes(lab: Lab) -> None:
    await lab.say("kf", text="在吗")
    lent = (await opened(lab.product.requests[0]))["Token"]
    lab.clock.move(timedelta(minutes=9, seconds=59))
    assert (await sync(lab, token=lent))["errcode"] == 0
    lab.clock.move(timedelta(seconds=1))
    assert (await sync(lab, token=lent))["errcode"] == 95007
    assert (await sync(lab, token="ENC-of-nobody"))["errcode"] == 95007


async def test_without_a_token_calls_are_limited(lab: Lab) -> None:
    codes = [(await sync(lab))["errcode"] for _ in range(61)]
    assert codes == [0] * 60 + [45009]
    lab.clock.move(timedelta(minutes=1))
    assert (await sync(lab))["errcode"] == 0


@pytest.mark.parametrize(
    ("wish", "code"), [({"open_kfid": "wk0"}, 95000), ({"limit": 1001}, 40058), ({"limit": 0}, 40058)]
)
async def test_a_wish_is_checked(lab: Lab, wish: dict[str, object], code: int) -> None:
    assert (await sync(lab, **wish))["errcode"] == code


async def test_what_is_not_taken_is_called_three_times(lab: Lab) -> None:
    lab.product.answers = [(500, b""), (200, b"")]
    await lab.say("kf", text="在吗")
    answers = [entry for entry in lab.world.books if isinstance(entry, Answered)]
    assert [answer.outcome for answer in answers] == [Outcome.REFUSED, Outcome.TAKEN]
    assert len((await sync(lab))["msg_list"]) == 1


async def test_a_wecom_that_repeats_itself(lab: Lab) -> None:
    await lab.misbehave("wecom", thrice=True)
    await lab.say("kf", text="在吗")
    assert len(lab.product.requests) == 3
    assert len({entry["msgid"] for entry in (await sync(lab))["msg_list"]}) == 1


async def test_a_customer_takes_a_message_back(lab: Lab) -> None:
    said: Any = (await lab.say("kf", text="在吗"))["said"]
    await lab.say("kf", event="recall", reply_to=said["id"])
    event = (await sync(lab))["msg_list"][-1]["event"]
    assert (event["event_type"], event["recall_msgid"]) == ("user_recall_msg", said["key"])


@pytest.mark.parametrize("saying", [{"event": "subscribe"}, {"event": "recall", "reply_to": "nothing"}])
async def test_what_a_customer_cannot_do(lab: Lab, saying: dict[str, str]) -> None:
    asked = {"account": "kf", "customer": "李雷", **saying}
    async with lab.http.post("/lab/api/say", json=asked) as response:
        assert response.status == 409


# --- agents in WeCom's own app


async def test_an_agents_answer_is_in_the_stream(lab: Lab) -> None:
    await lab.say("kf", text="在吗")
    msgid = await command(lab, "agent_says", text="在的")
    entry = (await sync(lab))["msg_list"][-1]
    assert (entry["msgid"], entry["origin"], entry["servicer_userid"]) == (msgid, 5, "ZhangSan")
    await command(lab, "agent_recalls", msgid=msgid)
    event = (await sync(lab))["msg_list"][-1]["event"]
    assert (event["event_type"], event["recall_msgid"]) == ("servicer_recall_msg", msgid)


async def test_whom_an_agent_serves_cannot_be_written_to(lab: Lab) -> None:
    await lab.say("kf", text="在吗")
    await command(lab, "agent_takes")
    assert await send(lab, text(lab)) == 95018
    await lab.say("kf", text="还在吗")
    assert await send(lab, text(lab)) == 95018, "a message does not end the session"
    await command(lab, "agent_ends")
    assert await send(lab, text(lab)) == 95013
    await lab.say("kf", text="又来了")
    assert await send(lab, text(lab)) == 0
    kinds = [entry["event"]["change_type"] for entry in (await sync(lab))["msg_list"] if "event" in entry]
    assert kinds == [1, 3]


# --- what the product may send


async def test_five_messages_in_48_hours_after_the_customers_own(lab: Lab) -> None:
    assert await send(lab, text(lab)) == 95002
    await lab.say("kf", text="你好")
    assert [await send(lab, text(lab, f"m{number}")) for number in range(6)] == [0, 0, 0, 0, 0, 95001]
    await lab.say("kf", choice="1", text="满意")
    assert await send(lab, text(lab, "m6")) == 0
    lab.clock.move(timedelta(hours=48))
    assert await send(lab, text(lab, "m7")) == 95002
    assert heard(lab) == ["您好"] * 6


async def test_a_msgid_is_good_once(lab: Lab) -> None:
    await lab.say("kf", text="你好")
    assert await send(lab, text(lab)) == 0
    assert await send(lab, text(lab)) == 40058
    assert heard(lab) == ["您好"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"msgid": "m" * 33}, 40058),
        ({"msgid": "m:1"}, 40058),
        ({"open_kfid": "wk0"}, 95000),
        ({"touser": "wm-nobody"}, 40096),
        ({"msgtype": "hologram"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": "您好"}, 47001),
        ({"text": {"content": "好" * 682 + "ab"}}, 0),  # 3 * 682 + 2 = 2048 bytes
        ({"text": {"content": "好" * 683}}, 45002),  # 3 * 683 = 2049 bytes
        ({"msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"msgtype": "link", "link": {"title": "a", "url": "https://a.cn"}}, 47001),
        ({"msgtype": "link", "link": {"title": "a", "url": "a.cn", "thumb_media_id": "gone"}}, 40058),
        ({"msgtype": "link", "link": {"title": "a", "url": "https://a.cn", "thumb_media_id": "gone"}}, 40007),
        ({"msgtype": "location", "location": {"latitude": 91, "longitude": 0}}, 40058),
        ({"msgtype": "location", "location": {"latitude": 31.2, "longitude": 121.5, "name": "外滩"}}, 0),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"type": "tap"}]}}, 95009),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "好" * 342, "list": []}}, 45002),
        (
            {
                "msgtype": "msgmenu",
                "msgmenu": {"list": [{"type": "click", "click": {"id": "1", "content": "好"}}] * 11},
            },
            95008,
        ),
        (
            {
                "msgtype": "msgmenu",
                "msgmenu": {"list": [{"type": "click", "click": {"id": "1", "content": "好" * 43}}]},
            },
            45002,
        ),
    ],
)
async def test_content_is_checked(lab: Lab, change: dict[str, object], code: int) -> None:
    await lab.say("kf", text="你好")
    assert await send(lab, {**text(lab), **change}) == code


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_bad_json_is_refused(lab: Lab, body: bytes) -> None:
    assert await send(lab, body) == 47001


async def upload(lab: Lab, content: bytes, *, type: str = "image") -> dict[str, Any]:
    form = aiohttp.FormData()
    form.add_field("media", BytesIO(content), filename="a.jpg")
    access = (await token(lab))["access_token"]
    async with lab.http.post(f"/wecom/cgi-bin/media/upload?access_token={access}&type={type}", data=form) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_an_uploaded_picture_can_be_sent_for_three_days(lab: Lab) -> None:
    media_id = (await upload(lab, SAMPLE.read_bytes()))["media_id"]
    picture = {**text(lab), "msgtype": "image", "image": {"media_id": media_id}}
    await lab.say("kf", text="你好")
    assert await send(lab, picture) == 0
    lab.clock.move(timedelta(days=3, seconds=1))
    await lab.say("kf", text="你好")
    assert await send(lab, {**picture, "msgid": "m2"}) == 40007


@pytest.mark.parametrize(
    ("content", "type", "code"),
    [
        (b"12345", "file", 40006),
        (b"123456", "file", 0),
        (b"MZ program", "image", 40004),
        (b"123456", "thumb", 40005),
        (b"#!AMR" + bytes(2 * 1024 * 1024), "voice", 45001),
    ],
)
async def test_an_upload_is_checked(lab: Lab, content: bytes, type: str, code: int) -> None:
    assert (await upload(lab, content, type=type))["errcode"] == code


async def test_a_message_that_was_accepted_may_fail_later(lab: Lab) -> None:
    await lab.misbehave("wecom", receipts="failed", failure_code="10")
    await lab.say("kf", text="你好")
    assert await send(lab, text(lab)) == 0
    await lab.world.errands.settle()
    event = (await sync(lab))["msg_list"][-1]["event"]
    assert (event["event_type"], event["fail_msgid"], event["fail_type"]) == ("msg_send_fail", "m1", 10)
    assert [entry.key for entry in lab.world.books if isinstance(entry, Reported)] == ["m1"]


# --- greetings


async def enter(lab: Lab) -> str:
    await lab.say("kf", event="enter_session", text="homepage")
    event = (await sync(lab))["msg_list"][-1]["event"]
    assert (event["event_type"], event["scene"]) == ("enter_session", "homepage")
    return str(event.get("welcome_code", ""))


async def greet(lab: Lab, code: str) -> int:
    message = {"code": code, "msgtype": "text", "text": {"content": "欢迎"}}
    return int((await post(lab, "send_msg_on_event", message))["errcode"])


async def test_a_greeting_within_20_seconds_and_once(lab: Lab) -> None:
    code = await enter(lab)
    lab.clock.move(timedelta(seconds=20))
    assert [await greet(lab, code), await greet(lab, code)] == [0, 40058]
    assert heard(lab) == ["欢迎"]
    assert await enter(lab) == "", "greeted within 48 hours"


async def test_a_greeting_after_20_seconds_is_too_late(lab: Lab) -> None:
    code = await enter(lab)
    lab.clock.move(timedelta(seconds=21))
    assert await greet(lab, code) == 40058


async def test_whoever_wrote_within_48_hours_is_not_greeted(lab: Lab) -> None:
    await lab.say("kf", text="你好")
    assert await enter(lab) == ""
    lab.clock.move(timedelta(hours=48))
    assert await enter(lab) != ""


async def test_entering_lets_nobody_write(lab: Lab) -> None:
    await enter(lab)
    assert await send(lab, text(lab)) == 95002


# --- tokens


async def test_everybody_gets_the_same_token(lab: Lab) -> None:
    first, second = await token(lab), await token(lab)
    assert first["access_token"] == second["access_token"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"corpid": "ww0"}, 40013), ({"corpsecret": "no"}, 40001), ({"corpid": ""}, 41002), ({"corpsecret": ""}, 41004)],
)
async def test_wrong_credentials_get_no_token(lab: Lab, wrong: dict[str, str], code: int) -> None:
    assert (await token(lab, **wrong))["errcode"] == code


@pytest.mark.parametrize(("how", "code"), [("kill", 40014), ("expire", 42001)])
async def test_a_token_can_be_spoilt(lab: Lab, how: str, code: int) -> None:
    value = (await token(lab))["access_token"]
    await command(lab, f"{how}_token")
    assert (await post(lab, "send_msg", text(lab), access_token=value))["errcode"] == code
    assert (await token(lab))["access_token"] != value


async def test_the_accounts_of_an_app_are_listed(lab: Lab) -> None:
    listed = (await post(lab, "account/list", {"offset": 0, "limit": 100}))["account_list"]
    assert [account["open_kfid"] for account in listed] == [KF]
    assert (await post(lab, "account/list", {"limit": 101}))["errcode"] == 40058


async def test_nicknames_of_up_to_a_hundred_customers(lab: Lab) -> None:
    found = await post(lab, "customer/batchget", {"external_userid_list": [userid(lab), "wm-nobody"]})
    assert [customer["nickname"] for customer in found["customer_list"]] == ["李雷"]
    assert found["invalid_external_userid"] == ["wm-nobody"]
    assert (await post(lab, "customer/batchget", {"external_userid_list": ["a"] * 101}))["errcode"] == 40058


async def test_a_busy_wecom_says_so_inside_http_200(lab: Lab) -> None:
    await lab.misbehave("wecom", answers="busy")
    assert (await token(lab))["errcode"] == -1


async def test_refusals_are_in_the_books(lab: Lab) -> None:
    await send(lab, text(lab))
    assert [entry.code for entry in lab.world.books if isinstance(entry, Refused)] == ["95002"]
